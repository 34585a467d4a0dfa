"""A json is read as what it says, or refused with the file, the place, the value and the fix."""
import json

import pytest

from lopm.datasets.format import (
    canonical,
    check_dataset,
    is_outlined,
    is_place,
    looked_by,
    read_dataset,
    task_info,
    tasks_of,
    write_dataset,
)
from lopm.tasks import build_tasks
from tests.datasets.tiny import TASKS, image, lesion, write


def test_a_missing_file_says_how_to_make_it(tmp_path):
    with pytest.raises(FileNotFoundError, match='train.json: no such file.*converter'):
        read_dataset(tmp_path / 'train.json')


@pytest.mark.parametrize('text, words', [
    ('{"images": [', 'truncated'), ('', 'truncated'), ('[1, 2]', "no COCO json, the list 'images'"),
    ('{"a.jpg": {"regions": []}}', "no COCO json, the list 'images'"),
    ('{"images": [], "annotations": []}', "the list 'categories'"),
    ('{"images": [], "images": [], "annotations": [], "categories": []}', "the key 'images' stands twice"),
    ('{"images": [{"id": 1, "id": 1}], "annotations": [], "categories": []}', "the key 'id' stands twice"),
    ('{"images": NaN}', 'NaN is no number'), ('{"images": -Infinity}', '-Infinity is no number'),
    ('[' * 100_000, 'nested too deeply'), ('{"images": [1e999]}', 'out of range')])
def test_what_is_no_data_set(tmp_path, text, words):
    (tmp_path / 'a.json').write_text(text)
    with pytest.raises(ValueError, match=f'a.json: .*{words}'):
        read_dataset(tmp_path / 'a.json')


@pytest.mark.parametrize('change, words', [
    (dict(width='60'), r"images\[0\].width \(p1.png\): Expected int, got str, and there stands '60'"),
    (dict(width=0), r'images\[0\].width \(p1.png\): Expected int >= 1'),
    (dict(height=2**31), r'images\[0\].height \(p1.png\): Expected int <= 65535'),
    (dict(height=40.5), r'images\[0\].height \(p1.png\): Expected int, got float, and there stands 40.5'),
    (dict(id=True), r'images\[0\].id \(p1.png\): Expected int \| str'),
    (dict(file_name=''), r'images\[0\].file_name'),
    (dict(patient_id=['P1']), r'images\[0\].patient_id'),
    (dict(looked=['r1']), r'images\[0\].looked \(p1.png\): Expected object'),
    (dict(looked={'r1': {'blind': 1}}), r'images\[0\].looked\[...\].blind \(p1.png\): Expected bool'),
    (dict(scale={'px_per_mm': 0}), r'images\[0\].scale.px_per_mm \(p1.png\): Expected float > 0'),
    (dict(scale={'px_per_mm': 9, 'by': 'guess'}), r"images\[0\].scale.by \(p1.png\): Invalid enum value 'guess'"),
    (dict(outlined='yes'), r"images\[0\].outlined \(p1.png\): Expected bool"),
    (dict(record={'age': [61]}), r'images\[0\].record'),
    (dict(attributes={'color': [['white']]}), r'images\[0\].attributes')])
def test_a_photograph_of_wrong_type_is_named(tmp_path, change, words):
    with pytest.raises(ValueError, match=f'train.json: {words}'):
        check_dataset({'images': [image(1, **change)], 'annotations': [], 'categories': []}, tmp_path / 'train.json')


@pytest.mark.parametrize('row, words', [
    (None, r'annotations\[1\]: Expected object, got null'),
    ({'id': 8, 'category_id': 1}, r'annotations\[1\] \(8\): .*missing required field image_id'),
    (lesion(8, bbox='1,2,3,4'), r'annotations\[1\].bbox'),
    (lesion(8, source={'color': 3}), r'annotations\[1\].source'),
    (lesion('8'), r"the ids of annotations are numbers and text \(7, '8'\)")])
def test_an_annotation_of_wrong_type_is_named(row, words):
    content = {'images': [image(1)], 'annotations': [lesion(7), row], 'categories': [{'id': 1, 'name': 'lesion'}]}
    with pytest.raises(ValueError, match=words):
        check_dataset(content, 'a.json')


def test_names_have_one_form(tmp_path):
    images = [image(1, patient_id=7), image(2, patient_id=' 7 '), image(3, patient_id=7.0), image(4, patient_id=' ')]
    content = read_dataset(write(tmp_path, images, [lesion(1, lesion_id=0, rater='r 1 '), lesion(2, rater=None)]))
    assert [each.get('patient_id') for each in content['images']] == ['7', '7', '7', None]
    assert content['annotations'][0]['lesion_id'] == '0' and content['annotations'][0]['rater'] == 'r 1'
    assert 'rater' not in content['annotations'][1]
    assert canonical('Andre\u0301') == canonical('Andr\u00e9')  # composed or not


def test_what_lopm_does_not_know_comes_through(tmp_path):
    path = write(tmp_path, [image(1, license=3, flickr_url='x')], [lesion(1, keypoints=[1, 2])])
    assert read_dataset(path)['images'][0]['license'] == 3
    assert read_dataset(path)['annotations'][0]['keypoints'] == [1, 2]


def test_a_byte_order_mark_is_no_part_of_a_json(tmp_path):
    path = write(tmp_path)
    path.write_bytes(b'\xef\xbb\xbf' + path.read_bytes())
    assert len(read_dataset(path)['images']) == 1


def test_what_is_written_was_checked(tmp_path):
    with pytest.raises(ValueError, match=r'a.json: images\[0\]'):
        write_dataset(tmp_path / 'a.json', {'images': [{'id': 1}], 'annotations': [], 'categories': []})
    assert not (tmp_path / 'a.json').exists()


@pytest.mark.parametrize('said, annotations, outlined', [
    ({}, [], False), ({}, [lesion()], True), ({}, [{'bbox': [1, 2, 3, 4]}], False),
    ({'outlined': True}, [], True), ({'outlined': False}, [lesion()], False),
    ({'looked': {'r1': {}}}, [], True), ({'looked': {}}, [], False)])
def test_silence_is_no_outline(said, annotations, outlined):
    assert is_outlined(said, annotations) is outlined


def test_who_has_looked_has_one_name_and_may_see_nothing(tmp_path):
    path = write(tmp_path, [image(1, looked={' r 1': {'blind': True}, 'Andre\u0301': {}}), image(2)], [])
    one, other = read_dataset(path)['images']
    assert looked_by(one) == {'r 1': {'blind': True}, 'Andr\u00e9': {}} and looked_by(other) == {}


def test_a_box_without_an_outline_is_a_place():
    assert is_place({'bbox': [1, 2, 3, 4]}) and is_place({'bbox': [1, 2, 3, 4], 'segmentation': []})
    assert not is_place(lesion(bbox=[1, 2, 3, 4])) and not is_place({})


def test_a_data_set_defines_its_tasks():
    tasks = build_tasks(TASKS)
    info = json.loads(json.dumps({'tasks': task_info(tasks)}))
    assert tasks_of({'info': info}, 'a.json') == tasks
    assert tasks_of({'info': {}}, 'a.json') is None
    with pytest.raises(ValueError, match="a.json: info.tasks says no kind of 'color'.*convert"):
        tasks_of({'info': {'tasks': {'color': {'level': 'lesion', 'classes': ['white']}}}}, 'a.json')
