"""Which photographs a source names."""
import pytest

from lopm.curation.studio.upload import read_source
from tests.curation.studio_help import write_data


def test_a_json_names_its_photographs_in_its_own_folder_or_in_another(tmp_path):
    path = write_data(tmp_path)
    folder, images = read_source(path)
    assert folder == tmp_path and [each['file_name'] for each in images] == ['p0.jpg', 'p1.jpg', 'p2.jpg']
    assert read_source(path, tmp_path / 'other')[0] == tmp_path / 'other'


def test_a_folder_names_all_photographs_below_it(tmp_path):
    (tmp_path / 'a').mkdir()
    for name in ('x.png', 'a/x.JPG', 'a/notes.txt'):
        (tmp_path / name).write_bytes(b'')
    assert [each['file_name'] for each in read_source(tmp_path)[1]] == ['a/x.JPG', 'x.png']


def test_sources_that_cannot_be_used(tmp_path):
    with pytest.raises(ValueError, match='no photograph in it'):
        read_source(tmp_path)
    with pytest.raises(FileNotFoundError, match='nothing.json: no such file'):
        read_source(tmp_path / 'nothing.json')
    path = tmp_path / 'absolute.json'
    path.write_text('{"images": [{"id": 1, "file_name": "/home/x.jpg", "width": 9, "height": 9}], '
                    '"annotations": [], "categories": []}')
    with pytest.raises(ValueError, match='absolute paths'):
        read_source(path)
