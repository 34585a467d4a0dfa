"""The page on PostgreSQL: the tests of queue, log and access hold there too, and ``lopm web`` runs on it."""
import os
import re
import subprocess
import sys
import urllib.error

import pytest

from tests.web.cluster import MISSING, Cluster
from tests.web.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(MISSING), reason=MISSING)]
FILES = 'jobs', 'floor', 'trail', 'cases', 'sessions', 'addresses'
OF_ADDRESSES = 'not test_addresses or department or question or body'  # what a database has to do with


@pytest.fixture(scope='module')
def cluster():
    with Cluster() as found:
        yield found


def test_the_tests_of_queue_log_and_access_hold_on_postgresql(cluster):
    command = [sys.executable, '-m', 'pytest', '-q', '-x', '-k', OF_ADDRESSES,
               *(f'tests/web/test_{name}.py' for name in FILES)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True,
                         env={**os.environ, 'LOPM_TEST_DATABASE_URL': cluster.database()})
    assert run.returncode == 0, run.stdout[-3000:]
    assert int(re.search(r'(\d+) passed', run.stdout)[1]) > 200


def test_a_photograph_goes_its_way(cluster, packed, tmp_path):
    import psycopg

    from tests.web.client import Person
    from tests.web.conftest import jpeg
    from tests.web.served import Served
    address = cluster.database()
    with Served(tmp_path / 'clinic', packed[1], '--database-url', address) as page:
        assert not (page.folder / 'lopm.sqlite3').exists()
        anna = Person(page.address)
        anna.begin(page.setup, 'anna', 'Oral Medicine')
        visit = anna.visit('P07', '2026-03-14')
        number = anna.send(visit, jpeg((40, 40, 20)))
        anna.wait(visit)
        assert anna.ask(f'/photographs/{number}/full.jpg')[0] == 200
        with psycopg.connect(address) as database:
            assert database.execute('SELECT state FROM web_photograph').fetchall() == [('read',)]
            for statement in ("UPDATE web_entry SET what = ''", 'DELETE FROM web_entry', 'TRUNCATE web_entry'):
                with pytest.raises(psycopg.errors.RaiseException, match='append-only'), database.transaction():
                    database.execute(statement)


def test_a_database_that_does_not_answer_is_said(tmp_path, packed):
    command = ['web', '--pack', str(packed[1]), '--folder', str(tmp_path / 'clinic'), '--database-url',
               'postgresql://lopm:secret-word@127.0.0.1:1/lopm']
    run = subprocess.run([sys.executable, '-m', 'lopm', *command], capture_output=True, text=True)
    assert run.returncode == 1 and 'the database cannot be opened' in run.stderr
    assert 'Traceback' not in run.stderr and 'secret-word' not in run.stderr


def test_the_page_outlives_its_database(cluster, packed, tmp_path):
    """Killed and started again: requests are told so in words, what waited is read."""
    from tests.web.client import Person
    from tests.web.conftest import jpeg
    from tests.web.served import Served
    with Served(tmp_path / 'clinic', packed[1], '--database-url', cluster.database()) as page:
        anna = Person(page.address)
        anna.begin(page.setup, 'anna', 'Oral Medicine')
        visit = anna.visit('P07', '2026-03-14')
        cluster.kill()
        try:
            for headers in ({}, {'X-Lopm': '1'}):
                with pytest.raises(urllib.error.HTTPError) as refused:
                    anna.open('/', headers=headers)
                assert refused.value.code == 503 and b'does not answer' in refused.value.read()
        finally:
            cluster.begin()
        number = anna.send(visit, jpeg((40, 40, 20)))
        anna.wait(visit)
        assert anna.ask(f'/photographs/{number}/full.jpg')[0] == 200
