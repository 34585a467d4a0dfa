"""Tables for the key holder: which file of the clinic, of which patient, has which name in the base."""
import csv
from pathlib import Path

from lopm.files import whole_file

COLUMNS = ('path', 'patient', 'file_name', 'remark')


def refuse_inside(path, what, *folders):
    """Raise a ValueError where a private file would lie in the clinic's folder or in the base."""
    for folder in folders:
        if Path(path).resolve().is_relative_to(Path(folder).resolve()):
            raise ValueError(f'{path}: {what} must not lie in {folder}; keep it where only the key holder can read')


def write_private(path, entries, keep=False):
    """Write a csv of ``Entry`` that only its owner may read; it appears complete or not at all.

    Args:
        keep: Keep the lines of an earlier table whose paths are not among these.
    """
    rows = {str(entry.path): [str(entry.path), entry.patient or '', entry.file_name or '', entry.remark]
            for entry in entries}
    path = Path(path)
    if keep and path.is_file():
        with open(path, newline='', encoding='utf-8', errors='surrogateescape') as file:
            rows = {row[0]: row for row in list(csv.reader(file))[1:]} | rows
    path.parent.mkdir(parents=True, exist_ok=True)
    # names of files are bytes that need not be UTF-8: written as they are
    with whole_file(path, 0o600) as partial, \
            open(partial, 'w', newline='', encoding='utf-8', errors='surrogateescape') as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows[key] for key in sorted(rows))
