"""Files that are there whole or not at all, and errors that name them. Imports nothing heavy."""
import csv
import hashlib
import json
import os
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path):
    """A temporary path beside ``path`` to write to; it takes the place of ``path`` when the block has ended well.

    An error, a kill or a full disk at any moment leaves what was there before.
    """
    path = Path(path)
    partial = path.with_name(f'{path.name}.partial')
    try:
        yield partial
        _sync(partial)
        os.replace(partial, path)
        _sync(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def _sync(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path, text):
    """Write a ``whole_file`` in UTF-8. Returns the path."""
    with whole_file(path) as partial:
        partial.write_text(text, encoding='utf-8')
    return path


def write_json(path, content, indent=None):
    """As ``write_text``, in json; with ``indent`` a line per value, for people."""
    return write_text(path, json.dumps(content, indent=indent))


def write_table(path, header, rows):
    """Write a csv as a ``whole_file``: floats with six digits, empty where a value is nan or None. Returns the path."""
    with whole_file(path) as partial, partial.open('w', newline='', encoding='utf-8') as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows(map(_as_text, rows))
    return path


def _as_text(row):
    return ['' if value is None or value != value else f'{value:.6g}' if isinstance(value, float) else value
            for value in row]


def parse_json(text, path):
    """What a json text says; a ValueError that names the file if it is none."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f'{path}: no valid json ({error}); it was edited by hand or is damaged: restore it') from None


def sha256(path):
    """The SHA-256 of a file's content, in hex."""
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()
