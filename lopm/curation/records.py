"""Patients' records beside photographs, from a csv table with a line per photograph.

Columns: the photograph (``photograph``, ``file``, ``image`` ...), and those that the label map calls a field of a
record or of a photograph: ``age``, ``sex``, ``tobacco``, ``patient_id``, ``visit``. Other columns are left out and
named: free text may name patients. Messages never repeat a value.
"""
from typing import NamedTuple

from lopm.curation.formats.masks import PHOTOGRAPH
from lopm.curation.lesions import OF_IMAGES
from lopm.curation.source import SourceError
from lopm.curation.tables import read_table
from lopm.curation.words import Scalar, UnknownWord, Vocabulary, fold, written
from lopm.tasks import NOT_ASSESSABLE

RECORD = 'record.'


def read_records(path, folder, labels, fields=()):
    """``({photograph: {'record': {...}, 'patient_id': ...}}, left out)`` of a table.

    Args:
        folder: ``lopm.curation.folder.Folder`` of the photographs, by whose paths they are called.
        labels: ``lopm.curation.labels.Labels``.
        fields: ``record_fields`` of a config, whose names need not stand in the label map.

    Returns:
        And in words what is left out: columns, and lines of photographs that are not in the folder.

    Raises:
        SourceError: No table; no column of photographs; a photograph twice; a word or number that cannot be read.
    """
    rows = read_table(path)
    if not rows:
        raise SourceError(f'{path}: holds no line but the first; write a line per photograph')
    names = {fold(name): name for name in rows[0][1]}
    key = next((names[known] for known in PHOTOGRAPH if known in names), None)
    if key is None:
        raise SourceError(f'{path}: no column names the photographs; call it {PHOTOGRAPH[0]!r} (also known: '
                          f'{", ".join(PHOTOGRAPH[1:])})')
    columns = {name: column for name in rows[0][1] if name != key and (column := column_of(name, labels, fields))}
    found, missing = {}, []
    for line, row in rows:
        file = folder.find(row[key])
        if file is None:
            missing.append(row[key])
        elif file in found:
            raise SourceError(f'{path}, line {line}: {file} stands there twice; keep one line')
        else:
            found[file] = entry(row, columns, f'{path}, line {line}')
    closed = [name for name in rows[0][1] if name != key and name not in columns]
    left_out = [f'columns that are no field of a record: {", ".join(closed)}'] * bool(closed)
    left_out += [f'{len(missing)} lines of photographs that are not there, such as {missing[0]}'] if missing else []
    return found, left_out


class Column(NamedTuple):
    """What a column says: a field of a record, or of a photograph; ``readers`` understand its values, one of them.
    ``words``: the values that a config's field may have; None: any."""

    field: str
    of_record: bool
    readers: list
    words: list | None = None

    @property
    def wanted(self):
        reader = self.readers[0]
        if isinstance(reader, Scalar):
            return 'yes or no' if reader.kind == 'boolean' else f'a {reader.kind}'
        return 'one of ' + ', '.join(dict.fromkeys(written(each) for each in reader.meanings.values()
                                                   if each != NOT_ASSESSABLE))


def column_of(name, labels, fields):
    """The ``Column`` of a name; None where it is none."""
    targets = [target for target in labels.targets.get(fold(name), ())
               if target in OF_IMAGES or target.startswith(RECORD)]
    spelled = {fold(name), *(fold(target.removeprefix(RECORD)) for target in targets)}
    own = next((field for field in fields if fold(field) in spelled), None)
    if own is None and not targets:
        return None
    field = str(own or targets[0]).removeprefix(RECORD)  # plain: a label map's texts know where they stand
    known = [labels.vocabularies[target] for target in targets]
    if own is None:
        return Column(field, targets[0].startswith(RECORD), known)
    words = fields[own].get('words')
    return Column(field, True, [reader_of(words), *known], words)


def reader_of(words):
    """What reads the values of a config's field: a number, yes or no, or one of its words."""
    if words is None:
        return Scalar('number')
    return Scalar('boolean') if all(isinstance(word, bool) for word in words) else Vocabulary(words, exclusive=True)


def entry(row, columns, place):
    """What a line says: ``{'record': {field: value}, field of a photograph: value}``."""
    said = {'record': {}}
    for name, column in columns.items():
        if row[name]:
            value = value_of(row[name], column)
            if value is None:
                raise SourceError(f'{place}: {name} is not understood; write {column.wanted}, or leave it empty')
            (said['record'] if column.of_record else said)[column.field] = value
    return said


def value_of(text, column):
    """The value of a cell, by the first reader that understands it; None where none does."""
    for reader in column.readers:
        try:
            value = reader.value(reader.combine([meaning for _, meaning in reader.parse(text)]))
        except (UnknownWord, SourceError, IndexError):
            continue
        if column.words is None and not isinstance(value, dict | list) or column.words and value in column.words:
            return str(value) if isinstance(value, str) else value
    return None
