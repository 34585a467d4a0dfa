"""Which files a folder of a clinic holds, and whose photographs they are."""
import os
import unicodedata
from pathlib import Path

from lopm.curation.tables import read_table

SYSTEM_FILES = {'.DS_Store', 'Thumbs.db', 'desktop.ini', '__MACOSX'}  # made by desktops, never by a camera


def find_files(folder):
    """``(files, problems)``: all files under a folder, sorted, and ``{path: why it is passed over}``.

    Links to folders are not followed, for they may lead in a circle or out of the folder. What desktops leave
    everywhere (``SYSTEM_FILES`` and ``._*``) is no one's photograph and in neither.
    """
    files, problems = [], {}

    def note(error):
        problems[Path(error.filename)] = f'the folder cannot be opened ({error.strerror})'

    for parent, folders, names in os.walk(folder, onerror=note):
        folders[:] = [name for name in folders if name not in SYSTEM_FILES]
        for name in folders:
            if os.path.islink(os.path.join(parent, name)):
                problems[Path(parent, name)] = 'a link to a folder, which is not followed; copy the folder there'
        for path in (Path(parent, name) for name in names):
            if path.name in SYSTEM_FILES or path.name.startswith('._'):
                continue
            if path.is_file():
                files.append(path)
            else:
                problems[path] = 'a broken link, or no regular file'
    return sorted(files), problems


def patients_by_folder(files, folder):
    """``{file: patient}``: the first folder under ``folder`` is the patient's id. Files beside it have none."""
    parts = {path: path.relative_to(folder).parts for path in files}
    return {path: part[0] for path, part in parts.items() if len(part) > 1}


def patients_by_csv(files, folder, table):
    """``{file: patient}`` of a csv with the columns ``file`` (path under ``folder``) and ``patient``.

    Raises:
        ValueError: No such columns, a file without a patient, twice, or not there. Lines are given by number alone,
            for what stands in them is about patients.
    """
    by_name = {_plain(path.relative_to(folder).as_posix()): path for path in files}
    patients = {}
    for line, row in read_table(table, ('file', 'patient')):
        path = by_name.get(_plain(row['file']))
        if path is None:
            raise ValueError(f'{table}, line {line} names a file that is not in SOURCE_DIR; correct its path')
        if not row['patient'] or patients.setdefault(path, row['patient']) != row['patient']:
            raise ValueError(f'{table}, line {line} gives no patient, or another one than a line before')
    return patients


def _plain(name):
    """One spelling per path, whichever system the csv was written on."""
    return unicodedata.normalize('NFC', name.strip().replace('\\', '/')).removeprefix('./')
