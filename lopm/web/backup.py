"""A backup: one file with all that a page has and cannot make anew, sealed by its SHA-256; and the way back.

    backup.json          what it is, and what wrote it
    secret.key           the page's own
    incoming/            photographs that waited to be read
    photographs/         pixels
    lopm.sqlite3         the database as it was in one moment, or
    tables/NAME          each of its tables, as PostgreSQL's COPY writes it

It is a zip, which any tool opens; its comment is the SHA-256 of all that comes before. Sessions are left out: after a
restore everybody signs in again. Reports and bases that were exported are made anew.
"""
import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from lopm import __version__
from lopm.files import parse_json, whole_file

FORMAT = 1
ABOUT, DATABASE, SECRET = 'backup.json', 'lopm.sqlite3', 'secret.key'
SEAL = 64  # characters at the end: the zip's comment
SESSIONS = 'django_session'
TRIES = 10  # snapshots, where photographs are deleted while they are copied
MEMBER = re.compile(rf'({re.escape(ABOUT)}|{re.escape(DATABASE)}|{re.escape(SECRET)}|incoming/[0-9a-f-]{{36}}'
                    r'|photographs/[0-9a-f]{2}/[0-9a-f-]{36}(\.thumb)?\.jpg|tables/\w+)\Z')


def back_up(place, out):
    """Write a backup; the page may go on meanwhile.

    Args:
        place: ``Place``. out: The file, for its owner alone; what was there is replaced once it is whole.

    Returns:
        ``{'photographs': how many, 'missing': numbers of those that have no file, 'sha256'}``.

    Raises:
        ValueError: There is no page in the folder, or its database does not answer.
    """
    if not place.secret_file.is_file() or not (place.database or place.sqlite.is_file()):
        raise ValueError(f'{place.folder}: no folder of lopm web; name the one that it was started with')
    beside = tempfile.TemporaryDirectory(prefix='.lopm-', dir=Path(out).parent)
    with beside, whole_file(out, 0o600) as partial:
        before = None
        for _ in range(TRIES):
            count, missing = _write(place, partial, Path(beside.name))
            if not missing or missing == before:  # lost long ago
                break
            before = missing
        return {'photographs': count, 'missing': missing, 'sha256': _seal(partial)}


def _write(place, path, beside):
    """Write the zip. Returns how many photographs it has, and numbers of those whose files were not there: deleted
    meanwhile, or lost long before."""
    about = {'format': FORMAT, 'lopm': __version__, 'at': datetime.now(UTC).isoformat(timespec='seconds')}
    with zipfile.ZipFile(path, 'w') as archive:
        archive.comment = b'0' * SEAL
        photographs = _of_postgresql(place.database, archive, about) if place.database else _of_sqlite(
            place.sqlite, archive, beside)
        photographs.sort(key=lambda each: each[1] != 'waiting')  # those first whose files will soon be elsewhere
        missing = [str(number) for number, state in photographs if not _add(place, archive, number, state)]
        archive.write(place.secret_file, SECRET)
        archive.writestr(ABOUT, json.dumps(about, indent=1))
    return len(photographs) - len(missing), missing


def _add(place, archive, number, state):
    """Add the files of a photograph; whether they are there. One that could not be read has none."""
    if state == 'failed':
        return True
    with contextlib.suppress(FileNotFoundError):
        if state == 'waiting':
            archive.write(place.incoming / str(number), f'incoming/{number}')
            return True
    with contextlib.suppress(FileNotFoundError):
        for kind in ('full', 'thumb'):
            path = place.photograph(number, kind)
            archive.write(path, f'photographs/{path.parent.name}/{path.name}')
        return True
    return False


def _of_sqlite(path, archive, beside):
    """Add the database as it is in this moment; ``[(number, state)]`` of its photographs."""
    copy = beside / DATABASE
    copy.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute('PRAGMA journal_mode=DELETE')
        target.execute('PRAGMA secure_delete=ON')
        target.execute(f'DELETE FROM {SESSIONS}')
        target.commit()
        rows = target.execute('SELECT id, state FROM web_photograph').fetchall()
    archive.write(copy, DATABASE, zipfile.ZIP_DEFLATED)
    return [(UUID(number), state) for number, state in rows]


