"""Every bad input is an error, or a warning, that names the file, the annotation and the fix."""
import re

import pytest
from pycocotools import mask as coco_mask

from lopm.datasets import coco
from lopm.datasets.coco import group_lesions, group_photographs
from tests.datasets.tiny import HEIGHT, WIDTH, image, lesion, square, write


@pytest.fixture
def warnings(monkeypatch):
    said = []
    monkeypatch.setattr(coco, 'print_log', lambda text, logger, level: said.append(text))
    return said


def test_photographs_keep_their_order_and_their_annotations(tmp_path, warnings):
    path = write(tmp_path, [image(2), image(1)], [lesion(5, of=1), lesion(6, square(3, 4, 5), of=2),
                                                  lesion(7, of=2, category_id=2)])
    first, second = group_photographs(path)
    assert first[0]['id'] == 2 and second[0]['id'] == 1
    assert [a['id'] for a in first[1]['lesion']] == [6] and [a['id'] for a in first[1]['teeth']] == [7]
    rle = first[1]['lesion'][0]['segmentation']
    assert coco_mask.area(rle) == 25 and coco_mask.toBbox(rle).tolist() == [3, 4, 5, 5]
    assert not warnings


def test_annotations_of_a_lesion_are_grouped_by_rater():
    rows = [lesion(1, lesion_id='L1', rater='a'), lesion(2, lesion_id='L1', rater='b'),
            lesion(3, rater='a'), lesion(4, rater='a')]
    ids = [{rater: a['id'] for rater, a in group.items()} for group in group_lesions(rows, 'p1.png')]
    assert ids == [{'a': 1, 'b': 2}, {'a': 3}, {'a': 4}]


def test_null_is_absent_and_0_is_a_name(tmp_path, warnings):
    rows = [lesion(1, lesion_id=0, rater=1), lesion(2, lesion_id=0, rater='b'),
            {**lesion(3, rater=None), 'lesion_id': None, 'attributes': None}]
    (_, groups), = group_photographs(write(tmp_path, [image(1, patient_id=None)], rows))
    assert [sorted(group) for group in group_lesions(groups['lesion'], '')] == [['1', 'b'], ['']]
    assert 'attributes' not in groups['lesion'][2]


def test_half_written_json(tmp_path):
    path = write(tmp_path)
    path.write_text(path.read_text()[:-30])
    with pytest.raises(ValueError, match='train.json: no valid json'):
        group_photographs(path)


@pytest.mark.parametrize('images, annotations, words', [
    ([image(1), image(1, file_name='p2.png')], [], 'id 1 stands 2 times'),
    ([image(1), image(2, file_name='p1.png')], [], "file_name 'p1.png' stands 2 times"),
    ([image(1)], [lesion(7, of=3)], 'annotation 7 belongs to image 3'),
    ([image(1)], [lesion(7, category_id=9)], 'annotation 7 has category 9'),
    ([image(1)], [lesion(7, [[1, 1, 5, 5]])], r'annotation 7 \(p1.png\): polygon 1 has 2 points'),
    ([image(1)], [{**lesion(7), 'segmentation': []}], r'annotation 7 \(p1.png\): the segmentation is empty'),
    ([image(1)], [lesion(7, square(70, 10, 5))], r'annotation 7 \(p1.png\): .*outside.*outline it again'),
    ([image(1)], [lesion(7, {'size': [5, 5], 'counts': [25]})], r'annotation 7 \(p1.png\): .*its size is'),
    ([image(1)], [lesion(7, {'size': None, 'counts': None})], r'annotation 7 \(p1.png\): .*its size is None'),
    ([image(1)], [lesion(7, {'size': [HEIGHT, WIDTH], 'counts': [HEIGHT * WIDTH]})], 'the RLE sets no pixel; outline'),
    ([image(1)], [lesion(1, lesion_id='a'), lesion(2, lesion_id='a')], 'annotations 1 and 2 are both of lesion a'),
    ([image(1)], [lesion(i, square(2, 2, 3)) for i in range(255)], '255 lesions, at most 254'),
])
def test_what_cannot_be_used_is_an_error(tmp_path, warnings, images, annotations, words):
    with pytest.raises(ValueError, match=f'train.json.*{words}'):
        group_photographs(write(tmp_path, images, annotations))


@pytest.mark.parametrize('polygon, words, area', [
    ([[50, 30, 70, 30, 70, 36, 50, 36]], 'annotation 7 .p1.png.: polygon 1: 2 of 4 points lie outside', 60),
    ([[10, 10, 30, 30, 30, 10, 10, 30]], 'annotation 7 .p1.png.: polygon 1 crosses itself', None)])
def test_what_is_suspect_is_used_and_reported(tmp_path, warnings, polygon, words, area):
    rle = group_photographs(write(tmp_path, annotations=[lesion(7, polygon)]))[0][1]['lesion'][0]['segmentation']
    assert len(warnings) == 1
    assert re.search(words, warnings[0])
    assert coco_mask.area(rle) == area or area is None


@pytest.mark.parametrize('shift, reported', [(18, False), (16, False), (15, True), (4, True)])
def test_overlap_over_a_fifth_is_reported(tmp_path, warnings, shift, reported):
    """Squares of 20 pixels share (20 - shift) / 20 of their area."""
    group_photographs(write(tmp_path, annotations=[lesion(1, square(5, 5, 20)), lesion(2, square(5 + shift, 5, 20))]))
    assert bool(warnings) == reported


def test_the_overlap_is_that_of_the_smaller(tmp_path, warnings):
    group_photographs(write(tmp_path, annotations=[lesion(1, square(5, 5, 30)), lesion(2, square(8, 8, 4))]))
    assert 'annotations 1 and 2 (p1.png): 100% of the smaller' in warnings[0]


def test_a_photograph_without_annotations_is_kept(tmp_path):
    (photograph, groups), = group_photographs(write(tmp_path, annotations=[]))
    assert photograph['width'] == WIDTH and photograph['height'] == HEIGHT and not groups['lesion']


def test_a_place_has_no_outline(tmp_path, warnings):
    places = [{**lesion(1, lesion_id='a'), 'segmentation': [], 'bbox': [10, 10, 20, 20]}, lesion(2, square(10, 10, 20))]
    (_, groups), = group_photographs(write(tmp_path, annotations=places))
    place, outline = groups['lesion']
    assert 'segmentation' not in place and place['bbox'] == [10, 10, 20, 20]
    assert coco_mask.area(outline['segmentation']) == 400
    assert not warnings  # two outlines that cover each other would be suspect; a place is none


@pytest.mark.parametrize('box, words', [
    ([1, 2, 3], 'give x, y, width, height'), ([5, 5, 0, 4], 'give x, y, width, height'),
    ([WIDTH, 0, 5, 5], 'lies outside the photograph of 60 x 40')])
def test_a_place_that_is_none(tmp_path, box, words):
    place = {key: value for key, value in lesion(7, bbox=box).items() if key != 'segmentation'}
    with pytest.raises(ValueError, match=rf'annotation 7 \(p1.png\): .*{words}'):
        group_photographs(write(tmp_path, annotations=[place]))


def test_one_photograph_by_two_names(tmp_path):
    (tmp_path / 'images').mkdir()
    with pytest.raises(ValueError, match="file_name 'p1.png' stands 2 times"):
        group_photographs(write(tmp_path, [image(1), image(2, file_name='images/../p1.png')]))
