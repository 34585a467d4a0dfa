"""Tables as people save them: csv with commas, semicolons or tabs, in UTF-8 or, with its mark, UTF-16.

What Excel adds is no part of a table: a first line ``sep=;``, empty rows, columns without a name and a value. Errors
tell lines and columns by number, never what stands in a cell: it may be about a patient.
"""
import codecs
import csv
import io
import re
from collections import Counter

from lopm.bounds import EXPORT_BYTES, read_bounded
from lopm.curation.source import SourceError
from lopm.curation.words import fold

SEPARATORS = ',;\t'
MARKS = {codecs.BOM_UTF8: 'utf-8', codecs.BOM_UTF16_LE: 'utf-16-le', codecs.BOM_UTF16_BE: 'utf-16-be'}


def read_table(path, needed=()):
    """``[(line number, {column: text})]`` of a csv file with a header; texts without blanks around them.

    Args:
        needed: Columns that have to be there, in whatever spelling ``fold`` takes for the same.

    Raises:
        SourceError: No text, no table, a column that stands twice or is missing, a row that has more or fewer cells.
    """
    text = text_of(path)
    lines = text.lstrip('\r\n').split('\n', 1)[0]
    said = re.match(r'sep=(.)\s*$', lines, re.IGNORECASE)
    separator = said[1] if said else _separator(lines)
    reader = csv.reader(io.StringIO(text, newline=''), delimiter=separator, strict=True,
                        skipinitialspace=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise SourceError(f'{path}, line {reader.line_num}: {error}; the table is half-written, or a quote is not '
                          'closed') from None
    rows = [(line, row) for line, row in rows if any(row)][bool(said):]
    if not rows:
        raise SourceError(f'{path}: the file is empty; export it again')
    columns = _columns(rows[0][1], needed, path)
    return [(line, _cells(row, columns, f'{path}, line {line}')) for line, row in rows[1:]]


def text_of(path):
    """The text of a file in UTF-8, or in UTF-16 as Excel marks it.

    Raises:
        SourceError: Another encoding, with the line and the fix.
    """
    try:
        data = read_bounded(path, EXPORT_BYTES)
    except ValueError as error:
        raise SourceError(str(error)) from None
    mark = next((mark for mark in MARKS if data.startswith(mark)), b'')
    try:
        text = data.removeprefix(mark).decode(MARKS.get(mark, 'utf-8'))
    except UnicodeDecodeError as error:
        line = data.count(b'\n', 0, error.start) + 1
        raise SourceError(f'{path}, line {line}: no UTF-8 text, perhaps Windows-1252; save the table as "CSV UTF-8" '
                          '(in Excel: Save as, that type)') from None
    if '\0' in text:
        raise SourceError(f'{path}: holds a character 0, and is no text; save the table as csv')
    return text


def _separator(header):
    """The separator that a header has most of, outside quotes."""
    counts = Counter(re.sub('"[^"]*"', '', header))
    return max(SEPARATORS, key=lambda separator: counts[separator])


def _columns(header, needed, path):
    """The columns' names, '' where there is none."""
    spelled = {fold(name): name for name in needed}
    columns = [spelled.get(fold(name), name) for name in header]
    places = {}
    for number, name in enumerate(map(fold, columns), start=1):
        if name and places.setdefault(name, number) != number:
            raise SourceError(f'{path}: columns {places[name]} and {number} bear one name; rename one, or take it away')
    for name in needed:
        if name not in columns:
            raise SourceError(f'{path}: has no column {name!r}; its first line has to name the columns, separated by '
                              f'commas, semicolons or tabs, among them {" and ".join(needed)}')
    return columns


def _cells(row, columns, place):
    if len(row) < len(columns) or any(row[len(columns):]):
        raise SourceError(f'{place}: has not the {len(columns)} columns of the header, but {len(row)}; put what holds '
                          'a separator in quotes')
    if any(cell and not name for name, cell in zip(columns, row)):
        raise SourceError(f'{place}: a value in a column without a name; name the column in the first line')
    return {name: cell for name, cell in zip(columns, row) if name}
