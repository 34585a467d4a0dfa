"""Photographs found by what a source calls them: exactly, nearly, and what is said where none fits."""
import pytest

from lopm.curation.folder import Folder, names_of, spelled_otherwise
from lopm.curation.source import SourceError
from tests.curation.drawn_exports import draw_photographs


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


@pytest.fixture
def clinic(tmp_path):
    names = ['A.JPG', 'a.jpg', 'b.jpg', 'C.JPEG', 'd.tiff', 'd.png', 'p1/e 1.jpg', 'p2/f.jpg', '0a1b2c3d-g.jpg',
             '20240101-h.jpg', 'x%20y.jpg', 'IMG_1.HEIC', '__MACOSX/b.jpg', '._b.jpg']
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    for name in ('1.2.840.7', '1.2.840.8', 'IM_9'):  # as scanners name DICOM files
        (tmp_path / name).write_bytes(bytes(128) + b'DICM')
    (tmp_path / 'IM_8').write_bytes(bytes(128) + b'else')
    return Folder(tmp_path)


@pytest.mark.parametrize('name, wanted', [
    ('A.JPG', 'A.JPG'), ('a.jpg', 'a.jpg'), ('B.JPG', 'b.jpg'), ('b.jpeg', 'b.jpg'), ('c.jpg', 'C.JPEG'),
    ('D.tif', 'd.tiff'), ('P1/E%201.JPG', 'p1/e 1.jpg'), ('p1/e%201.jpg', 'p1/e 1.jpg'), ('x%20y.jpg', 'x%20y.jpg'),
    ('0123abcd-b.jpg', 'b.jpg'), ('images/0123abcd-B.JPEG', 'b.jpg'), ('g.jpg', '0a1b2c3d-g.jpg'),
    ('0a1b2c3d-g.jpg', '0a1b2c3d-g.jpg'),
    ('/data/upload/1/0a1b2c3d-e_1.jpg', 'p1/e 1.jpg')])
def test_names_that_nearly_fit(name, wanted, clinic):
    assert clinic.find(name) == wanted


@pytest.mark.parametrize('name', ['d.jpg', 'b.png', 'p2/e 1.jpg', 'ffffffff-g.jpg', '20250101-h.jpg', 'h.jpg',
                                  '20240101-b.jpg', 'img_1.jpg', 'b(1).jpg', 'b1.jpg'])
def test_names_that_may_be_another_photograph(name, clinic):
    """Another ending may be a mask, another prefix another upload, eight digits a date."""
    assert clinic.find(name) is None


def test_two_that_differ_in_case_alone_are_refused_where_neither_is_meant(clinic):
    with pytest.raises(SourceError, match="'A.jpeg' may be any of A.JPG, a.jpg; .*or rename one"):
        clinic.find('A.jpeg')


@pytest.mark.parametrize('name, words', [
    ('IMG_1.HEIC', '; IMG_1.HEIC is, which is not read as it is: take it in with lopm ingest first'),
    ('img_1.jpg', '; IMG_1.HEIC is'), ('IM_9', '; IM_9 is, which is not read as it is: take it in'),
    ('1.2.840.8', '; 1.2.840.8 is, which'), ('IM_8', ''),
    ('p9/F.jpg', '; p2/f.jpg bears its name, but lies in another folder'),
    ('20240101-hh.jpg', '; the nearest is 20240101-h.jpg'), ('zzzzzzzzz', '')])
def test_what_is_said_of_a_photograph_that_is_missing(name, words, clinic):
    assert clinic.near(name).startswith(words) and bool(clinic.near(name)) == bool(words)


def test_what_is_spelled_otherwise():
    assert spelled_otherwise('b.jpeg', 'x/b.jpg') and spelled_otherwise('g.jpg', '0a1b2c3d-g.jpg')
    assert not spelled_otherwise('/data/upload/1/0123abcd-b.jpg', 'b.jpg') and not spelled_otherwise('q/b.jpg', 'b.jpg')
