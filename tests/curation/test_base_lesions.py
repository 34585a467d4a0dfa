"""From regions and words to annotations: what is one lesion, whose words are whose, what raters disagree on."""
import re

import pytest
from mmengine.config import Config
from PIL import ExifTags, Image

from lopm.curation.convert import convert
from lopm.curation.folder import Folder
from lopm.curation.labels import Labels
from lopm.curation.lesions import Lesion, opaque_scope
from lopm.curation.outlines import rectangle
from lopm.curation.source import Export, Photograph, Region, SourceError
from lopm.datasets.masks import decode_segmentation
from lopm.datasets.photographs import read_photograph
from lopm.tasks import build_tasks
from tests.curation.drawn_exports import REPO, SIZE, apart, disc, draw_photographs, triangle

TASKS = build_tasks([*Config.fromfile(REPO / 'configs/oral_extended.py').tasks,
                     dict(name='quality', kind='ordinal', level='image', classes=['good', 'poor'])])


@pytest.fixture
def converted(tmp_path):
    draw_photographs(tmp_path, ['x.png'])

    def run(*photographs, **options):
        return convert(Export(photographs=list(photographs)), Folder(tmp_path), Labels(TASKS), **options)
    return run


def region(segmentation=None, rater='', group='', **words):
    said = {name: [value] for name, value in words.items()}
    return Region(segmentation or triangle(), said, rater, group, 'a region')


def photograph(*regions, size=SIZE, **words):
    said = {'': {name: [value] for name, value in words.items()}} if words else {}
    return Photograph('x.png', *size, list(regions), said, place='the photograph')


def test_regions_of_one_group_are_one_annotation_with_the_words_of_all(converted):
    content, _, _ = converted(photograph(region(rectangle(5, 5, 10, 10), group='1', color='white'),
                                         region(rectangle(50, 50, 10, 10), group='1', color='red'),
                                         region(rectangle(90, 50, 10, 10), group='2', color='red')))
    first, second = content['annotations']
    assert first['segmentation'] == rectangle(5, 5, 10, 10) + rectangle(50, 50, 10, 10)
    assert first['attributes'] == {'color': ['white', 'red']} and first['area'] == 200
    assert first['bbox'] == [5, 5, 55, 55] and first['iscrowd'] == 0 and second['attributes'] == {'color': ['red']}


def test_a_polygon_and_a_mask_are_joined_as_a_mask(converted):
    content, _, _ = converted(photograph(region(group='1'), region(disc(), group='1')))
    (row,) = content['annotations']
    union = decode_segmentation(triangle(), *SIZE[::-1]) | decode_segmentation(disc(), *SIZE[::-1])
    assert (decode_segmentation(row['segmentation'], *SIZE[::-1]) == union).all() and row['area'] == union.sum()


def test_raters_who_outlined_the_same_share_a_lesion(converted):
    content, _, report = converted(photograph(
        region(rectangle(10, 10, 40, 40), '1', color='white'), region(rectangle(100, 60, 20, 20), '1'),
        region(rectangle(100, 62, 20, 20), '2'), region(rectangle(12, 10, 40, 40), '2', color='red'),
        region(rectangle(10, 80, 20, 20), '2'), region(rectangle(30, 20, 40, 40), '3')))
    rows = content['annotations']
    assert [(row['rater'], row['lesion_id'][-1]) for row in rows] == [
        ('1', '1'), ('1', '2'), ('2', '2'), ('2', '1'), ('2', '3'), ('3', '4')]  # the last overlaps by a third only
    assert rows[0]['attributes'] == {'color': ['white']} and rows[3]['attributes'] == {'color': ['red']}
    assert report.notes['lesions of several raters, joined by their overlap'] == 2


def test_a_rater_with_named_lesions_only_is_not_matched(converted):
    content, _, _ = converted(photograph(region(rater='1', lesion_id='L7'), region(rater='2'), region(disc(), '3')))
    named, first, second = [row['lesion_id'] for row in content['annotations']]
    assert named == 'L7' and re.fullmatch('[0-9a-f]{12}-1', first) and second == f'{first[:-1]}2'


def test_an_id_that_joins_raters_is_the_photographs_own_and_tells_nothing_of_it():
    lesions = [Lesion('lesion', '', None, [disc()]), Lesion('lesion', '1', None, [triangle()])]
    scopes = {opaque_scope('Muster_Anna/1.jpg', lesions), opaque_scope('Muster_Anna/2.jpg', lesions),
              opaque_scope('Muster_Anna/1.jpg', lesions[:1])}
    assert len(scopes) == 3 and opaque_scope('Muster_Anna/1.jpg', lesions) in scopes
    assert not any('Muster' in scope for scope in scopes)


def test_a_lesion_id_joins_and_one_of_the_photograph_holds_for_its_only_lesion(converted):
    content, _, _ = converted(photograph(region(lesion_id='L7'), region(disc(), lesion_id='L7')))
    assert [row['lesion_id'] for row in content['annotations']] == ['L7']
    content, _, _ = converted(photograph(region(rater='1'), region(disc(), rater='2'), lesion_id='L7'))
    assert [row['lesion_id'] for row in content['annotations']] == ['L7', 'L7']
    content, _, report = converted(photograph(region(), region(disc()), lesion_id='L7'))
    assert not any('lesion_id' in row for row in content['annotations'])
    assert report.notes['lesion ids of whole photographs that have not one lesion, left out'] == 1


