"""Files of a source: which are there, and where its photographs are put."""
import os

import pytest

from lopm.curation.files import export_files, place_photographs, walk
from lopm.curation.source import SourceError


def test_export_files(tmp_path):
    for name in ('b/2.json', '1.JSON', 'x.txt'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in export_files(tmp_path, '.json')] == ['1.JSON', '2.json']
    with pytest.raises(SourceError, match=r'holds no \*.xml file'):
        export_files(tmp_path, '.xml')
    with pytest.raises(SourceError, match='no such file or folder'):
        export_files(tmp_path / 'gone', '.json')


@pytest.fixture
def cluttered(tmp_path):
    """A folder with two photographs and what desktops and programs leave beside them."""
    for name in ('a.jpg', 'sub/B.JPG', '._a.jpg', '.hidden.jpg', '.git/c.jpg', '__MACOSX/a.jpg', '__MACOSX/._a.jpg',
                 'Thumbs.db', 'notes.txt'):
        (tmp_path / 'x' / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / 'x' / name).touch()
    os.mkfifo(tmp_path / 'x/pipe.jpg')
    (tmp_path / 'x/broken.jpg').symlink_to(tmp_path / 'gone.jpg')
    (tmp_path / 'x/linked.jpg').symlink_to(tmp_path / 'x/a.jpg')
    return tmp_path / 'x'


def test_what_is_hidden_or_no_regular_file_is_passed_over(cluttered):
    assert sorted(path.relative_to(cluttered).as_posix() for path in walk(cluttered)) == [
        'a.jpg', 'linked.jpg', 'notes.txt', 'sub/B.JPG']


def test_a_pipe_is_no_export(cluttered):
    with pytest.raises(SourceError, match='pipe.jpg: no regular file'):
        export_files(cluttered / 'pipe.jpg', '.json')


def test_of_a_zip_the_photographs_alone_are_kept(cluttered, tmp_path):
    place_photographs(cluttered, tmp_path, move=True)
    assert sorted(path.relative_to(tmp_path / 'images').as_posix() for path in (tmp_path / 'images').rglob('*')
                  if not path.is_dir()) == ['a.jpg', 'linked.jpg', 'sub/B.JPG']
