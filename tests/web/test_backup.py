"""A backup holds all that there was in one moment, on both databases, and what was changed in it is refused."""
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from dataclasses import replace
from functools import cache

import pytest

from tests.web.apart import apart, begin, finish
from tests.web.cluster import MISSING, Cluster

BOTH = pytest.mark.parametrize('kind', ['sqlite', pytest.param('postgresql', marks=pytest.mark.skipif(
    bool(MISSING), reason=MISSING))])


@pytest.fixture(scope='module')
def cluster():
    with Cluster() as found:
        yield found


@pytest.fixture(scope='module')
def filled(tmp_path_factory):
    """``filled(kind)``: a filled page that stays as it is."""
    @cache
    def place_of(kind, address):
        from lopm.web.place import Place
        place = Place(tmp_path_factory.mktemp(kind) / 'page', address)
        apart(place, 'fill')
        return place
    return place_of


@pytest.fixture
def made(kind, tmp_path, filled, request):
    """A filled page, and the place of one to be."""
    from lopm.web.place import Place
    here, there = tmp_path / 'here', tmp_path / 'there'
    if kind == 'sqlite':
        shutil.copytree(filled(kind, '').folder, here)
        return Place(here), Place(there)
    cluster, template = request.getfixturevalue('cluster'), request.getfixturevalue('template')
    shutil.copytree(filled(kind, template).folder, here)
    return Place(here, cluster.database(template)), Place(there, cluster.database())


@pytest.fixture(scope='module')
def template(cluster):
    return cluster.database()


def lopm(command, *paths, place):
    """The status of a command in a process of its own."""
    more = ['--database-url', place.database] if place.database else []
    return subprocess.run([sys.executable, '-m', 'lopm', command, *map(str, paths), *more], capture_output=True,
                          text=True)


@BOTH
@pytest.mark.slow
def test_what_was_there_is_there_again(made, tmp_path):
    here, there = made
    out = tmp_path / 'backup.zip'
    said = lopm('web-backup', here.folder, out, place=here)
    assert said.returncode == 0 and '6 photographs, SHA-256' in said.stdout, said.stderr
    assert out.stat().st_mode & 0o777 == 0o600
    said = lopm('web-restore', out, there.folder, place=there)
    assert said.returncode == 0, said.stderr
    before, after = apart(here, 'facts'), apart(there, 'facts')
    assert before['tables'].pop('django_session')[0] == 1 and after['tables'].pop('django_session')[0] == 0
    assert before == after and after['broken'] is None and after['lines'] == 2 and after['without'] == []
    for folder in ('photographs', 'incoming', 'secret.key'):
        files = [path for each in [here.folder / folder] for path in (each.rglob('*') if each.is_dir() else [each])
                 if path.is_file()]
        assert files
        for path in files:
            again = there.folder / path.relative_to(here.folder)
            assert again.read_bytes() == path.read_bytes() and again.stat().st_mode & 0o777 == 0o600
    assert there.folder.stat().st_mode & 0o777 == 0o700
    assert not list((there.folder / 'reports').iterdir())
    apart(there, 'note', 3)  # numbers go on after the last, and so does the chain
    assert apart(there, 'facts')['broken'] is None
    assert not [path for path in tmp_path.iterdir() if path.name.startswith('.')]


@BOTH
def test_only_where_nothing_is(made, tmp_path):
    here, there = made
    out = tmp_path / 'backup.zip'
    assert lopm('web-backup', here.folder, out, place=here).returncode == 0
    said = lopm('web-restore', out, here.folder, place=here)
    assert said.returncode == 1 and 'not empty' in said.stderr
    if here.database:
        said = lopm('web-restore', out, there.folder, place=replace(there, database=here.database))
        assert said.returncode == 1 and 'the database is not empty' in said.stderr
    assert not there.folder.exists() and apart(here, 'facts')['lines'] == 2


@pytest.fixture
def zipped(tmp_path, filled):
    from lopm.web.backup import back_up
    from lopm.web.place import Place
    shutil.copytree(filled('sqlite', '').folder, tmp_path / 'here')
    back_up(Place(tmp_path / 'here'), tmp_path / 'backup.zip')
    return tmp_path / 'backup.zip'