def test_words_for_the_whole_photograph(converted):
    nobody = photograph(region(), site='buccal', patient_id='P1', visit='2')
    content, _, _ = converted(nobody)
    assert content['images'][0] == {'id': 1, 'file_name': 'images/x.png', 'width': 160, 'height': 120,
                                    'outlined': True, 'patient_id': 'P1', 'visit': 2,
                                    'attributes': {'site': ['buccal']}}
    one = photograph(region(rater='1'))
    one.words = {'1': {'site': ['buccal'], 'quality': ['good']}}
    content, _, _ = converted(one)
    assert content['annotations'][0]['attributes'] == {'site': ['buccal']}
    assert content['images'][0]['attributes'] == {'quality': 'good'}
    one = photograph(region(rater='1', site='vestibule'))
    one.words = {'1': {'site': ['buccal']}}
    content, _, report = converted(one)
    assert content['annotations'][0]['attributes'] == {'site': ['vestibule']} and 'otherwise' in report.unusable[0]
    two = photograph(region(rater='1'), region(disc(), rater='1'))
    two.words = {'1': {'site': ['buccal']}}
    content, _, _ = converted(two)
    assert content['images'][0]['attributes'] == {'site': ['buccal']}


def test_raters_who_differ_on_a_photograph_are_not_reduced(converted):
    differing = photograph()
    differing.words = {'1': {'quality': ['good'], 'site': ['buccal']}, '2': {'quality': ['poor'], 'site': ['buccal']}}
    content, _, report = converted(differing)
    assert content['images'][0]['attributes'] == {'site': ['buccal']}
    assert content['images'][0]['attributes_by_rater'] == {'1': {'quality': 'good'}, '2': {'quality': 'poor'}}
    assert 'quality: raters differ' in report.unusable[0]


def test_what_a_region_says_of_its_photograph_goes_up(converted):
    content, _, _ = converted(photograph(region(patient_id='P1', quality='poor'), region(disc(), patient_id='P1')))
    assert content['images'][0]['patient_id'] == 'P1' and content['images'][0]['attributes'] == {'quality': 'poor'}
    with pytest.raises(SourceError, match='patient_id: different values are said of one photograph'):
        converted(photograph(region(patient_id='P1'), patient_id='P2'))


def test_other_masks_are_categories_and_ignored_labels_are_counted(converted):
    content, _, report = converted(photograph(region(label='mouth cavity'), region(disc()), region(label='ignore')))
    names = {category['id']: category['name'] for category in content['categories']}
    assert [names[row['category_id']] for row in content['annotations']] == ['mouth_cavity', 'lesion']
    assert report.notes['regions that the label map ignores'] == 1


def test_what_a_task_cannot_take_is_reported_and_left_out(converted):
    content, _, report = converted(photograph(region(homogeneity='homogeneous / non_homogeneous', color='white')))
    assert content['annotations'][0]['attributes'] == {'color': ['white']} and 'homogeneity' in report.unusable[0]


def test_slightly_outside_is_reported_far_outside_refused(converted):
    content, _, report = converted(photograph(region(rectangle(-2, 5, 20, 20))))
    assert apart(content['annotations'][0]['segmentation'], rectangle(-2, 5, 20, 20)) == 0
    assert report.suspect == ['a region: up to 2.0 px outside the photograph']
    with pytest.raises(SourceError, match=r'a region: the point \(-50, 5\) lies far outside the photograph of 160'):
        converted(photograph(region(rectangle(-50, 5, 20, 20))))


def test_entries_of_one_photograph_are_joined_or_refused(converted):
    untouched = photograph()
    untouched.annotated, untouched.name = False, '/data/upload/1/0123abcd-x.png'
    content, unannotated, _ = converted(untouched, photograph(region(rater='1')),
                                        photograph(region(disc(), rater='2')))
    assert len(content['images']) == 1 and len(content['annotations']) == 2 and not unannotated['images']
    with pytest.raises(SourceError, match='is the same photograph as the photograph, annotated twice'):
        converted(photograph(region()), photograph(region(disc())))
    with pytest.raises(SourceError, match="the same photograph, on 'patient_id'"):
        converted(photograph(patient_id='P1'), photograph(region(), patient_id='P2'))


def test_what_nobody_has_looked_at_is_no_healthy_photograph(converted):
    untouched = photograph(patient_id='P1')
    untouched.annotated = False
    content, unannotated, _ = converted(untouched)
    assert not content['images'] and unannotated['images'][0]['patient_id'] == 'P1'


def test_the_size_of_the_file_counts(converted):
    with pytest.raises(SourceError, match='outlined on 120 x 160, but .*x.png is 160 x 120 when upright'):
        converted(photograph(region(), size=(120, 160)))
    content, _, _ = converted(photograph(region(), size=(None, None)))
    assert (content['images'][0]['width'], content['images'][0]['height']) == SIZE


@pytest.mark.parametrize('name', ['turned.jpg', 'turned.tif'])
def test_turned_photographs_have_the_size_that_they_are_read_in(name, converted, tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.new('RGB', (40, 30)).save(tmp_path / name, exif=exif)
    content, _, _ = converted(Photograph(name))
    (image,) = content['images']
    assert (image['height'], image['width']) == (40, 30) == read_photograph(tmp_path / name).shape[:2]
