"""A real Chromium that tells of every fault of a page: errors on its console, blocked scripts, failed requests."""
import shutil
from contextlib import contextmanager

import pytest

PASSWORD = 'blue-teapot-9-walks'
LONG = 180_000  # milliseconds that a busy machine may take for a photograph


@contextmanager
def chromium():
    """A browser; skips where there is none."""
    playwright = pytest.importorskip('playwright.sync_api')
    path = shutil.which('chromium') or shutil.which('google-chrome')
    if not path:
        pytest.skip('no chromium is installed: apt-get install chromium')
    with playwright.sync_playwright() as started:
        playwright.expect.set_options(timeout=LONG)
        browser = started.chromium.launch(executable_path=path, args=['--no-sandbox'])
        yield browser
        browser.close()


class Faults(list):
    """What a page has complained about; ``allowed``: texts of what a test provokes."""

    def __init__(self, page, allowed=()):
        super().__init__()
        self.allowed = allowed
        page.on('console', lambda said: self.add(said.text) if said.type in ('error', 'warning') else None)
        page.on('pageerror', lambda error: self.add(str(error)))
        page.on('request', lambda asked: self.add(f'asks outside: {asked.url}') if not asked.url.startswith(
            ('http://127.0.0.1', 'data:', 'blob:')) else None)

    def add(self, text):
        if not any(each in text for each in self.allowed):
            self.append(text)


def sign_in(page, address, name, password=PASSWORD):
    page.goto(f'{address}/login/')
    page.fill('[name=username]', name)
    page.fill('[name=password]', password)
    page.click('main button')
    page.wait_for_url(lambda url: '/login/' not in url)


def make_first(page, served, name='anna', department='Oral Medicine', language='en'):
    """The first account, by the address that was printed."""
    page.goto(served.setup)
    page.fill('[name=department]', department)
    page.fill('[name=username]', name)
    page.select_option('[name=language]', language)
    page.fill('[name=password1]', PASSWORD)
    page.fill('[name=password2]', PASSWORD)
    page.click('main button')


def make_visit(page, address, code, on=None):
    """A patient with a visit; the page of the visit is open then."""
    page.goto(address)
    page.fill('[name=code]', code)
    page.locator('form:has([name=code]) button').click()
    page.wait_for_url('**/patients/*/')
    if on:
        page.fill('[name=on]', on)
    page.locator('form:has([name=on]) button').click()
    page.wait_for_url('**/visits/*/')


def photographs(*several):
    """Files to upload, as playwright takes them: ``jpeg`` with discs each."""
    from tests.web.conftest import jpeg
    return [{'name': f'{i}.jpg', 'mimeType': 'image/jpeg', 'buffer': jpeg(*discs)} for i, discs in enumerate(several)]
