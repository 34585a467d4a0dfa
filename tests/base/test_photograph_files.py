"""Photographs found by what a source calls them, and their sizes."""
import pytest
from drawn_exports import draw_photographs

from lopm.base.files import Folder, export_files, names_of
from lopm.base.source import SourceError


@pytest.mark.parametrize('name, wanted', [
    (r'C:\Users\Dr X\img\p1.png', ('Users', 'Dr X', 'img', 'p1.png')), ('../../img/p1.png', ('img', 'p1.png')),
    ('/data/local-files/?d=sub%20dir/p1.png', ('sub dir', 'p1.png')),
    ('https://host/img/p1.png?x=1', ('img', 'p1.png')),
    ('e\u0301.png', ('\u00e9.png',)), ('', ('',)), ('..', ('',))])
def test_names_of_all_kinds(name, wanted):
    assert names_of(name)[0] == wanted


def test_an_upload_of_label_studio_may_have_lost_its_prefix():
    assert names_of('/data/upload/1/770f0505-p1.png') == [('770f0505-p1.png',), ('p1.png',)]
    assert names_of('/data/upload/1/p1.png') == [('p1.png',)]


@pytest.mark.parametrize('name, wanted', [
    ('p1.png', 'a/p1.png'), ('x/a/p1.png', 'a/p1.png'), (r'D:\a\p1.png', 'a/p1.png'), ('p2.png', None),
    ('c/p1.png', None), ('c/p3.png', 'p3.png'), ('患者.png', 'b/患者.png'),
    ('/data/upload/3/0123abcd-p1.png', 'a/p1.png'), ('..', None)])
def test_one_path_has_to_end_with_the_other(tmp_path, name, wanted):
    folder = Folder(draw_photographs(tmp_path, ['a/p1.png', 'p3.png', 'b/患者.png'], (4, 3)))
    assert folder.find(name) == wanted


def test_the_longest_fit_counts_and_equal_ones_are_refused(tmp_path):
    folder = Folder(draw_photographs(tmp_path, ['a/b/p1.png', 'b/p1.png', 'c/p1.png'], (4, 3)))
    assert folder.find('x/a/b/p1.png') == 'a/b/p1.png'
    with pytest.raises(SourceError, match='may be any of a/b/p1.png, b/p1.png, c/p1.png; name a narrower folder'):
        folder.find('p1.png')


def test_a_data_set_within_the_folder_that_links_back_to_it(tmp_path):
    draw_photographs(tmp_path, ['p1.png'], (4, 3))
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out/images').symlink_to(tmp_path)
    assert Folder(tmp_path).find('img/p1.png') == 'p1.png'


def test_export_files(tmp_path):
    for name in ('b/2.json', '1.JSON', 'x.txt'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in export_files(tmp_path, '.json')] == ['1.JSON', '2.json']
    with pytest.raises(SourceError, match=r'holds no \*.xml file'):
        export_files(tmp_path, '.xml')
    with pytest.raises(SourceError, match='no such file or folder'):
        export_files(tmp_path / 'gone', '.json')
