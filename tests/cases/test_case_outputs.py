"""Cases as json files, tables and a data set, with values that are known."""
import csv
import json
import os

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from lopm.case import Case, Lesion
from lopm.cases.dataset import dataset_of
from lopm.cases.folder import CaseFolder
from lopm.cases.tables import write_lesions, write_photographs
from lopm.datasets.format import read_dataset, write_dataset
from lopm.datasets.lesions import LesionDataset
from lopm.drawn import outline_of
from lopm.findings import findings_of
from lopm.tasks import build_tasks

TASKS = [dict(name='lesion', kind='mask', level='image'), dict(name='mouth', kind='mask', level='image'),
         dict(name='color', kind='multilabel', classes=['white', 'red']),
         dict(name='homogeneity', kind='ordinal', classes=['low', 'middle', 'high'], valid_if=dict(color='white')),
         dict(name='diagnosis', kind='multiclass', classes=['a', 'b']),
         dict(name='quality', kind='binary', level='image')]
BUILT = build_tasks(TASKS)
ABOUT = {'version': 'multitask 0a1b2c3d', 'weights_sha256': ['x']}


def mask(left=2, top=1, width=4, height=3, size=(10, 8)):
    drawn = np.zeros(size[::-1], np.uint8)
    drawn[top:top + height, left:left + width] = 1
    return drawn


def rle(drawn):
    return outline_of(drawn)['rle']


def case(name='a.png', colors=((0.9, 0.6),), masks=None, **more):
    """A lesion for each row of color; it is 4 x 3 pixels."""
    said = [findings_of({'color': row, 'homogeneity': [0.9, 0.2], 'diagnosis': [0.3, 0.7]}, BUILT) for row in colors]
    lesions = [Lesion(**vars(each), score=0.75, outline=outline_of(mask(left=2 + 3 * i)))
               for i, each in enumerate(said)]
    whole = findings_of(
        {'color': [0.2, 0.1], 'homogeneity': [0.9, 0.2], 'diagnosis': [0.4, 0.6], 'quality': [0.8]}, BUILT)
    return Case(name, [10, 8], lesions=lesions, photograph=whole, masks=masks or {}, **more)


def table(path):
    with open(path, newline='') as file:
        return list(csv.DictReader(file))


def test_a_row_a_lesion(tmp_path):
    cases = [case(colors=[(0.9, 0.6), (0.1, 0.2)]), case('none.png', colors=[]), Case('bad.png', bad='damaged')]
    first, second = table(write_lesions(tmp_path / 'lesions.csv', cases, BUILT))
    assert {key: first[key] for key in list(first)[:8]} == {
        'photograph': 'a.png', 'lesion': '1', 'score': '0.75', 'x': '2', 'y': '1', 'width': '4', 'height': '3',
        'area': '12'}
    assert {key: first[key] for key in list(first)[8:]} == {
        'color': 'white + red', 'color: white': '0.9', 'color: red': '0.6', 'homogeneity': 'middle',
        'homogeneity: low': '0.1', 'homogeneity: middle': '0.7', 'homogeneity: high': '0.2', 'diagnosis': 'b',
        'diagnosis: a': '0.3', 'diagnosis: b': '0.7'}
    assert (second['lesion'], second['color'], second['homogeneity'], second['homogeneity: low']) == (
        '2', 'none', '', '0.1')  # homogeneity is asked of white lesions


def test_a_row_a_photograph(tmp_path):
    cases = [case(flags={'dark': 0.01, 'blurred': 0.002}), Case('bad.png', bad='bad.png: damaged')]
    seen, bad = table(write_photographs(tmp_path / 'photographs.csv', cases, BUILT))
    assert (seen['lesions'], seen['flags'], seen['bad'], seen['quality'], seen['quality: yes'], seen['color']) == (
        '1', 'dark; blurred', '', 'yes', '0.8', 'none')
    assert (bad['width'], bad['lesions'], bad['bad'], bad['quality'], bad['quality: yes']) == (
        '', '0', 'bad.png: damaged', '', '')


