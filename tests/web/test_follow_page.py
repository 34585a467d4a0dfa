"""A place over two and over four visits in a real browser: said in words, laid side by side, wiped by the keyboard."""
import pytest

from tests.web.browser import Faults, chromium, make_first, make_visit, sign_in
from tests.web.conftest import jpeg

pytestmark = pytest.mark.slow
SMALL, LARGE, LARGER = (((188, 150, radius),) for radius in (45, 60, 68))
SIZE = 384, 288
FOUR = {'2024-01-10': SMALL, '2024-07-28': SMALL, '2025-02-13': LARGE, '2025-09-01': LARGER}
TWO = {'2024-01-10': SMALL, '2025-09-01': SMALL}


@pytest.fixture(scope='module')
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope='module')
def clinic(served, browser):
    """The page with two patients whose places are followed; ``served.grows``, ``served.same``: their addresses."""
    page = browser.new_page()
    faults = Faults(page)
    make_first(page, served)
    served.grows = follow(page, served, 'GROWS', FOUR)
    served.same = follow(page, served, 'SAME', TWO)
    assert not faults
    page.close()
    return served


def follow(page, served, code, visits):
    """Make a patient with a photograph of each visit, and follow the site that is offered; the address."""
    from playwright.sync_api import expect
    patient = None
    for on, discs in visits.items():
        if patient is None:
            make_visit(page, served.address, code, on)
        else:
            page.goto(patient)
            page.fill('[name=on]', on)
            page.locator('form:has([name=on]) button').click()
            page.wait_for_url('**/visits/*/')
        page.select_option('#site', 'floor_of_mouth')
        page.set_input_files('#files', [{'name': '1.jpg', 'mimeType': 'image/jpeg', 'buffer': jpeg(*discs, size=SIZE)}])
        expect(page.locator('#photographs .tile img')).to_have_count(1)
        page.get_by_role('link', name=code).click()
        page.wait_for_url('**/patients/*/')
        patient = page.url
    page.get_by_role('link', name='Over visits').click()
    page.get_by_role('button', name=f'floor of mouth {len(visits)} visits').click()
    page.wait_for_url('**/followed/*/')
    expect(page.locator('.cards')).to_be_visible(timeout=180_000)
    return page.url


@pytest.fixture
def page(browser, clinic):
    found = browser.new_page()
    faults = Faults(found)
    sign_in(found, clinic.address, 'anna')
    yield found
    assert not faults
    found.close()


def test_growth_is_said_as_more_and_nothing_as_the_same(page, clinic):
    from playwright.sync_api import expect
    page.goto(clinic.grows)
    answer = page.locator('.cards .lesion').first.locator('.answer')
    expect(answer.locator('p').first).to_contain_text('size: clearly more, larger')
    expect(answer).to_contain_text('beyond the noise since 2025-02-13')
    expect(page.locator('.visits .tile')).to_have_count(4)
    expect(page.locator('.changes svg').first).to_be_visible()
    page.get_by_text('The same as numbers').click()
    expect(page.locator('.changes tbody tr').first).to_contain_text('2024-07-28')
    page.goto(clinic.same)
    expect(page.locator('.cards .lesion')).to_have_count(1)
    expect(page.locator('.cards .answer')).to_contain_text('size, color')
    expect(page.locator('.cards .answer')).to_contain_text('same within noise')
    expect(page.locator('.cards .answer')).not_to_contain_text('more')


