"""What a base knows of its photographs: a line each in ``manifest.jsonl``, and the data set's ``all.json`` made of it.

A line is added as soon as a photograph's file is complete, so that a killed run goes on where it was. At the end of a
run the lines are sorted by name: their order, too, would tell something of the clinic's.
"""
import json
from pathlib import Path
from typing import Any, Required, TypedDict

from lopm.datasets.format import read_dataset, write_dataset
from lopm.files import parse_json, write_text


class Row(TypedDict, total=False):
    """A line of the manifest."""

    file_name: Required[str]
    width: Required[int]
    height: Required[int]
    patient_id: Required[str | None]
    sha256: Required[str]
    file_sha256: str
    format: str
    pages: int
    faces: Any


def read_rows(path):
    """The ``Row`` of every line; what follows the last line feed was cut off by a kill."""
    lines = path.read_bytes().split(b'\n')[:-1] if path.is_file() else []
    return [parse_json(line, path, Row) for line in lines]


class Manifest:
    """Rows by photograph's name, in memory and in ``manifest.jsonl``; grows with the number of photographs.

    A row holds ``file_name``, ``patient_id`` (hashed, or null), ``width``, ``height``, ``sha256`` (of the pixels that
    ``read_photograph`` gives of the new file, uint8 BGR), ``file_sha256`` (of the new file), the ``format`` of the
    source, ``pages`` of a TIFF that had several, and ``faces`` once they were looked for.

    Args:
        folder: Of the base. Rows whose photograph is no longer in it are left out, and counted: ``gone``.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.path = self.folder / 'manifest.jsonl'
        rows = {Path(row['file_name']).stem: row for row in read_rows(self.path)}
        self.rows = {name: row for name, row in rows.items() if (self.folder / row['file_name']).is_file()}
        self.gone = len(rows) - len(self.rows)
        self._write()

    def add(self, name, row):
        """Add a row, or replace the one of this name."""
        if self.rows.get(name) != row:
            self.rows[name] = row
            with open(self.path, 'a', encoding='utf-8') as file:
                file.write(json.dumps(row) + '\n')

    def finish(self):
        """Sort the file and bring ``all.json`` up to date."""
        self._write()
        write_index(self.folder / 'all.json', self.rows)

    def _write(self):
        text = ''.join(json.dumps(self.rows[name]) + '\n' for name in sorted(self.rows))
        if not self.path.is_file() or self.path.read_text(encoding='utf-8') != text:
            write_text(self.path, text)


def write_index(path, rows):
    """The data set's json: all photographs, with what it already held of them and of outlines.

    An image's id comes from its name, so that it is the same whatever else is in the base.
    """
    empty = {'info': {'lopm': 1, 'source': 'lopm ingest'}, 'images': [], 'annotations': [],
             'categories': [{'id': 1, 'name': 'lesion'}]}
    before = read_dataset(path) if path.is_file() else empty
    images = {image['file_name']: dict(image) for image in before['images']}
    for name, row in rows.items():
        image = images.setdefault(row['file_name'], {
            'id': int(name[:13], 16), 'outlined': False, **{key: row[key] for key in ('file_name', 'width', 'height')}})
        if row['patient_id']:
            image['patient_id'] = row['patient_id']
    after = {**before, 'images': sorted(images.values(), key=lambda image: image['file_name'])}
    if after != before or not path.is_file():
        write_dataset(path, after)