def test_a_flipped_byte_is_refused_wherever_it_is(zipped):
    from lopm.web.backup import check
    data = zipped.read_bytes()
    check(zipped)
    for i in [*range(0, len(data), max(len(data) // 200, 1)), *range(len(data) - 90, len(data))]:
        zipped.write_bytes(data[:i] + bytes([data[i] ^ 1]) + data[i + 1:])
        with pytest.raises(ValueError, match='damaged'):
            check(zipped)
    for damaged in (data[:-1], data + b'x', data[100:], b'', data[:200]):
        zipped.write_bytes(damaged)
        with pytest.raises(ValueError, match='damaged'):
            check(zipped)


@pytest.mark.parametrize('name', ['../out', '/tmp/out', 'photographs/../../x.jpg', 'photographs/ab/run.sh',
                                  'tables/../x'])
def test_a_zip_that_leads_elsewhere_is_refused_even_sealed(zipped, tmp_path, name):
    from lopm.web.backup import SEAL, _seal, restore
    from lopm.web.place import Place
    with zipfile.ZipFile(zipped, 'a') as archive:
        archive.writestr(name, b'x')
        archive.comment = b'0' * SEAL
    _seal(zipped)
    with pytest.raises(ValueError, match='no backup'):
        restore(zipped, Place(tmp_path / 'there'))
    assert not (tmp_path / 'there').exists() and not list(tmp_path.glob('.there*'))


def test_a_backup_of_a_newer_lopm_and_of_the_other_database_are_refused(zipped, tmp_path):
    from lopm.web.backup import back_up
    from lopm.web.place import Place
    there = Place(tmp_path / 'there', 'postgresql://nobody@127.0.0.1:1/none')
    said = lopm('web-restore', zipped, there.folder, place=there)
    assert said.returncode == 1 and 'a backup of SQLite; restore it without' in said.stderr
    with sqlite3.connect(tmp_path / 'here/lopm.sqlite3') as database:
        database.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('web', '9999_later', '2030')")
    back_up(Place(tmp_path / 'here'), zipped)
    said = lopm('web-restore', zipped, there.folder, place=Place(there.folder))
    assert said.returncode == 1 and 'of a newer lopm (web.9999_later)' in said.stderr and not there.folder.exists()


def test_a_photograph_whose_file_is_lost_is_said(zipped, tmp_path):
    from lopm.web.place import Place
    place = Place(tmp_path / 'here')
    lost = next(place.photographs.rglob('*.thumb.jpg'))
    lost.unlink()
    said = lopm('web-backup', place.folder, zipped, place=place)
    assert said.returncode == 1 and '1 photographs have no file' in said.stdout and lost.name[:36] in said.stdout


def test_not_into_the_folder_itself(zipped, tmp_path):
    from lopm.web.place import Place
    place = Place(tmp_path / 'here')
    said = lopm('web-backup', place.folder, place.folder / 'backup.zip', place=place)
    assert said.returncode == 1 and 'another disk' in said.stderr
    assert lopm('web-backup', place.photographs, zipped, place=place).returncode == 1


@BOTH
@pytest.mark.slow
def test_what_is_backed_up_while_photographs_come_and_go_holds_together(made, tmp_path, request):
    here, there = made
    busy = begin(here, 'come_and_go', 6)
    places, count = [], 0
    while busy.poll() is None or not places:
        out = tmp_path / f'{count}.zip'
        said = lopm('web-backup', here.folder, out, place=here)
        assert said.returncode == 0, said.stdout + said.stderr
        places.append(out)
        count += 1
    assert finish(busy) > 20 and len(places) > 1
    for i, out in enumerate(places[-2:]):
        database = there.database and request.getfixturevalue('cluster').database()
        found = replace(there, folder=tmp_path / f'there {i}', database=database)
        assert lopm('web-restore', out, found.folder, place=found).returncode == 0
        facts = apart(found, 'facts')
        assert facts['without'] == [] and facts['broken'] is None
