"""An index is its json: equal photographs, items, priors and errors, in every process."""
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from mmengine.dataset import pseudo_collate
from torch.utils.data import DataLoader

from lopm.datasets import lesions
from lopm.datasets.coco import group_content, group_photographs
from lopm.datasets.format import read_dataset
from lopm.datasets.index import PhotographIndex, describe_source, read_info, write_index
from lopm.datasets.lesions import LesionDataset
from lopm.datasets.prior import training_prior
from lopm.datasets.splits import check_parts
from lopm.tasks import build_tasks
from tests.datasets.tiny import LOAD, RECORD_FIELDS, TASKS, image, lesion, square, write

pytest.importorskip('pyarrow', reason="pyarrow is not installed: pip install -e '.[base]'")

IMAGES = [image(1, patient_id='P1', record={'age': 61, 'sex': 'female'}, attributes={'quality': 'poor'}),
          image(2, patient_id=7, attributes={'diagnosis': 'lichen_planus'}),
          image(3, file_name='été.png', attributes={'color': ['red']})]
ANNOTATIONS = [
    lesion(1, lesion_id='L1', rater='a', attributes={'color': ['white', 'red'], 'homogeneity': 'even'}),
    lesion(2, square(8, 9, 15), lesion_id='L1', rater='b', attributes={'color': [], 'note': 'free text'}),
    lesion(3, square(40, 5, 10), attributes={'color': ['red'],
                                             'diagnosis': {'any_of': ['leukoplakia', 'lichen_planus']}}),
    lesion(4, {'size': [40, 60], 'counts': [100, 30, 2270]}, of=2, category_id=2),
    lesion(5, square(3, 3, 20), of=2, attributes={'sharpness': 'not_assessable'})]


def index(path):
    """Make the index beside a json, as lopm index does."""
    content = read_dataset(path, compact=True)
    write_index(path.with_suffix('.arrow'), group_content(content, path), content.get('info'), describe_source(path))
    return path.with_suffix('.arrow')


@pytest.fixture
def both(tmp_path):
    """A json and its index."""
    path = write(tmp_path, IMAGES, ANNOTATIONS)
    return path, index(path)


def dataset(path, tasks=TASKS, **more):
    return LesionDataset(path.name, tasks, data_root=str(path.parent), record_fields=RECORD_FIELDS,
                         **{'pipeline': [], **more})


def same(a, b):
    np.testing.assert_equal(a, b)  # nan equals nan; types of arrays are compared below
    return True


def test_photographs_are_those_of_the_json(both):
    of_json, of_index = group_photographs(both[0]), PhotographIndex(both[1])
    assert list(of_index) == of_json and of_index[-1] == of_json[-1]
    assert list(of_index[1:]) == of_json[1:] and len(of_index[1:]) == 2
    with pytest.raises(IndexError):
        of_index[3]


def test_items_are_those_of_the_json(both):
    of_json, of_index = map(dataset, both)
    assert len(of_json) == len(of_index) == 3
    for i in (0, 1, 2, -1):
        a, b = of_json.get_data_info(i), of_index.get_data_info(i)
        assert same(a, b)
        assert {k: v.dtype for k, v in a['targets'].items()} == {k: v.dtype for k, v in b['targets'].items()}
    a, b = (dataset(path, pipeline=LOAD)[0] for path in both)
    assert [Path(each.pop('listed_in')).suffix for each in (a, b)] == ['.json', '.arrow']
    assert same(a, b) and b['gt_seg_map'].max() == 2


def test_indices_choose_photographs(both):
    for chosen in (2, -1, [2, 0]):
        a, b = (dataset(path, indices=chosen) for path in both)
        assert [a[i]['image_id'] for i in range(len(a))] == [b[i]['image_id'] for i in range(len(b))]


