"""A PostgreSQL server of one's own: on loopback, a port that is free, a folder that goes with it."""
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from glob import glob
from pathlib import Path

from tests.web.served import free_port

OWNER = 'postgres'  # which it runs as where the tests run as root, as it refuses to be that
FOUND = sorted(glob('/usr/lib/postgresql/*/bin/initdb')) or [path for path in [shutil.which('initdb')] if path]
MISSING = '' if FOUND else 'PostgreSQL is not installed (apt-get install postgresql)'


class Cluster:
    """A server that is up within a ``with`` block. ``port``; ``process``: of its postmaster.

    Args:
        fsync: Whether what is confirmed is on the disk, as is asked of a server in use.
    """

    def __init__(self, fsync=False):
        self.fsync = 'on' if fsync else 'off'

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix='lopm-postgres-'))
        self.port, self.data = free_port(), self.folder / 'data'
        self.who = {'user': OWNER, 'group': OWNER, 'extra_groups': []} if os.getuid() == 0 else {}
        if self.who:
            shutil.chown(self.folder, OWNER, OWNER)
        self.run('initdb', '-D', self.data, '-U', 'lopm', '-A', 'trust', '-E', 'UTF8', '-N')
        self.begin()
        return self

    def run(self, name, *arguments):
        subprocess.run([str(Path(FOUND[-1]).with_name(name)), *map(str, arguments)], cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.who)

    def begin(self):
        """Start it; after a kill -9 again and again, until the last process of the one before has ended."""
        options = f'-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync={self.fsync} -p {self.port}'
        for left in range(20, -1, -1):
            try:
                return self.run('pg_ctl', '-D', self.data, '-l', self.folder / 'log', '-w', '-o', options, 'start')
            except subprocess.CalledProcessError:
                if not left:
                    raise
                time.sleep(.5)

    @property
    def process(self):
        return int((self.data / 'postmaster.pid').read_text().split()[0])

    def kill(self):
        """Kill -9; what else belongs to it ends by itself once it notices."""
        os.kill(self.process, signal.SIGKILL)

    def database(self, template='template1'):
        """The address of a new database."""
        import psycopg
        name = f't{os.urandom(4).hex()}'
        with psycopg.connect(f'postgresql://lopm@127.0.0.1:{self.port}/postgres', autocommit=True) as server:
            server.execute(f'CREATE DATABASE {name} TEMPLATE {template.rpartition("/")[2]}')
        return f'postgresql://lopm@127.0.0.1:{self.port}/{name}'

    def __exit__(self, *_):
        with contextlib.suppress(subprocess.CalledProcessError, FileNotFoundError):
            self.run('pg_ctl', '-D', self.data, '-m', 'immediate', 'stop')
        shutil.rmtree(self.folder, ignore_errors=True)
