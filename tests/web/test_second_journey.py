"""A second reader in a real browser: no byte about the case before it is read; then a base, and figures."""
import json
import subprocess
import sys
import zipfile

import pytest

from tests.web.browser import Faults, chromium, make_first, make_visit, photographs, sign_in
from tests.web.conftest import PASSWORD

pytestmark = pytest.mark.slow
FIRST = 'green-kettle-7-runs'  # of an account that somebody else has made
TWO = ((60, 60, 25), (140, 60, 20))


@pytest.fixture(scope='module')
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope='module')
def clinic(served, browser):
    """The page with an administrator, a reader, and a photograph that was read; ``served.said``: what its case says."""
    from playwright.sync_api import expect
    page = browser.new_page()
    make_first(page, served)
    page.goto(f'{served.address}/accounts/')
    page.fill('[name=username]', 'rita')
    page.fill('[name=department]', 'Oral Medicine')
    page.select_option('[name=role]', 'reader')
    for field in ('password1', 'password2'):
        page.fill(f'[name={field}]', FIRST)
    page.click('form:has([name=role]) button')
    make_visit(page, served.address, 'P07')
    page.set_input_files('#files', photographs(TWO))
    expect(page.locator('.tile img')).to_have_count(1)
    page.locator('.tile a').click()
    expect(page.locator('.answer p').first).to_be_visible()
    outlines = json.loads(page.locator('#lesions').text_content())
    served.case = page.url
    served.words = ['P07', 'Why, and the numbers', page.locator('.answer p').first.inner_text(),
                    page.locator('#reading > p').first.inner_text(),
                    *(str(each['polygons'][0][:6])[1:-1] for each in outlines)]
    assert len(set(served.words)) == 6 and all(len(word) > 2 for word in served.words)
    page.close()
    return served


def draw(page):
    """A square around the first disc."""
    page.get_by_role('button', name='Draw').click()
    box = page.locator('.outline-stage > svg').bounding_box()
    for x, y in ((.2, .3), (.42, .3), (.42, .62), (.2, .62)):
        page.mouse.click(box['x'] + x * box['width'], box['y'] + y * box['height'], delay=30)
        page.wait_for_timeout(350)  # two clicks in a row would end the outline
    page.keyboard.press('Enter')


def answer_all(page):
    """The first word of each feature that is asked; "cannot be judged" of what is asked because of it."""
    for which in ('first', 'last'):
        for field in page.locator('#questions fieldset:visible').all():
            if not field.locator('input:checked').count():
                getattr(field.locator('input'), which).check()


def heard(path):
    """All text that a browser has been sent, by its recording."""
    entries = json.loads(path.read_text())['log']['entries']
    return '\n'.join(each['response']['content'].get('text', '') for each in entries)


def test_a_second_reader_hears_of_the_case_only_after_having_read_it(browser, clinic, tmp_path):
    from playwright.sync_api import expect
    context = browser.new_context(record_har_path=tmp_path / 'heard.har', record_har_content='embed')
    page = context.new_page()
    faults = Faults(page, ['401'])
    sign_in(page, clinic.address, 'rita', FIRST)
    page.fill('[name=old_password]', FIRST)
    for field in ('new_password1', 'new_password2'):
        page.fill(f'[name={field}]', PASSWORD)
    page.click('main button')
    page.goto(f'{clinic.address}/second/')
    page.get_by_text('Read the next one').click()
    page.locator('#keep').click()
    expect(page.locator('#status')).to_contain_text('Outline the lesions, or say that there is none')
    draw(page)
    expect(page.locator('#questions details')).to_have_count(1)
    page.locator('#keep').click()
    expect(page.locator('#status')).to_contain_text('not answered yet')
    answer_all(page)
    context.clear_cookies()  # the session ends in the middle of it
    page.locator('#keep').click()
    expect(page.locator('#status')).to_contain_text('You are signed out')
    page.locator('#status a').click()
    page.fill('[name=username]', 'rita')
    page.fill('[name=password]', PASSWORD)
    page.click('main button')
    expect(page.locator('#status')).to_contain_text('What you had not kept yet is back')
    address, state = page.url, context.storage_state()
    context.close()
    text = heard(tmp_path / 'heard.har')
    assert len(text) > 50_000 and 'sharpness' in text and 'What do you see?' in text
    assert not faults and not [word for word in clinic.words if word in text]
    page = browser.new_context(storage_state=state).new_page()
    faults = Faults(page)
    page.goto(address)
    page.locator('#keep').click()
    expect(page.locator('#beside')).to_be_visible()
    assert all(word in page.content() for word in clinic.words[-2:])
    expect(page.locator('section.lesion')).to_have_count(2)
    expect(page.locator('section.lesion').first).to_contain_text('blind')
    page.get_by_role('button', name='The model').click()
    expect(page.locator('.outline-badges circle')).to_have_count(2)
    page.goto(f'{clinic.address}/second/')
    expect(page.locator('main')).to_contain_text('You have read all of them')
    assert not faults
    page.context.close()


def test_cases_and_readings_become_a_base_and_figures(browser, clinic, tmp_path):
    from playwright.sync_api import expect
    page = browser.new_page()
    faults = Faults(page)
    sign_in(page, clinic.address, 'anna')
    page.goto(clinic.case)
    page.get_by_role('button', name='Confirm outlines and words').click()
    expect(page.locator('#reading')).to_contain_text('Confirmed by anna')
    page.goto(f'{clinic.address}/export/')
    page.locator('main form button').click()
    expect(page.get_by_role('link', name='Download')).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role('link', name='Download').click()
    with zipfile.ZipFile(download.value.path()) as archive:
        archive.extractall(tmp_path)
    (image,), rows = (json.loads((tmp_path / 'all.json').read_text())[key] for key in ('images', 'annotations'))
    assert image['outlined'] and (tmp_path / image['file_name']).is_file()
    confirmed = [row for row in rows if 'blind' not in row]  # beside what the second reader may have said
    assert len(confirmed) == 2 and {said for row in confirmed for said in row['source'].values()} == {'confirmed'}
    check = [sys.executable, '-m', 'lopm', 'check', tmp_path / 'all.json', '--workers', '1']
    assert subprocess.run(check).returncode == 0
    page.goto(f'{clinic.address}/agreement/')
    page.locator('main form button').click()
    expect(page.locator('main')).to_contain_text('Too few to tell: 10 patients are the fewest')
    expect(page.locator('table').last).to_contain_text('too few')
    assert not faults
    page.close()


@pytest.mark.parametrize('address', ['/second/', '{case}second/', '/export/', '/agreement/'])
def test_nothing_keeps_a_person_out_who_reads_by_ear_or_without_a_mouse(browser, clinic, address):
    axe = pytest.importorskip('axe_playwright_python.sync_playwright')
    page = browser.new_page(viewport={'width': 820, 'height': 1180}, color_scheme='dark')
    sign_in(page, clinic.address, 'anna')
    page.goto(address.format(case=clinic.case) if 'case' in address else clinic.address + address)
    if 'case' in address:
        draw(page)
    found = [(each['id'], each['nodes'][0]['html']) for each in axe.Axe().run(page).response['violations']
             if each['impact'] in ('serious', 'critical')]
    assert not found
    assert page.evaluate('document.documentElement.scrollWidth <= innerWidth')
    page.close()
