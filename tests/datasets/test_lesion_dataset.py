"""What the json says becomes targets; what is not said is nan."""
import pickle

import numpy as np
import pytest

from lopm.datasets.lesions import LesionDataset
from tests.datasets.tiny import LOAD, RECORD_FIELDS, TASKS, build, image, lesion, square, write

NAN = np.nan
PACK = [*LOAD, dict(type='FitPhotograph', size=(40, 60), ratio_range=(1, 1.5)),
        dict(type='mmseg.RandomCrop', crop_size=(40, 60)), dict(type='LightJitter'), dict(type='PackLesions')]


def targets(tmp_path, words, **image_keys):
    """Targets of one lesion rated once, ``{task: [K]}``."""
    dataset = build(tmp_path, [image(**image_keys)], [lesion(attributes=words)])
    return {task: rows[0, 0] for task, rows in dataset.get_data_info(0)['targets'].items()}


@pytest.mark.parametrize('task, value, wanted', [
    ('color', ['white', 'red'], [1, 1, 0]),
    ('color', [], [0, 0, 0]),
    ('color', 'not_assessable', [NAN] * 3),
    ('color', {'all_of': ['red'], 'partial': True}, [NAN, 1, NAN]),
    ('sharpness', 'sharp', [0, 0]),
    ('sharpness', 'blurred', [1, 1]),
    ('diagnosis', 'lichen_planus', [0, 1, 0]),
    ('diagnosis', {'any_of': ['leukoplakia', 'lichen_planus']}, [1, 1, 0]),
    ('diagnosis', {'all_of': ['leukoplakia', 'lichen_planus']}, [NAN] * 3)])
def test_words_become_targets(tmp_path, task, value, wanted):
    found = targets(tmp_path, {task: value})
    np.testing.assert_array_equal(found[task], wanted)
    for other in set(found) - {task}:
        assert np.isnan(found[other]).all()


@pytest.mark.parametrize('color, known', [(['white', 'red'], True), (['red'], False), ([], False), (None, True),
                                          ('not_assessable', True), ({'all_of': ['red'], 'partial': True}, True)])
def test_a_label_is_masked_where_its_condition_is_denied(tmp_path, color, known):
    found = targets(tmp_path, {'homogeneity': 'uneven', **({'color': color} if color is not None else {})})
    assert np.isnan(found['homogeneity']).all() != known


def test_the_condition_holds_per_rater(tmp_path):
    rows = [lesion(1, lesion_id='L1', rater='a', attributes={'color': ['white'], 'homogeneity': 'even'}),
            lesion(2, lesion_id='L1', rater='b', attributes={'color': ['red'], 'homogeneity': 'even'})]
    found = build(tmp_path, annotations=rows).get_data_info(0)['targets']['homogeneity']
    np.testing.assert_array_equal(found, [[[0, 0], [NAN, NAN]]])


def test_lesions_and_raters_have_rows(tmp_path):
    rows = [lesion(1, lesion_id='L1', rater='b', attributes={'sharpness': 'medium'}),
            lesion(2, square(40, 5, 10), lesion_id='L2', rater='a', attributes={'sharpness': 'sharp'}),
            lesion(3, lesion_id='L1', rater='a', attributes={'sharpness': 'blurred'})]
    info = build(tmp_path, annotations=rows).get_data_info(0)
    assert info['raters'] == ['a', 'b'] and [each['lesion_id'] for each in info['lesions']] == ['L1', 'L2']
    np.testing.assert_array_equal(info['targets']['sharpness'], [[[1, 1], [1, 0]], [[0, 0], [NAN, NAN]]])


def test_a_photographs_words_go_down_to_its_only_lesion(tmp_path):
    found = targets(tmp_path, {'color': ['red']}, attributes={'diagnosis': 'lichen_planus', 'color': ['white']})
    np.testing.assert_array_equal(found['diagnosis'], [0, 1, 0])
    np.testing.assert_array_equal(found['color'], [0, 1, 0])  # the lesion's own word is not overruled


def test_a_photographs_words_do_not_choose_between_two_lesions(tmp_path):
    info = build(tmp_path, [image(attributes={'diagnosis': 'lichen_planus'})],
                 [lesion(1), lesion(2, square(40, 5, 10))]).get_data_info(0)
    assert np.isnan(info['targets']['diagnosis']).all() and info['outlined']


def test_words_without_an_outline_are_those_of_a_lesion_somewhere(tmp_path):
    images = [image(attributes={'diagnosis': 'lichen_planus', 'quality': 'poor', 'homogeneity': 'even', 'color': []}),
              image(2), image(3, outlined=True)]
    words, nothing, healthy = map(build(tmp_path, images, []).get_data_info, range(3))
    assert not words['outlined'] and not nothing['outlined'] and healthy['outlined']
    (somewhere,) = words['lesions']
    assert somewhere['box'] == (0, 0, 60, 40) and somewhere['outlines'] == {} and words['raters'] == ['']
    np.testing.assert_array_equal(words['targets']['diagnosis'], [[[0, 1, 0]]])
    assert np.isnan(words['targets']['homogeneity']).all()  # its condition is denied by the same words
    assert list(words['image_targets']) == ['quality'] and not nothing['lesions'] and not healthy['lesions']


