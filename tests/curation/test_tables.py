"""Tables as people save them: what is read right, and what is refused with line and fix."""
import pytest

from lopm.curation.source import SourceError
from lopm.curation.tables import read_table


@pytest.fixture
def reading(tmp_path):
    def read(content, *needed):
        path = tmp_path / 'x.csv'
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_table(path, needed)
    return read


PLAIN = [(2, {'photograph': 'é.png', 'color': 'white, red'}), (3, {'photograph': 'b.png', 'color': ''})]


@pytest.mark.parametrize('text', [
    'photograph,color\né.png,"white, red"\nb.png,\n', 'photograph;color\né.png;white, red\nb.png;\n',
    'photograph\tcolor\né.png\twhite, red\nb.png\t\n', 'photograph;color\r\né.png;white, red\r\nb.png;\r\n',
    ' photograph , color \né.png , "white, red"\nb.png,\n', 'photograph;color;;\né.png;white, red;;\nb.png;;;\n;;\n\n'])
@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16'])
def test_all_that_spreadsheets_write(text, encoding, reading):
    assert reading(text.encode(encoding), 'photograph') == PLAIN


def test_the_line_that_names_the_separator(reading):
    assert reading('sep=;\nphotograph;color\né.png;white, red\nb.png;\n') == [(line + 1, row) for line, row in PLAIN]
    assert reading('SEP=|\r\na|b\r\n1|2\r\n') == [(3, {'a': '1', 'b': '2'})]


def test_cells_of_several_lines_and_separators_in_quotes(reading):
    assert reading('a,"b;c;d"\n"1\n2",3\n') == [(3, {'a': '1\n2', 'b;c;d': '3'})]


def test_a_needed_column_in_another_spelling(reading):
    assert reading('Photograph\nx.png\n', 'photograph') == [(2, {'photograph': 'x.png'})]
    assert reading('photograph\n') == []


@pytest.mark.parametrize('text, words', [
    ('', 'x.csv: the file is empty'), (';;\n\n', 'the file is empty'),
    ('a,b,a\n1,2,3\n', 'columns 1 and 3 bear one name'), ('Site A,site_a\n1,2\n', 'columns 1 and 2 bear one name'),
    ('a,b\n1,2\n1\n', 'line 3: has not the 2 columns of the header, but 1'),
    ('a,b\n1,2,3\n', 'line 2: has not the 2 columns of the header, but 3'),
    ('a,\n1,Dupont\n', 'line 2: a value in a column without a name'), ('a,b\n"1,2\n', 'x.csv, line 2: .*half-written'),
    ('a,b\n1,2\0\n', 'holds a character 0, and is no text'),
    ('picture\nx.png\n', "has no column 'photograph'; its first line has to name"),
    ('a,b\n1,2\né,3\n'.encode('cp1252'), 'x.csv, line 3: no UTF-8 text, perhaps Windows-1252; save .*CSV UTF-8')])
def test_what_is_refused(text, words, reading):
    with pytest.raises(SourceError, match=words) as error:
        reading(text, *(['photograph'] if 'picture' in str(text) else []))
    said = str(error.value).split('x.csv')[1]  # the folder bears the name of the case
    assert 'Dupont' not in said and 'picture' not in said
