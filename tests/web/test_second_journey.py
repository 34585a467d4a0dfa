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


@pytest.fixture
def rita(browser, clinic):
    """The reader's page; ``page.heard``: all text that the server has sent to it."""
    page = browser.new_page()
    page.faults, page.heard = Faults(page), []
    page.on('response', lambda answer: page.heard.append(answer) if answer.request.resource_type in (
        'document', 'fetch', 'xhr') else None)
    sign_in(page, clinic.address, 'rita', FIRST)
    if '/password/' in page.url:
        page.fill('[name=old_password]', FIRST)
        for field in ('new_password1', 'new_password2'):
            page.fill(f'[name={field}]', PASSWORD)
        page.click('main button')
    yield page
    assert not page.faults
    page.close()


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


def text_of(answer):
    return '' if 300 <= answer.status < 400 else answer.text()


def test_a_second_reader_hears_of_the_case_only_after_having_read_it(rita, clinic):
    from playwright.sync_api import expect
    rita.goto(f'{clinic.address}/second/')
    rita.get_by_text('Read the next one').click()
    rita.locator('#keep').click()
    expect(rita.locator('#status')).to_contain_text('Outline the lesions, or say that there is none')
    draw(rita)
    expect(rita.locator('#questions details')).to_have_count(1)
    rita.locator('#keep').click()
    expect(rita.locator('#status')).to_contain_text('not answered yet')
    answer_all(rita)
    rita.faults.allowed = ('401',)
    rita.context.clear_cookies()  # the session ends in the middle of it
    rita.locator('#keep').click()
    expect(rita.locator('#status')).to_contain_text('You are signed out')
    rita.locator('#status a').click()
    rita.fill('[name=username]', 'rita')
    rita.fill('[name=password]', PASSWORD)
    rita.click('main button')
    expect(rita.locator('#status')).to_contain_text('What you had not kept yet is back')
    heard = '\n'.join(map(text_of, rita.heard))
    assert len(heard) > 10_000 and 'sharpness' in heard
    assert not [word for word in clinic.words if word in heard]
    rita.locator('#keep').click()
    expect(rita.locator('#beside')).to_be_visible()
    assert all(word in rita.content() for word in clinic.words[-2:])
    expect(rita.locator('section.lesion')).to_have_count(2)
    expect(rita.locator('section.lesion').first).to_contain_text('blind')
    rita.get_by_role('button', name='The model').click()
    expect(rita.locator('.outline-badges circle')).to_have_count(2)
    rita.goto(f'{clinic.address}/second/')
    expect(rita.locator('main')).to_contain_text('You have read all of them')


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
    expect(page.get_by_text('Download')).to_be_visible()
    with page.expect_download() as download:
        page.get_by_text('Download').click()
    with zipfile.ZipFile(download.value.path()) as archive:
        archive.extractall(tmp_path)
    (image,), rows = (json.loads((tmp_path / 'all.json').read_text())[key] for key in ('images', 'annotations'))
    assert image['outlined'] and (tmp_path / image['file_name']).is_file()
    assert len(rows) == 3 and [row['blind'] for row in rows if 'blind' in row] == [True]
    assert len({row['rater'] for row in rows}) == 2 and len({row['lesion_id'] for row in rows}) == 2
    assert subprocess.run([sys.executable, '-m', 'lopm', 'check', tmp_path / 'all.json', '--workers', '1']).returncode == 0
    page.goto(f'{clinic.address}/agreement/')
    page.locator('main form button').click()
    expect(page.locator('main')).to_contain_text('Too few to tell: 10 patients are the fewest')
    expect(page.locator('table')).to_have_count(2)
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
