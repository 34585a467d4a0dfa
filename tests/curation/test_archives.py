"""Zips: unpacked and taken away again; what leads out of them or grows without end is refused."""
import shutil
import stat
import struct
import zipfile
from collections import namedtuple

import pytest

from lopm.curation import archives
from lopm.curation.archives import unpacked
from lopm.curation.source import SourceError


def archive(path, name='a/x.txt', mode=0):
    with zipfile.ZipFile(path, 'w') as file:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        file.writestr(info, 'outside')
    return path


def test_a_zip_is_unpacked_and_taken_away_again(tmp_path):
    with unpacked(archive(tmp_path / 'x.zip'), tmp_path / 'out') as folder:
        assert (folder / 'a/x.txt').read_text() == 'outside'
    assert [path.name for path in tmp_path.iterdir()] == ['x.zip']


@pytest.mark.parametrize('name, mode', [('../x.txt', 0), ('/x.txt', 0), (r'a\..\..\x.txt', 0), ('C:/x.txt', 0),
                                        ('x.txt', stat.S_IFLNK)])
def test_zip_slips_are_refused(tmp_path, name, mode):
    inner = tmp_path / 'inner'
    inner.mkdir()
    with pytest.raises(SourceError, match='x.zip: the member .*x.txt.* leads out of the folder'):
        with unpacked(archive(inner / 'x.zip', name, mode), inner / 'out'):
            pass
    assert [path.name for path in tmp_path.iterdir()] == ['inner'] and [p.name for p in inner.iterdir()] == ['x.zip']


def test_half_a_zip_is_refused(tmp_path):
    path = archive(tmp_path / 'x.zip')
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(SourceError, match='x.zip: no readable zip'), unpacked(path, tmp_path / 'out'):
        pass


def test_a_pipe_in_a_zip_is_refused(tmp_path):
    with pytest.raises(SourceError, match='x.zip: the member .*x.txt'):
        with unpacked(archive(tmp_path / 'x.zip', mode=stat.S_IFIFO), tmp_path / 'out'):
            pass


def bomb(path, size=1 << 27):
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as file:
        file.writestr('annotations.json', b' ' * size)
    return path


def assert_refused(path, words):
    with pytest.raises(SourceError, match=words):
        with unpacked(path, path.parent / 'out'):
            pass
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    assert_refused(bomb(tmp_path / 'x.zip'), "x.zip: the member 'annotations.json' grows from [0-9,]+ to 134,217,728 b")


def test_a_small_file_may_shrink_as_it_likes(tmp_path):
    with unpacked(bomb(tmp_path / 'x.zip', 1 << 20), tmp_path / 'out') as folder:
        assert (folder / 'annotations.json').stat().st_size == 1 << 20


def test_a_bomb_that_understates_its_size_grows_no_further(tmp_path):
    path = bomb(tmp_path / 'x.zip')
    path.write_bytes(path.read_bytes().replace(struct.pack('<I', 1 << 27), struct.pack('<I', 1000)))
    assert_refused(path, 'x.zip: no readable zip')


def test_more_than_is_taken_from_one_zip(tmp_path, monkeypatch):
    path = archive(tmp_path / 'x.zip')
    with monkeypatch.context() as patch:
        patch.setattr(archives, 'UNPACKED_BYTES', 6)
        assert_refused(path, 'x.zip: 1 files of 7 bytes when unpacked, more than is taken from one zip')
    usage = namedtuple('Usage', 'free')
    monkeypatch.setattr(shutil, 'disk_usage', lambda folder: usage(3))
    assert_refused(path, 'x.zip: 7 bytes when unpacked, but .* has 3 left; name an OUT_DIR on another disk')
    with zipfile.ZipFile(path, 'w') as file:
        file.writestr('a', b'x' * 200)
        file.infolist().append(file.infolist()[0])
        file.filelist[1] = file.filelist[0]
    monkeypatch.undo()
    assert_refused(path, 'members lie within one another')