@pytest.mark.slow
@pytest.mark.parametrize('start', ['fork', 'spawn'])
def test_workers_read_the_same(both, start):
    loader = DataLoader(dataset(both[1]), num_workers=1, multiprocessing_context=start, collate_fn=pseudo_collate)
    assert [batch['image_id'] for batch in loader] == [[1], [2], [3]]


def test_a_pickled_data_set_is_small_however_many_photographs(tmp_path):
    rows = [(image(i, file_name=f'{i}.png'), {'lesion': []}) for i in range(1, 3000)]
    write_index(tmp_path / 'a.arrow', rows)
    of_index = dataset(tmp_path / 'a.arrow')
    assert len(pickle.dumps(of_index)) < 6000
    assert pickle.loads(pickle.dumps(of_index))[2500]['image_id'] == 2501  # of the third batch
    assert [pickle.loads(pickle.dumps(PhotographIndex(tmp_path / 'a.arrow')[2998:]))[0][0]['id']] == [2999]


def test_memory_is_let_go_and_read_again(tmp_path):
    rows = [(image(i, file_name=f'{i}.png'), {'lesion': []}) for i in range(1, 3000)]
    write_index(tmp_path / 'a.arrow', rows)
    assert [each['id'] for each, _ in PhotographIndex(tmp_path / 'a.arrow')] == list(range(1, 3000))


def test_the_prior_is_that_of_the_json(both):
    tasks = {name: task for name, task in build_tasks(TASKS).items() if task.name not in ('lesion', 'teeth')}
    a, b = (training_prior(tasks, path) for path in both)
    # Two lesions, one of them with two raters who differ, and the words of a photograph that nobody outlined.
    np.testing.assert_allclose(b['color'], [1 / 6, 5 / 6, 0])
    np.testing.assert_allclose(b['quality'], [1, 1])
    for name in tasks:
        np.testing.assert_allclose(a[name], b[name])


def test_parts_are_compared(both, tmp_path):
    test = write(tmp_path, [image(9, patient_id=7)], [], name='test.json')
    one_form = write(tmp_path, [image(9, patient_id=' 7')], [], name='one_form.json')
    for parts in ((both[0], test), (both[1], test), (both[1], index(test)), (both[1], index(one_form))):
        with pytest.raises(ValueError, match='1 patients are in two parts.*: 7; move'):
            check_parts(parts)
    check_parts([both[1], index(write(tmp_path, [image(9, patient_id='8')], [], name='test.json'))])


def test_what_the_part_says_of_itself(tmp_path):
    path = write(tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), 'info': {'source': 'synthetic'}}))
    assert read_info(path) == read_info(index(path)) == {'source': 'synthetic'}


@pytest.mark.parametrize('images, annotations, words', [
    ([image(1)], [lesion(4, attributes={'color': ['whit']})], "annotation 4: task color: unknown word 'whit'"),
    ([image(1, attributes={'quality': 3})], [], 'p1.png: task quality: unknown word 3'),
    ([image(1, record={'sex': 'x'})], [], 'p1.png: record field sex: is none of female')])
def test_unknown_words_are_said_at_opening_as_with_the_json(tmp_path, images, annotations, words):
    path = write(tmp_path, images, annotations)
    for each in (path, index(path)):
        with pytest.raises(ValueError, match=f'{each.name}: {words}'):
            dataset(each)


def test_outlines_are_checked_when_the_index_is_made(tmp_path):
    for outline, words in ((square(70, 10, 5), 'outline it again'), ([['a', 'b']], 'is not a flat list of numbers'),
                           ([[1, 2, 3, 4]], 'has 2 points'), ([[[1, 2], [3, 4], [5, 6]]], 'is not a flat list')):
        with pytest.raises(ValueError, match=f'annotation 7 .p1.png.: .*{words}'):
            index(write(tmp_path, annotations=[lesion(7, outline)]))
    assert not list(tmp_path.glob('*.arrow*'))