def test_the_wipe_follows_the_keyboard_and_a_finger(page, clinic):
    from playwright.sync_api import expect
    page.goto(clinic.grows)
    expect(page.locator('.pane:visible')).to_have_count(2)
    page.get_by_label('Side by side').focus()
    page.keyboard.press('ArrowRight')
    expect(page.get_by_label('Wipe')).to_be_checked()
    slider = page.get_by_label('How much of the later visit is shown')
    slider.focus()
    page.keyboard.press('Home')
    assert clipped(page) == 'inset(0px 100% 0px 0px)'
    for _ in range(3):
        page.keyboard.press('ArrowRight')
    assert clipped(page) == 'inset(0px 97% 0px 0px)'
    expect(slider).to_have_attribute('aria-valuetext', '2025-09-01: 3 %')
    page.keyboard.press('End')
    assert clipped(page) == 'inset(0px 0% 0px 0px)'
    page.locator('#panes').scroll_into_view_if_needed()
    box = page.locator('#panes').bounding_box()
    page.mouse.move(box['x'] + .9 * box['width'], box['y'] + 50)
    page.mouse.down()
    page.mouse.move(box['x'] + .25 * box['width'], box['y'] + 60, steps=5)
    page.mouse.up()
    page.mouse.move(box['x'] + .6 * box['width'], box['y'] + 60)
    expect(slider).to_have_value('25')
    assert page.locator('.pane.first img').evaluate(  # the picture itself is not dragged away
        'each => !each.dispatchEvent(new DragEvent("dragstart", {bubbles: true, cancelable: true}))')
    page.locator('[name=later]').select_option(label='2025-02-13')
    expect(slider).to_have_attribute('aria-valuetext', '2025-02-13: 25 %')
    page.get_by_label('Fade').check()
    assert later(page, 'opacity') == '0.25'
    page.get_by_label('Outlines').uncheck()
    expect(page.locator('.pane:visible svg').first).to_be_hidden()


def later(page, name):
    """The style of the later picture."""
    return page.locator('.pane:visible:not(.first) .layers').evaluate(f'each => getComputedStyle(each)["{name}"]')


def clipped(page):
    return later(page, 'clipPath')


def test_blinking_stops_and_waits_where_less_motion_is_wanted(page, clinic, browser):
    from playwright.sync_api import expect
    page.goto(clinic.grows)
    page.get_by_label('Blink').check()
    which = page.locator('#which')
    expect(which).to_have_text('2025-09-01')
    expect(which).to_have_text('2024-01-10')
    page.get_by_role('button', name='Stop').click()
    shown = which.text_content()
    page.wait_for_timeout(1200)
    expect(which).to_have_text(shown)
    page.keyboard.press('Shift+Tab')
    page.keyboard.press('Enter')
    expect(which).not_to_have_text(shown)
    page.get_by_role('button', name='Blink by itself').click()
    page.get_by_role('button', name='Show the other one').click()
    expect(page.get_by_role('button', name='Blink by itself')).to_be_visible()
    calm = browser.new_page(reduced_motion='reduce')
    sign_in(calm, clinic.address, 'anna')
    calm.goto(clinic.grows)
    calm.get_by_label('Blink').check()
    calm.wait_for_timeout(1200)
    assert calm.locator('#which').text_content() == '2024-01-10'
    expect(calm.get_by_role('button', name='Blink by itself')).to_be_visible()
    expect(calm.locator('.pane:not([hidden]):not(.first) img')).to_be_hidden()
    calm.get_by_role('button', name='Show the other one').click()
    expect(calm.locator('#which')).to_have_text('2025-09-01')
    expect(calm.locator('.pane.first img')).to_be_hidden()
    calm.close()


@pytest.mark.parametrize('width', [820, 1280])
def test_it_is_usable_with_a_finger_and_a_reader(page, clinic, width):
    axe = pytest.importorskip('axe_playwright_python.sync_playwright')
    page.set_viewport_size({'width': width, 'height': 900})
    for address in (clinic.grows, f'{clinic.grows}change/', clinic.same):
        page.goto(address)
        page.wait_for_load_state('networkidle')
        assert page.evaluate('document.documentElement.scrollWidth <= innerWidth')
        found = [(each['id'], each['nodes'][0]['html']) for each in axe.Axe().run(page).response['violations']
                 if each['impact'] in ('serious', 'critical')]
        assert not found
        for each in page.locator('main :is(button, .button, select, input[type=range], .modes label):visible').all():
            assert each.bounding_box()['height'] >= 44, each.text_content()


def test_a_correction_makes_it_anew(page, clinic):
    from playwright.sync_api import expect
    page.goto(clinic.same)
    page.locator('.visits .tile a').last.click()
    page.wait_for_url('**/cases/*/')
    page.locator('[data-correct=sharpness]').first.click()
    page.get_by_label('blurred').check()
    page.get_by_role('button', name='Say so').click()
    expect(page.locator('#status')).to_have_text('Kept.')
    page.goto(clinic.same)
    expect(page.locator('#comparing')).to_be_visible()
    expect(page.locator('.cards')).to_be_visible(timeout=180_000)