def test_the_data_set_is_read_again_and_trains(tmp_path):
    cases = [case('more/a.png', [(0.9, 0.6), (0.1, 0.2)], {'mouth': rle(mask(0, 0, 5, 8))},
                  record={'age': 61}), Case('bad.png', bad='damaged'), case('none.png', [])]
    content = dataset_of(cases, BUILT, ABOUT, True, 'images', {'more/a.png': {'patient_id': 'P1', 'record': {}}})
    path = write_dataset(tmp_path / 'predictions.json', content)
    again = read_dataset(path)
    assert [(image['file_name'], image['outlined'], image['attributes']) for image in again['images']] == [
        ('images/more/a.png', True, {'quality': 'yes'}), ('images/none.png', True, {'quality': 'yes'})]
    assert again['images'][0]['patient_id'] == 'P1' and again['images'][0]['record'] == {'age': 61}
    first, second, mouth = again['annotations']
    assert first['attributes'] == {'color': ['white', 'red'], 'homogeneity': 'middle', 'diagnosis': 'b'}
    assert first['source'] == dict.fromkeys(first['attributes'], 'predicted') and first['rater'] == ABOUT['version']
    assert second['attributes'] == {'color': [], 'diagnosis': 'b'} and mouth['category_id'] == 2
    assert (first['bbox'], first['area'], first['score']) == ([2, 1, 4, 3], 12, 0.75)
    assert np.array_equal(coco_mask.decode(first['segmentation']), mask())
    assert again['info']['predicted_by'] == ABOUT and again['info']['source'] == 'predicted by multitask 0a1b2c3d'
    dataset = LesionDataset(path.name, TASKS, str(tmp_path), record_fields=dict(age=dict(center=50, scale=20)))
    item = dataset.get_data_info(0)
    assert item['targets']['color'].tolist() == [[[1, 1]], [[0, 0]]] and len(item['lesions']) == 2
    assert item['image_targets']['quality'].tolist() == [[[1]]] and set(item['masks']['mouth']) == {ABOUT['version']}


def test_what_a_person_corrected_is_not_predicted():
    said = case()
    said.lesions[0].corrected['color'] = ['white']
    annotation, = dataset_of([said], BUILT, ABOUT)['annotations']
    assert set(annotation['source']) == {'homogeneity', 'diagnosis'}


def test_a_model_without_outlines_gives_words_of_photographs():
    content = dataset_of([case(colors=[])], BUILT, ABOUT, outlined=False, source='synthetic')
    assert content['images'][0]['outlined'] is False
    assert content['images'][0]['attributes'] == {'color': [], 'diagnosis': 'b', 'quality': 'yes'}
    assert content['info']['source'].startswith('synthetic, predicted by')


def test_an_outline_that_has_no_pixel_is_no_annotation():
    empty = case()
    empty.lesions[0].outline = outline_of(mask(width=0))
    assert dataset_of([empty], BUILT, ABOUT)['annotations'] == []


def test_a_case_is_kept_until_its_photograph_or_record_is_another(tmp_path):
    cases, photograph = CaseFolder(tmp_path / 'cases'), tmp_path / 'a.png'
    photograph.touch()
    os.utime(photograph, (1000, 1000))
    assert not cases.is_done('more/a.png', photograph, {})
    cases.write(case('more/a.png', record={'age': 61}))
    again = cases.read('more/a.png')
    assert json.dumps(again.to_json()) == json.dumps(case('more/a.png', record={'age': 61}).to_json())
    assert again.lesions[0].score == 0.75 and again.lesions[0].words['homogeneity'] == pytest.approx({'middle': 0.7})
    assert cases.is_done('more/a.png', photograph, {'age': 61})
    assert not cases.is_done('more/a.png', photograph, {'age': 62})
    os.utime(photograph, (2e9, 2e9))
    assert not cases.is_done('more/a.png', photograph, {'age': 61})
    assert not cases.is_done('more/a.png', tmp_path / 'gone.png', {'age': 61})


def test_a_case_that_was_damaged_is_named(tmp_path):
    cases = CaseFolder(tmp_path)
    (tmp_path / 'a.png.json').write_text('{"name": "a.png", "lesions": [{"score": "x"}]}')
    with pytest.raises(ValueError, match=r'a.png.json: .*float.*lesions\[0\].score'):
        cases.read('a.png')