def test_a_changed_json_is_noticed_and_a_copied_one_is_not(both):
    path, of_index = both
    path.write_bytes(path.read_bytes())  # another time, the same content
    assert len(PhotographIndex(of_index)) == 3
    path.write_text(path.read_text().replace('P1', 'P3'))
    with pytest.raises(ValueError, match='train.json was changed since it was indexed; make the index again'):
        PhotographIndex(of_index)
    path.unlink()  # an index needs no json beside it
    assert len(PhotographIndex(of_index)) == 3


@pytest.mark.parametrize('cut', [0, 10, 1500, -1])
def test_a_file_that_is_cut_off(both, cut):
    both[1].write_bytes(both[1].read_bytes()[:cut])
    with pytest.raises(ValueError, match='train.arrow: no index, or one that is cut off'):
        PhotographIndex(both[1])


def test_other_arrow_files_and_missing_ones(tmp_path, both):
    import pyarrow
    with pyarrow.ipc.new_file(str(tmp_path / 'a.arrow'), pyarrow.schema([('x', pyarrow.int8())])):
        pass
    with pytest.raises(ValueError, match='a.arrow: no index of this version'):
        PhotographIndex(tmp_path / 'a.arrow')
    with pytest.raises(FileNotFoundError, match='b.arrow: no such file; make it with lopm index'):
        PhotographIndex(tmp_path / 'b.arrow')
    with pytest.raises(ValueError, match='train.arrow: an index, and the json.*is needed here'):
        read_dataset(both[1])


def test_a_run_that_fails_leaves_the_old_index(both):
    def rows():
        yield image(1), {'lesion': []}
        raise KeyboardInterrupt
    before = both[1].read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write_index(both[1], rows())
    assert both[1].read_bytes() == before and not list(both[1].parent.glob('*.partial'))


def test_free_text_is_not_counted_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr('lopm.datasets.answers.MOST', 3)
    rows = [(image(i, attributes={'note': f'text {i}', 'quality': 'poor'}), {}) for i in range(9)]
    write_index(tmp_path / 'a.arrow', rows)
    answers = PhotographIndex(tmp_path / 'a.arrow').answers()
    assert answers.image == {'note': None, 'quality': {'"poor"': [9, 'p0.png']}}
    with pytest.raises(ValueError, match='task note: the part has over .* different answers'):
        training_prior(build_tasks([dict(name='note', kind='binary', level='image')]), tmp_path / 'a.arrow')


@pytest.mark.parametrize('way', [lambda path: path, index])
def test_a_record_that_nobody_has_is_read_as_missing_and_said_without_its_value(tmp_path, monkeypatch, way):
    said = []
    monkeypatch.setattr(lesions, 'print_log', lambda message, *args: said.append(message))
    images = [image(1, record={'age': 61}), image(2, record={'age': 4711}), image(3, record={'age': 4711})]
    opened = dataset(way(write(tmp_path, images, [])))
    ages = [opened.get_data_info(i)['record'][0] for i in range(3)]
    assert np.isfinite(ages[0]) and np.isnan(ages[1:]).all()
    assert '4711' not in said[-1]
    assert '2 photographs, p2.png for one, have a record whose age is not from 0 to 120' in said[-1]


def test_a_flipped_bit_is_an_error_that_names_the_file(tmp_path):
    path = write(tmp_path, [image(i, file_name=f'{i}.png', patient_id=f'P{i % 7}') for i in range(1, 41)],
                 [lesion(i, of=i, attributes={'color': ['red']}) for i in range(1, 41)])
    of_index = index(path)
    path.unlink()

    def content():
        opened = PhotographIndex(of_index)
        return list(opened), list(opened.images()), opened.header()
    whole, before, rng = of_index.read_bytes(), content(), np.random.default_rng(0)
    refused = 0
    for place, bit in zip(rng.integers(len(whole), size=300), rng.integers(8, size=300)):
        of_index.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1:])
        try:
            assert content() == before  # a byte that pads
        except ValueError as error:
            assert 'train.arrow: ' in str(error) and 'make it again with lopm index' in str(error)
            refused += 1
    assert refused > 200
