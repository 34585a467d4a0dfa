"""How long does a clinician wait, in a browser, from saying another word to seeing the case read again?

    python benchmarks/web_correct.py packs/multitask --photographs data/synthetic/images

Starts a page of its own and drives Chromium. The time runs from the click on "Say so" to the first picture that shows
the new words: request, queue, model, answer, painting. A second line has the same while photographs are read.
"""
import argparse
import shutil
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

from web_clinic import PASSWORD, Page, figures, load, people

from lopm.arguments import existing_folder, run_tool
from lopm.files import read_json

# Resolves with the milliseconds until the page says that the correction was kept and has painted it, or what it says
# instead.
CLICK = '''button => new Promise(resolve => {
  const status = document.getElementById('status'), began = performance.now();
  status.textContent = '';
  new MutationObserver((_, observer) => {
    if (status.classList.contains('problem')) { observer.disconnect(); resolve(status.textContent); }
    if (status.textContent !== 'Kept.') return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
  }).observe(status, { childList: true, attributes: true });
  button.click();
})'''


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pack', type=existing_folder, metavar='PACK')
    parser.add_argument('--photographs', type=existing_folder, required=True, metavar='DIR', help='JPEGs')
    parser.add_argument('--times', type=int, default=40, help='words said; default: 40')
    return parser.parse_args()


def main(args):
    from playwright.sync_api import sync_playwright
    with TemporaryDirectory(prefix='web_correct-') as scratch, Page(Path(scratch, 'clinic'), args.pack) as page:
        _, (person,) = people(page, 1)
        with sync_playwright() as started:
            browser = started.chromium.launch(executable_path=shutil.which('chromium'), args=['--no-sandbox'])
            measure(args, page, person, browser.new_page())
            browser.close()


def measure(args, page, person, tab):
    files = sorted(args.photographs.glob('*.jpg'))
    visit, other = person.visit('P1', '2026-03-14'), person.visit('P2', '2026-03-14')
    case = with_lesion(page, person, visit, files)
    tab.goto(f'{page.address}/login/?next={case}')
    tab.fill('[name=username]', person.name)
    tab.fill('[name=password]', PASSWORD)
    tab.click('main button')
    tab.wait_for_url(f'**{case}')
    task = next(each for each in read_json(page.folder / 'model.json')['tasks']
                if not each['several'] and not each['valid_if'])
    correct(tab, task, 0)  # the first one loads what the others find
    print(f'{task["name"]}, at rest: {figures([correct(tab, task, i) for i in range(1, args.times)])}; {load()}')
    ended = threading.Event()
    sender = threading.Thread(target=keep_busy, args=(person, other, files, ended))
    sender.start()
    found = [correct(tab, task, i) for i in range(args.times)]
    ended.set()
    sender.join()
    print(f'{task["name"]}, while photographs are read: {figures(found)}; {load()}')


def with_lesion(page, person, visit, files):
    """The path of the case of the first photograph that the model finds a lesion on."""
    for path in files:
        case = f'/cases/{person.send(visit, path.read_bytes())}/'
        person.wait(visit)
        if b'data-correct=' in person.ask(case)[1]:
            return case
    raise ValueError('the model finds no lesion on any of the photographs')


def keep_busy(person, visit, files, ended):
    """Send photographs so that three always wait."""
    for path in files[::-1]:
        while not ended.is_set() and len(person.waiting(visit) or ()) >= 3:
            ended.wait(.2)
        if ended.is_set():
            return
        person.send(visit, path.read_bytes())


def correct(tab, task, i):
    """Say one of two words; milliseconds."""
    tab.locator(f'[data-correct={task["name"]}][data-lesion="0"]').click()
    tab.locator(f'.choice input[value="{task["words"][i % 2]}"]').check()
    found = tab.locator('.choice form button').first.evaluate(CLICK)
    if isinstance(found, str):
        raise ValueError(f'the page says: {found}')
    return found


if __name__ == '__main__':
    run_tool(main, parse_args())
