"""Every page for everybody: axe finds nothing serious, in light and dark; targets are large enough; nothing is cut off
at twice the size; a correction by keyboard alone."""
import re

import pytest

from tests.web.browser import Faults, chromium, make_first, make_visit, photographs, sign_in

pytestmark = pytest.mark.slow
PAGES = ['patients', 'patient', 'visit', 'case', 'second', 'seconds', 'follow', 'agreement', 'export', 'accounts',
         'log', 'own', 'password', 'delete', 'missing']
SMALL = '''() => [...document.querySelectorAll('button, .button, input:not([type=hidden]), select, summary')]
    .filter(each => each.offsetParent && !each.closest('.hidden, .outline-unseen'))
    .map(each => [each.outerHTML.slice(0, 90), (each.closest('label') ?? each).getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5 || box.width < 24).map(([text, box]) => `${text} ${box.height}`)'''


@pytest.fixture(scope='module')
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope='module')
def addresses(served, browser):
    """``{page: address}`` of a clinic with a patient of one visit."""
    from playwright.sync_api import expect
    page = browser.new_page()
    make_first(page, served)
    make_visit(page, served.address, 'P07')
    visit = page.url
    page.set_input_files('#files', [*photographs(((60, 60, 25), (140, 60, 20))),
                                    {'name': 'x', 'mimeType': 'image/jpeg', 'buffer': b'no photograph'}])
    expect(page.locator('.tile img')).to_have_count(1)
    page.goto(visit)
    page.locator('.tile a').first.click()
    page.wait_for_url('**/cases/*/')
    case = page.url
    page.goto(visit)
    patient = page.locator('.way a').nth(1).evaluate('each => each.href')
    page.close()
    at = served.address
    return {'patients': at, 'patient': patient, 'visit': visit, 'case': case, 'second': f'{case}second/',
            'seconds': f'{at}/second/', 'follow': f'{patient}follow/', 'agreement': f'{at}/agreement/',
            'export': f'{at}/export/', 'accounts': f'{at}/accounts/', 'log': f'{at}/log/', 'own': f'{at}/account/',
            'password': f'{at}/account/password/', 'delete': f'{patient}delete/', 'missing': f'{at}/nothing/'}


@pytest.fixture(scope='module', params=['light', 'dark'])
def page(request, browser, addresses, served):
    context = browser.new_context(color_scheme=request.param, viewport={'width': 820, 'height': 1180})
    found = context.new_page()
    found.faults = Faults(found, ('404',))
    sign_in(found, served.address, 'anna')
    yield found
    assert not found.faults
    context.close()


@pytest.mark.parametrize('name', PAGES)
def test_axe_finds_nothing_serious(page, addresses, name):
    axe = pytest.importorskip('axe_playwright_python.sync_playwright').Axe()
    page.goto(addresses[name])
    for each in page.locator('details').all():
        each.evaluate('each => { each.open = true; }')
    found = axe.run(page).response['violations']
    assert not [(each['id'], each['help'], [node['target'] for node in each['nodes']][:4]) for each in found
                if each['impact'] in ('serious', 'critical')]


@pytest.mark.parametrize('name', PAGES)
def test_targets_are_large_enough_and_nothing_is_cut_off_on_a_tablet(page, addresses, name):
    page.goto(addresses[name])
    small = page.evaluate(SMALL)
    assert not small
    assert page.evaluate('document.documentElement.scrollWidth') <= 820


def test_a_case_reads_at_twice_the_size(page, addresses):
    page.set_viewport_size({'width': 410, 'height': 590})  # what is left of a tablet at 200 %
    page.goto(addresses['case'])
    assert page.evaluate('document.documentElement.scrollWidth') <= 410
    page.set_viewport_size({'width': 820, 'height': 1180})


def test_a_word_is_corrected_by_keyboard_alone(page, addresses):
    from playwright.sync_api import expect
    page.goto(addresses['case'])
    version = page.locator('#reading').get_attribute('data-number')
    button = page.locator('[data-correct=sharpness]').first
    button.focus()
    page.keyboard.press('Enter')
    expect(page.locator('.choice input').first).to_be_focused()
    page.keyboard.press('ArrowDown')
    page.keyboard.press('Enter')
    expect(page.locator('#status')).to_have_text('Kept.')
    assert int(page.locator('#reading').get_attribute('data-number')) == int(version) + 1


def test_the_focus_is_seen_and_the_content_is_one_step_away(page, addresses):
    page.goto(addresses['patients'])
    page.keyboard.press('Tab')
    skip = page.locator(':focus')
    assert skip.get_attribute('href') == '#main' and skip.bounding_box()['x'] >= 0
    page.keyboard.press('Tab')
    assert re.match(r'[1-9]', page.locator(':focus').evaluate('each => getComputedStyle(each).outlineWidth'))
