"""A clinic's ways through the page, in a real browser, with the server, the queue and the worker as they run."""
import re

import pytest

from tests.web.browser import Faults, chromium, make_first, make_visit, photographs, sign_in
from tests.web.conftest import PASSWORD, jpeg

pytestmark = pytest.mark.slow
FIRST = f'{PASSWORD}-first'  # a password that somebody else has given
TWO, ONE = ((60, 60, 25), (140, 60, 20)), ((90, 70, 30),)


@pytest.fixture(scope='module')
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope='module')
def clinic(served, browser):
    """The page with its first account, and a patient of one visit with two photographs that were read."""
    from playwright.sync_api import expect
    page = browser.new_page()
    faults = Faults(page)
    make_first(page, served)
    expect(page.locator('.empty')).to_contain_text('There is no patient yet')
    make_visit(page, served.address, 'P07')
    page.set_input_files('#files', photographs(TWO, ONE))
    expect(page.locator('.tile img')).to_have_count(2)
    served.visit = page.url
    assert not faults
    page.close()
    return served


@pytest.fixture
def page(browser, clinic):
    found = browser.new_page()
    found.faults = Faults(found)
    sign_in(found, clinic.address, 'anna')
    yield found
    assert not found.faults
    found.close()


def open_case(page, clinic, number=0):
    page.goto(clinic.visit)
    page.locator('.tile a').nth(number).click()
    page.wait_for_url('**/cases/*/')


def test_a_word_is_corrected_and_the_case_is_read_again(page, clinic):
    from playwright.sync_api import expect
    open_case(page, clinic)
    expect(page.locator('.lesion')).to_have_count(2)
    page.locator('[data-correct=sharpness][data-lesion="1"]').click()
    page.get_by_label('blurred').check()
    page.get_by_role('button', name='Say so').click()
    expect(page.locator('#status')).to_have_text('Kept.')
    expect(page.locator('.lesion').nth(1).locator('.tag')).to_have_text('said by a person')
    page.get_by_text('Versions').click()
    expect(page.locator('[data-version]')).to_have_count(2)
    page.locator('[data-version="1"]').click()
    expect(page.locator('#reading .message')).to_contain_text('An earlier version')
    expect(page.locator('[data-correct]')).to_have_count(0)


def test_outlines_are_drawn_and_what_was_not_kept_survives_the_end_of_a_session(page, clinic):
    from playwright.sync_api import expect
    open_case(page, clinic, 1)
    expect(page.locator('.lesion')).to_have_count(1)
    draw(page)
    expect(page.locator('#unsaved')).to_be_visible()
    page.faults.allowed = ('401',)
    page.context.clear_cookies()
    page.locator('#keep').click()
    expect(page.locator('#status')).to_contain_text('You are signed out')
    page.on('dialog', lambda dialog: dialog.accept())
    page.locator('#status a').click()
    page.fill('[name=username]', 'anna')
    page.fill('[name=password]', PASSWORD)
    page.click('main button')
    page.wait_for_url('**/cases/*/')
    expect(page.locator('#status')).to_contain_text('that you had not kept are back')
    page.locator('#keep').click()
    expect(page.locator('.lesion')).to_have_count(2)
    expect(page.locator('#unsaved')).to_be_hidden()


def draw(page):
    """A triangle, beside what is there, by the keyboard's choice of the tool and three clicks."""
    stage = page.locator('#editor svg[tabindex], #editor .outline-stage > svg').first
    stage.focus()
    page.keyboard.press('2')
    box = stage.bounding_box()
    for x, y in ((.1, .1), (.25, .1), (.25, .3)):
        page.mouse.click(box['x'] + x * box['width'], box['y'] + y * box['height'])
    page.keyboard.press('Enter')


def test_a_report_is_written_and_opens(page, clinic):
    open_case(page, clinic)
    with page.expect_response(lambda answer: answer.url.endswith('report.html') and answer.status == 200):
        page.get_by_role('link', name='Report', exact=True).click()
    assert 'P07' in page.content() and 'It is no medical device' in page.content()