def test_a_box_is_a_place_and_an_outline_is_one_where_others_may_be_missing(tmp_path):
    boxed = {key: value for key, value in lesion(2, bbox=[30, 5, 20, 10], attributes={'color': ['red']}).items()
             if key != 'segmentation'}
    whole, part = (build(tmp_path, [image(outlined=outlined)], [lesion(1), boxed]).get_data_info(0)
                   for outlined in (True, False))
    assert [each['box'] for each in whole['lesions']] == [None, (30, 5, 20, 10)]
    assert [each['box'] for each in part['lesions']] == [(10, 10, 16, 16), (30, 5, 20, 10)]
    np.testing.assert_array_equal(whole['targets']['color'][1], [[0, 1, 0]])


def test_an_unknown_word_of_a_photograph_names_the_photograph(tmp_path):
    for annotations in ([], [lesion()]):
        with pytest.raises(ValueError, match="train.json: p1.png: task diagnosis: unknown word 'x'"):
            build(tmp_path, [image(attributes={'diagnosis': 'x'})], annotations)


def test_image_tasks_patients_and_records(tmp_path):
    info = build(tmp_path, [image(attributes={'quality': 'poor'}, patient_id=12, record={'age': 70, 'sex': None}),
                            image(2)], [], record_fields=RECORD_FIELDS).get_data_info
    np.testing.assert_array_equal(info(0)['image_targets']['quality'], [[[1, 1]]])
    assert np.isnan(info(1)['image_targets']['quality']).all()
    assert info(0)['patient_id'] == '12' and info(1)['patient_id'] == 'photograph 2'
    np.testing.assert_array_equal(info(0)['record'], [1, NAN, NAN])


@pytest.mark.parametrize('attributes, words', [
    ({'color': ['whit']}, "annotation 1: task color: unknown word 'whit'; did you mean 'white'"),
    ({'diagnosis': {'any_off': ['leukoplakia']}}, 'annotation 1: task diagnosis cannot read'),
    ({'sharpness': 3}, 'annotation 1: task sharpness: unknown word 3'),
    ({'color': 5}, 'annotation 1: task color cannot read 5')])
def test_unknown_words_name_the_annotation(tmp_path, attributes, words):
    with pytest.raises(ValueError, match=f'train.json: {words}'):
        build(tmp_path, annotations=[lesion(attributes=attributes)])


def test_a_category_that_no_task_reads_is_refused_where_the_photograph_says_nothing(tmp_path):
    path = write(tmp_path, [image(), image(2)], [lesion(), lesion(2, of=2, category_id=2)])
    path.write_text(path.read_text().replace('"teeth"', '"Lesion"'))
    tasks = [task for task in TASKS if task['name'] != 'teeth']
    with pytest.raises(ValueError, match="json: on 1 photographs no task reads what is .* category 'Lesion'; call"):
        LesionDataset(path.name, tasks, data_root=str(tmp_path))
    path.write_text(path.read_text().replace('"p2.png"', '"p2.png", "outlined": true'))
    assert len(LesionDataset(path.name, tasks, data_root=str(tmp_path))) == 2


def test_unknown_record_words_name_the_photograph(tmp_path):
    with pytest.raises(ValueError, match='train.json: p1.png: record field sex: is none of female, male'):
        build(tmp_path, [image(record={'sex': 'x'})], record_fields=RECORD_FIELDS)


def test_the_data_root_holds_json_and_photographs_and_metainfo_the_tasks(tmp_path):
    dataset = build(tmp_path)
    assert dataset.get_data_info(0)['img_path'] == str(tmp_path / 'p1.png')
    assert [task['name'] for task in dataset.metainfo['tasks']] == [task['name'] for task in TASKS]
    prefixed = LesionDataset('train.json', TASKS, data_root=str(tmp_path), data_prefix=dict(img='photos'))
    assert prefixed.get_data_info(0)['img_path'] == str(tmp_path / 'photos/p1.png')


def equal(a, b):
    maps = a['data_samples'].gt_sem_seg.data == b['data_samples'].gt_sem_seg.data
    return (a['inputs'] == b['inputs']).all() and maps.all()


def test_epoch_and_index_fix_an_item_whatever_came_before(tmp_path):
    dataset = build(tmp_path, [image(1), image(2)], [lesion(1), lesion(2, of=2)], pipeline=PACK, serialize_data=True)
    first, other = dataset[(3, 0)], dataset[(3, 1)]
    again = pickle.loads(pickle.dumps(dataset))  # as in another worker
    assert equal(again[(3, 1)], other) and equal(again[(3, 0)], first)
    assert not equal(dataset[(4, 0)], first)
    assert equal(dataset[0], dataset[(0, 0)])
    seeded = build(tmp_path, [image(1), image(2)], [lesion(1), lesion(2, of=2)], pipeline=PACK, seed=1)
    assert not equal(seeded[(3, 0)], first)


def test_a_config_with_an_unsafe_augmentation_is_refused_in_training_only(tmp_path):
    pipeline = [*LOAD, dict(type='mmseg.PhotoMetricDistortion'), dict(type='PackLesions')]
    with pytest.raises(ValueError, match='PhotoMetricDistortion changes hue, and the labels of color depend on it'):
        build(tmp_path, pipeline=pipeline)
    assert len(build(tmp_path, pipeline=pipeline, test_mode=True)) == 1
