"""The page in processes of its own, as ``lopm web`` starts them, with a network that outlines what is red."""
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 240  # seconds until a process has the model


class Served:
    """A page that is up: its ``address``, ``setup`` (where the first account is made), ``folder``, ``process``.

    Args:
        folder: Of the page. pack: Its model. more: Further arguments of ``lopm web``.
    """

    def __init__(self, folder, pack, *more):
        self.folder, self.pack, self.more = folder, pack, more
        self.port = free_port()
        self.address = f'http://127.0.0.1:{self.port}'

    def __enter__(self):
        self.log = open(self.folder.with_suffix('.log'), 'w+', encoding='utf-8')
        self.begin()
        return self

    def begin(self):
        """Start it, and wait until it answers and has its model."""
        command = [sys.executable, '-m', 'tests.web.red', '--pack', str(self.pack), '--folder', str(self.folder),
                   '--bind', f'127.0.0.1:{self.port}', *self.more]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=self.log, stderr=subprocess.STDOUT, text=True,
                                        env={**os.environ, 'PYTHONPATH': str(ROOT)}, start_new_session=True)
        until = time.monotonic() + PATIENCE
        while not (self.folder / 'model.json').is_file() or not self.answers():
            assert self.process.poll() is None and time.monotonic() < until, self.said
            time.sleep(.2)

    def answers(self):
        try:
            asked = urllib.request.Request(f'{self.address}/login/', headers={'X-Forwarded-Proto': 'https'})
            return urllib.request.urlopen(asked, timeout=2).status == 200
        except OSError:
            return False

    @property
    def said(self):
        return Path(self.log.name).read_text(encoding='utf-8')

    @property
    def setup(self):
        return re.search(r'http\S+/setup/\S+', self.said).group()

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(30)

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()
        self.log.close()


def free_port():
    with socket.socket() as found:
        found.bind(('127.0.0.1', 0))
        return found.getsockname()[1]
