"""A disk that is really full: the page says so, the worker waits, and what was confirmed is read once there is room."""
import contextlib
import os
import signal
import subprocess

import pytest

from tests.web.client import Person
from tests.web.conftest import jpeg
from tests.web.served import Served

pytestmark = pytest.mark.slow
MEGA = 1 << 20


@pytest.fixture
def small(tmp_path):
    """A folder on a disk of 300 MB."""
    folder = tmp_path / 'small'
    folder.mkdir()
    made = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=300m', 'tmpfs', str(folder)], capture_output=True,
                          text=True)
    if made.returncode:
        pytest.skip(f'no small disk can be made: {made.stderr.strip()}')
    yield folder
    subprocess.run(['umount', '-l', str(folder)], check=True)


@contextlib.contextmanager
def filled(folder):
    """Not a byte more goes onto the disk."""
    filler = folder / 'filler'
    with open(filler, 'wb') as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(MEGA))
    with open(filler, 'ab', buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(512))
    yield
    filler.unlink()


def worker_of(page):
    """The number of its process."""
    for number in filter(str.isdecimal, os.listdir('/proc')):
        with contextlib.suppress(OSError), open(f'/proc/{number}/cmdline', 'rb') as file:
            if b'lopm.web.worker' in (words := file.read()) and str(page.pack).encode() in words:
                return int(number)


def test_a_full_disk_is_said_and_what_was_confirmed_is_read_later(small, packed):
    with Served(small / 'clinic', packed[1]) as page:
        anna, worker = Person(page.address), worker_of(page)
        anna.begin(page.setup, 'anna', 'Oral Medicine')
        visit = anna.visit('P07', '2026-03-14')
        os.kill(worker, signal.SIGSTOP)
        number = anna.send(visit, jpeg((40, 40, 20)))
        with filled(small):
            os.kill(worker, signal.SIGCONT)
            status, said = anna.send_once(visit, jpeg((60, 60, 20)), '01234567-89ab-4cde-8f01-23456789abcd')
            assert status == 507 and 'full' in said['problem']
            status, said = anna.send_once(visit, bytes(30 * MEGA), '01234567-89ab-4cde-8f01-23456789abcd')
            assert status == 507 and 'full' in said['problem']  # a browser that is still sending hears it, too
            for _ in range(40):  # pages that write a line of the log
                status, said = anna.ask(visit)
                assert status in (200, 507) and (status == 200 or b'The disk of the server is full' in said)
            assert anna.waiting(visit) in ([number], None)
        anna.wait(visit)
        assert anna.numbers(visit) == [number] and anna.ask(f'/photographs/{number}/full.jpg')[0] == 200
        anna.send(visit, jpeg((60, 60, 20)))
        anna.wait(visit)
        with open(f'/proc/{worker}/cmdline', 'rb') as file:
            assert b'lopm.web.worker' in file.read()  # the same one all along: it has waited