def _of_postgresql(address, archive, about):
    """Add all tables as they are in one moment; ``[(number, state)]`` of the photographs."""
    with _connected(address) as database:
        database.execute('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
        about['tables'] = {}
        for table, columns in _columns(database):
            if table != SESSIONS:
                about['tables'][table] = columns
                member = zipfile.ZipInfo(f'tables/{table}')
                member.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(member, 'w', force_zip64=True) as file:
                    _copy(database, 'TO STDOUT', table, columns, lambda copy: file.writelines(copy))
        about['sequences'] = dict(database.execute(
            'SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema()').fetchall())
        return database.execute('SELECT id, state FROM web_photograph').fetchall()


@contextlib.contextmanager
def _connected(address):
    """A transaction of a PostgreSQL database.

    Raises:
        ValueError: It does not answer.
    """
    import psycopg
    try:
        with psycopg.connect(address, client_encoding='utf8') as database:
            yield database
    except psycopg.OperationalError as error:
        raise ValueError(f'the database does not answer: {error}'.rstrip()) from None


def _columns(database):
    """``(table, [column])`` of all tables."""
    return database.execute("""
        SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'
        GROUP BY table_name ORDER BY table_name""").fetchall()


def _copy(database, way, table, columns, do):
    from psycopg import sql
    statement = sql.SQL(f'COPY {{}} ({{}}) {way}').format(
        sql.Identifier(table), sql.SQL(', ').join(map(sql.Identifier, columns)))
    with database.cursor() as cursor, cursor.copy(statement) as copy:
        do(copy)


def _seal(path):
    """Write the SHA-256 of a zip over its comment."""
    digest = _digest(path)
    with open(path, 'r+b') as file:
        file.seek(-SEAL, os.SEEK_END)
        file.write(digest.encode())
    return digest


def _digest(path):
    """The SHA-256 of a file but for its end."""
    found, left = hashlib.sha256(), os.path.getsize(path) - SEAL
    with open(path, 'rb') as file:
        while left > 0:
            found.update(block := file.read(min(left, 1 << 20)))
            left -= len(block)
    return found.hexdigest()


def restore(source, place):
    """Make a page's folder, and its database, from a backup. Either is there whole or not at all.

    Args:
        source: The file. place: ``Place``, whose folder is not there or empty; its database, if any, is empty.

    Returns:
        ``{'photographs', 'lines': of the log, 'broken': number of the first line that does not hold or None}``.

    Raises:
        ValueError: The file is damaged, or of a newer lopm; there is something in the folder or the database.
    """
    if place.folder.exists() and (not place.folder.is_dir() or any(place.folder.iterdir())):
        raise ValueError(f'{place.folder}: not empty; name a folder that is not there yet')
    check(source)
    place.folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f'.{place.folder.name}-', dir=place.folder.parent))
    try:
        with zipfile.ZipFile(source) as archive:
            about = _unpack(archive, partial, source)
            if bool(place.database) != ('tables' in about):
                raise ValueError(f'{source}: a backup of {"PostgreSQL" if "tables" in about else "SQLite"}; restore it '
                                 f'{"with" if "tables" in about else "without"} --database-url')
            found = _settle(archive, about, replace(place, folder=partial), source)
        os.rename(partial, place.folder)
        os.sync()
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return found


def check(source):
    """Refuse a file that is not what was written.

    Raises:
        ValueError: Names it. OSError: It cannot be read.
    """
    with open(source, 'rb') as file:
        file.seek(max(os.path.getsize(source) - SEAL, 0))
        seal = file.read()
    if not zipfile.is_zipfile(source) or seal != _digest(source).encode():
        raise ValueError(f'{source}: no backup of lopm web, or damaged: its content is not that which was sealed; take '
                         'another copy of it')


def _unpack(archive, folder, source):
    """Write the files of a backup into a folder; what ``backup.json`` says."""
    names = archive.namelist()
    strange = [name for name in names if not MEMBER.match(name)]
    if strange or not {ABOUT, SECRET} <= set(names):
        raise ValueError(f'{source}: no backup of lopm web ({strange[0] if strange else "without " + ABOUT})')
    about = parse_json(archive.read(ABOUT), f'{source}/{ABOUT}', dict)
    if about.get('format') != FORMAT:
        raise ValueError(f'{source}: of a newer lopm ({about.get("lopm")}); install that one')
    for name in names:
        if name != ABOUT and not name.startswith('tables/'):
            archive.extract(name, folder)
    for path in (folder, *folder.rglob('*')):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return about


def _settle(archive, about, place, source):
    """Fill the database, if it is PostgreSQL, bring it up to this lopm, and look whether the log holds."""
    os.environ.update(place.environment(), DJANGO_SETTINGS_MODULE='lopm.web.settings')
    import django
    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from lopm.web import trail
    from lopm.web.models import Entry, Photograph
    if place.database:
        _fill(archive, about, place.database, source)
    _refuse_newer(source)
    call_command('migrate', verbosity=0, interactive=False)
    found = {'photographs': Photograph.objects.count(), 'lines': Entry.objects.count(), 'broken': trail.broken()}
    connections.close_all()
    return found


def _fill(archive, about, address, source):
    """Make the tables of an empty database as they were, and fill them in one transaction."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    with _connected(address) as database:
        if _columns(database):
            raise ValueError('the database is not empty; make another one with createdb')
    app, name = (about['tables']['django_migrations'].index(column) for column in ('app', 'name'))
    with archive.open('tables/django_migrations') as file:
        rows = [line.decode().rstrip('\n').split('\t') for line in file]
    executor, applied = MigrationExecutor(connection), {(row[app], row[name]) for row in rows}
    _refuse_newer(source, applied)
    nodes = executor.loader.graph.node_map
    executor.migrate([node for node in applied if not any(
        child.key in applied and child.key[0] == node[0] for child in nodes[node].children)])
    with _connected(address) as database:
        database.execute('DELETE FROM django_migrations')
        for table, columns in about['tables'].items():
            with archive.open(f'tables/{table}') as file:
                _copy(database, 'FROM STDIN', table, columns, lambda copy: shutil.copyfileobj(file, copy))
        for sequence, last in about['sequences'].items():
            if last is not None:
                database.execute('SELECT setval(quote_ident(%s), %s)', [sequence, last])


def _refuse_newer(source, applied=None):
    """Refuse a database of a newer lopm. ``applied``: Its migrations; None: those of Django's own database."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader
    loader = MigrationLoader(connection)
    newer = sorted(set(loader.applied_migrations if applied is None else applied) - set(loader.disk_migrations))
    if newer:
        raise ValueError(f'{source}: of a newer lopm ({".".join(newer[0])}); install that one')
