import os
import tempfile
from pathlib import Path

import pytest

from lopm.curation.intake.clean import identify
from lopm.curation.intake.names import Names
from lopm.curation.intake.sources import find_files, patients_by_csv, patients_by_folder


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / 'photos'
    for name in ('p1/v1/a.jpg', 'p1/b.jpg', 'Jürgen/c.jpg', 'd.jpg', 'p1/._b.jpg', '__MACOSX/d.jpg'):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b'x')
    return folder


def test_files_and_patients_by_folder(photos):
    files, problems = find_files(photos)
    assert [path.name for path in files] == ['c.jpg', 'd.jpg', 'b.jpg', 'a.jpg'] and problems == {}
    assert patients_by_folder(files, photos) == {
        photos / 'p1/v1/a.jpg': 'p1', photos / 'p1/b.jpg': 'p1', photos / 'Jürgen/c.jpg': 'Jürgen'}


def test_patients_by_csv_as_windows_and_a_mac_write_it(photos, tmp_path):
    table = tmp_path / 'patients.csv'
    table.write_bytes('\ufefffile,age,patient\r\np1\\v1\\a.jpg,61,17\r\nJu\u0308rgen/c.jpg,,"4, b"\r\n'.encode())
    assert patients_by_csv(find_files(photos)[0], photos, table) == {
        photos / 'p1/v1/a.jpg': '17', photos / 'Jürgen/c.jpg': '4, b'}


@pytest.mark.parametrize('text', [
    'sep=;\r\nFile;Patient;\r\n"p1/b.jpg";17;\r\n;;\r\n', 'file\tpatient\np1/b.jpg\t17\n'])
@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16'])
def test_patients_by_csv_as_spreadsheets_write_it(photos, tmp_path, text, encoding):
    table = tmp_path / 'patients.csv'
    table.write_bytes(text.encode(encoding))
    assert patients_by_csv(find_files(photos)[0], photos, table) == {photos / 'p1/b.jpg': '17'}


@pytest.mark.parametrize('content, words', [
    ('name,patient\n', "no column 'file'"), ('', 'the file is empty'), ('Mary,Mary\n', 'bear one name'),
    ('file,patient\nd.jpg,Mary\nMary.jpg,1\n', 'line 3'),
    ('file,patient\nd.jpg,\n', 'line 2'), ('file,patient\nd.jpg\n', 'line 2'),
    ('file,patient\nd.jpg,Mary\nd.jpg,Maria\n', 'line 3'), (b'file,patient\nd.jpg,\xe9\n', 'line 2: no UTF-8 text')])
def test_a_wrong_csv_is_refused_by_line_and_without_names(photos, tmp_path, content, words):
    table = tmp_path / 'patients.csv'
    table.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=words) as error:
        patients_by_csv(find_files(photos)[0], photos, table)
    assert 'Mar' not in str(error.value) and str(table) in str(error.value)


@pytest.fixture
def without_rights():
    """A folder with a file and a sub-folder that may not be opened, while somebody else than root runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / 'closed').mkdir(mode=0)
        (folder / 'a.jpg').write_bytes(b'x')
        (folder / 'a.jpg').chmod(0)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        yield folder
        if root:
            os.seteuid(0)
        (folder / 'closed').chmod(0o700)


def test_what_may_not_be_opened_is_a_problem(without_rights):
    files, problems = find_files(without_rights)
    assert problems == {without_rights / 'closed': 'the folder cannot be opened (Permission denied)'}
    assert files == [without_rights / 'a.jpg']
    assert identify(files[0], Names(bytes(32))).problem == 'the file cannot be opened (Permission denied)'
