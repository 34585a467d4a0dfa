"""A clinic's page with its people, as its benchmarks use them: started as ``lopm web`` starts it, asked by HTTP."""
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.web.client import PASSWORD, Person  # noqa: E402
from tests.web.served import free_port  # noqa: E402

PATIENCE = 180  # seconds until a page answers and has its model


class Page:
    """A page of a folder that is not there yet. ``address``; ``process``: of ``lopm web``, which others end with.

    Args:
        folder: Of the page. pack: Of its model. more: Further arguments of ``lopm web``.
    """

    def __init__(self, folder, pack, *more):
        self.folder, self.pack, self.more, self.port = Path(folder), pack, more, free_port()
        self.address = f'http://127.0.0.1:{self.port}'
        if self.folder.exists():
            raise ValueError(f'{folder}: is there already; name a folder that is not')

    def __enter__(self):
        self.begin()
        try:
            self.ready()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def begin(self):
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with open(self.folder.with_suffix('.log'), 'a') as log:
            self.process = subprocess.Popen(
                [sys.executable, '-m', 'lopm', 'web', '--pack', str(self.pack), '--folder', str(self.folder), '--bind',
                 f'127.0.0.1:{self.port}', *self.more], cwd=ROOT, stdout=log, stderr=log, start_new_session=True)

    def ready(self):
        """Wait until it answers and has its model."""
        until = time.monotonic() + PATIENCE
        while not (self.folder / 'model.json').is_file() or Person(self.address).ask('/login/', timeout=5)[0] != 200:
            if self.process.poll() is not None or time.monotonic() > until:
                raise ValueError(f'the page does not come up; see {self.folder.with_suffix(".log")}')
            time.sleep(.2)

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    @property
    def setup(self):
        return re.search(r'/setup/\S+', self.folder.with_suffix('.log').read_text())[0]

    def processes(self):
        """``{number: what it is}``: of the page, its server, the server's two processes, the workers with the model."""
        found, left = {self.process.pid: 'lopm web'}, [self.process.pid]
        while left:
            for child in children(left.pop()):
                with contextlib.suppress(OSError):
                    words = Path(f'/proc/{child}/cmdline').read_bytes()
                    left.append(child)
                    found[child] = 'worker' if b'lopm.web.worker' in words else (
                        'pages' if found.get(parent(child)) == 'server' else 'server')
        return found


def children(number):
    with contextlib.suppress(OSError):
        said = [path.read_text() for path in Path(f'/proc/{number}/task').glob('*/children')]
        return [int(each) for text in said for each in text.split()]
    return []


def parent(number):
    return int(Path(f'/proc/{number}/stat').read_text().rpartition(')')[2].split()[1])


def memory(numbers):
    """Megabytes of processes together, what they share counted once."""
    total = 0
    for number in numbers:
        with contextlib.suppress(OSError):
            total += int(re.search(r'^Pss:\s+(\d+)', Path(f'/proc/{number}/smaps_rollup').read_text(), re.M)[1])
    return total / 1024


def people(page, count):
    """An administrator, and so many clinicians, two in a department, who have signed in and chosen their password."""
    anna = Person(page.address)
    anna.begin(page.setup, 'anna', 'Administration')
    found = []
    for i in range(count):
        first, person = f'{PASSWORD}-first', Person(page.address)
        anna.ask('/accounts/')
        anna.post('/accounts/', username=f'person{i}', department=f'Department {i // 2}', role='clinician',
                  language='en', password1=first, password2=first)
        person.ask('/login/')
        person.post('/login/', username=f'person{i}', password=first)
        person.post('/account/password/', old_password=first, new_password1=PASSWORD, new_password2=PASSWORD)
        person.name = f'person{i}'
        found.append(person)
    return anna, found


def digests(paths, folder):
    """``{path: SHA-256 of its pixels as the page keeps them}``."""
    from lopm.curation.intake.clean import clean
    folder.mkdir(parents=True, exist_ok=True)
    return {path: clean(path, folder / 'kept')[0]['sha256'] for path in paths}


def digest_of(data, folder):
    """The SHA-256 of the pixels of a JPEG."""
    import hashlib

    from lopm.datasets.photographs import read_photograph
    path = folder / 'seen.jpg'
    path.write_bytes(data)
    return hashlib.sha256(read_photograph(path)).hexdigest()


def figures(values):
    """Median and 95th percentile of milliseconds, and how many there were."""
    ordered = sorted(values)
    if not ordered:
        return 'none'
    middle, late = ordered[len(ordered) // 2], ordered[int(.95 * (len(ordered) - 1))]
    return f'median {middle:.0f} ms, 95 % {late:.0f} ms (n = {len(ordered)})'


def load():
    """How busy the machine was in the last minute, beside the page or with it."""
    return f'load of the last minute {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores'