def test_what_is_no_photograph_is_said_and_the_others_come_in(page, clinic):
    from playwright.sync_api import expect
    make_visit(page, clinic.address, 'P08')
    page.set_input_files('#files', [{'name': 'x.jpg', 'mimeType': 'image/jpeg', 'buffer': b'no photograph'},
                                    {'name': 'cut.jpg', 'mimeType': 'image/jpeg', 'buffer': jpeg(*ONE)[:900]},
                                    *photographs(((50, 50, 20),))])
    expect(page.locator('.tile img')).to_have_count(1)
    expect(page.locator('.blank.failed')).to_have_count(2)
    expect(page.locator('.blank.failed').first).to_contain_text('Not readable')


def test_two_departments_do_not_see_each_other(page, browser, clinic):
    make_account(page, clinic, 'otto', 'Dermatology')
    other = browser.new_page()
    sign_in(other, clinic.address, 'otto', FIRST)
    change_password(other)
    other.goto(clinic.address)
    assert 'P07' not in other.content()
    open_case(page, clinic)
    case = re.search(r'cases/([^/]+)', page.url).group(1)
    for address in (f'/cases/{case}/', f'/photographs/{case}/full.jpg', f'/photographs/{case}/thumb.jpg',
                    f'/cases/{case}/said/', f'/cases/{case}/state/', f'/cases/{case}/report.pdf'):
        assert other.goto(clinic.address + address).status == 404, address
    other.close()


def make_account(page, clinic, name, department):
    page.goto(f'{clinic.address}/accounts/')
    page.fill('[name=username]', name)
    page.fill('[name=department]', department)
    page.fill('[name=password1]', FIRST)
    page.fill('[name=password2]', FIRST)
    page.get_by_role('button', name='Make it').click()
    page.get_by_text('The account was made').wait_for()


def change_password(page):
    """Who was given a password is asked for another one first."""
    page.wait_for_url('**/account/password/')
    page.fill('[name=old_password]', FIRST)
    page.fill('[name=new_password1]', PASSWORD)
    page.fill('[name=new_password2]', PASSWORD)
    page.click('main button')
    page.get_by_text('The password was changed').wait_for()


def test_in_french_on_a_tablet_by_touch(browser, clinic):
    from playwright.sync_api import expect
    context = browser.new_context(viewport={'width': 820, 'height': 1180}, has_touch=True, locale='fr-FR')
    page = context.new_page()
    faults = Faults(page)
    page.goto(f'{clinic.address}/login/')
    expect(page.locator('h1')).to_have_text('Se connecter')
    page.fill('[name=username]', 'anna')
    page.fill('[name=password]', PASSWORD)
    page.locator('main button').tap()
    page.wait_for_url(lambda url: '/login/' not in url)
    page.goto(f'{clinic.address}/account/')
    speak(page, 'fr')
    open_case(page, clinic)
    expect(page.locator('.device')).to_contain_text("n'est pas un dispositif médical")
    page.locator('[data-correct=color]').first.tap()
    page.locator('.choice input').first.tap()
    page.locator('.choice button').first.tap()
    expect(page.locator('#status')).to_contain_text('Enregistré')
    page.goto(f'{clinic.address}/account/')
    speak(page, 'en')
    assert not faults
    context.close()


def speak(page, language):
    from playwright.sync_api import expect
    page.select_option('[name=language]', language)
    page.locator('main button').tap()
    expect(page.locator('html')).to_have_attribute('lang', language)


def test_a_worker_that_dies_is_started_again_and_no_photograph_is_lost(page, clinic):
    import os
    import signal

    from playwright.sync_api import expect
    make_visit(page, clinic.address, 'P09')
    page.set_input_files('#files', photographs(*(((40 + 10 * i, 60, 20),) for i in range(4))))
    expect(page.locator('.sending .said').last).to_have_text('sent')
    os.kill(worker_of(clinic), signal.SIGKILL)
    expect(page.locator('.tile img')).to_have_count(4)


def worker_of(clinic):
    """The number of the process that has the model."""
    from pathlib import Path
    for path in Path('/proc').glob('[0-9]*/cmdline'):
        try:
            said = path.read_bytes().decode().split('\0')
        except OSError:
            continue
        if 'lopm.web.worker' in said and str(clinic.pack.resolve()) in said:
            return int(path.parent.name)
    raise AssertionError('no worker is running')
