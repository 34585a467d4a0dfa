"""What is deleted is gone: no word, number or pixel of it in any file of the page, the database's own among them."""
import contextlib
import os
import sqlite3
import subprocess
import sys
import time

import pytest

from tests.web.apart import apart, picture

WORD = 'QUASTENFLOSSER'


@pytest.fixture
def own(tmp_path):
    from lopm.web.place import Place
    return Place(tmp_path / 'page')


def held(folder, *words):
    """Which of some texts and bytes stand in the names and contents of a folder's files."""
    files = [path for path in folder.rglob('*') if path.is_file()]
    whole = b'\n'.join([*(str(path.relative_to(folder)).encode() for path in files),
                        *(path.read_bytes() for path in files)])
    return [word for word in words if (word.encode() if isinstance(word, str) else word) in whole]


@contextlib.contextmanager
def opened(path):
    """Another process that has the database open: its journal stays as long as somebody has."""
    code = (f'import sqlite3; database = sqlite3.connect({str(path)!r}); '
            'database.execute("SELECT * FROM web_patient").fetchone(); input()')
    with subprocess.Popen([sys.executable, '-c', code], stdin=subprocess.PIPE) as process:
        while not path.with_name(f'{path.name}-wal').exists():
            time.sleep(.05)
        yield
        process.communicate(b'\n')


@pytest.mark.slow
def test_of_a_patient_who_was_deleted_nothing_is_left_but_lines_of_the_log(own):
    made = apart(own, 'fill', WORD)
    photographs = [number for name, number in made['photographs'].items() if name.startswith(WORD)]
    stored = [number.replace('-', '') for number in photographs]
    pixels = picture() + f'{WORD}-1'.encode()
    export = own.exports / str(made['department']) / 'x.zip'
    export.parent.mkdir(mode=0o700)
    export.write_bytes(pixels)
    named = [number for name, number in made['photographs'].items() if name in (f'{WORD}-1 read', f'{WORD}-1 waiting')]
    everything = [f'{WORD}-1', pixels, *named, *stored]
    with opened(own.sqlite):
        assert held(own.folder, *everything) == everything
        assert apart(own, 'delete', 'patients', made[f'{WORD}-1']) == 302
        assert held(own.folder, *everything) == []
    with sqlite3.connect(own.sqlite) as database:
        assert database.execute("SELECT count(*) FROM web_entry WHERE what = 'patient deleted'").fetchone() == (1,)
    others = [number for name, number in made['photographs'].items() if not name.startswith(WORD)]
    facts = apart(own, 'facts')
    assert facts['without'] == [] and facts['broken'] is None
    assert held(own.folder, 'P-2', *(number.replace('-', '') for number in others)) == [
        'P-2', *(number.replace('-', '') for number in others)]
    assert f'web_patient {made[f"{WORD}-1"]}' not in str(facts)


@pytest.mark.slow
def test_of_one_photograph_nothing_is_left_in_reports_and_remarks(own):
    made = apart(own, 'fill', WORD)
    gone = made['photographs'][f'{WORD}-1 read']
    assert held(own.folder, gone.replace('-', '')) and list(own.reports.glob(f'{made[f"{WORD}-1"]}/*'))
    assert apart(own, 'delete', 'photographs', gone) == 302
    assert held(own.folder, gone.replace('-', '')) == [] and not list(own.reports.glob(f'{made[f"{WORD}-1"]}/*'))
    left = [path for path in own.folder.rglob('*') if gone in path.name]
    assert left == [] and list(own.reports.glob(f'{made["P-2"]}/*'))


@pytest.mark.slow
def test_what_a_crash_has_left_is_swept_up_and_nothing_else(own):
    apart(own, 'fill', WORD)
    before = {path for path in own.folder.rglob('*') if path.is_file()}
    nobody = '01234567-89ab-4cde-8f01-23456789abcd'
    orphans = [own.photograph(nobody), own.photograph(nobody, 'thumb'), own.incoming / nobody,
               own.incoming / 'tmp1234.upload', own.reports / nobody / 'x.pdf',
               own.exports / '1' / f'{nobody}.zip']
    for path in orphans:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b'x')
    assert apart(own, 'sweep') == 0  # they may be on their way
    old = time.time() - 3600
    for path in own.folder.rglob('*'):
        if path.is_file():
            os.utime(path, (old, old))
    assert apart(own, 'sweep') == len(orphans)
    assert {path for path in own.folder.rglob('*') if path.is_file()} == before


def test_the_page_says_how_many_it_has_swept_up(site, monkeypatch, capsys):
    from lopm.web import serve
    monkeypatch.setattr('lopm.web.retention.sweep', lambda: 3)
    serve.tidy()
    assert '3 files removed' in capsys.readouterr().err


@pytest.fixture
def reader(site):
    """A worker's, whose network is not asked."""
    from lopm.web.reading import Reader
    return Reader(None, site)


def test_what_is_deleted_while_it_is_read_leaves_no_file(case, browse, reader, site, monkeypatch):
    """The worker has its pixels in hand when a clinician deletes it."""
    from lopm.web import jobs
    from lopm.web.models import Photograph
    from lopm.web.worker import settle
    from tests.web.conftest import jpeg, send
    number = send(browse('carl'), case.visit, jpeg()).json()['id']

    def read(job):
        source, photograph = site.incoming / number, job.photograph
        data = source.read_bytes()
        assert browse('carl').post(f'/photographs/{number}/delete/').status_code == 302
        source.write_bytes(data)
        reader.encode(source, photograph)
        assert len(list(site.folder.rglob(f'{number}*'))) == 3
        jobs.done(job)
    monkeypatch.setattr(reader, 'do', read)
    settle(reader, jobs.claim('here', jobs.SLOW))
    assert not list(site.folder.rglob(f'{number}*'))
    assert not Photograph.objects.filter(pk=number).exists() and not jobs.Job.objects.exists()


def test_a_version_of_what_was_deleted_is_not_added(case, reader):
    from lopm.web import jobs
    from lopm.web.models import Photograph
    again = Photograph.objects.get(pk=case.pk)
    case.delete()
    with pytest.raises(jobs.Gone):
        reader.add(again, None, 'words', None)


def test_a_report_of_what_was_deleted_while_it_was_written_is_not_kept(case, browse, reader, site, monkeypatch):
    from lopm.web import jobs
    from lopm.web.worker import settle
    assert browse('carl').get(f'/visits/{case.visit.pk}/report.html').status_code == 202
    monkeypatch.setattr('lopm.web.reporting.render', lambda *_: case.delete() and 'PIXELS')
    monkeypatch.setattr('lopm.web.reporting.page_of', lambda *_: {})
    settle(reader, jobs.claim('here', jobs.SLOW))
    assert not [path for path in site.reports.rglob('*') if path.is_file()]
