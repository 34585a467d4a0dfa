"""Folds of the parts of a config: all photographs, each tested once, patients together, inner folds inside."""
import json

import numpy as np
import pytest
from mmengine.config import ConfigDict
from PIL import Image

from lopm.datasets.splits import require_audit
from lopm.engine.parts import use_folder
from lopm.study.folds import join_parts, make_folds, parts_of, rare_classes, unnamed_patients
from lopm.tasks import build_tasks

NUMBERS = {'train': range(24), 'val': range(24, 30), 'test': range(30, 36)}


@pytest.fixture
def cfg(tmp_path):
    """36 photographs of 12 patients in three parts whose ids begin anew; a config that reads them from ``images``."""
    noise, folder = np.random.default_rng(0), tmp_path / 'data/images'
    folder.mkdir(parents=True)
    for part, numbers in NUMBERS.items():
        images, rows = [], []
        for i, number in enumerate(numbers):
            Image.fromarray(noise.integers(0, 256, (8, 8, 3), np.uint8)).resize((64, 48)).save(folder / f'{number}.png')
            images.append({'id': i, 'file_name': f'{number}.png', 'width': 64, 'height': 48,
                           'patient_id': f'{part}{i // 3}'})
            rows.append({'id': i, 'image_id': i, 'category_id': 1, 'segmentation': [[5, 5, 30, 5, 30, 30]],
                         'lesion_id': f'L{number}', 'attributes': {'color': ['white'] if number % 2 else ['red']}})
        (tmp_path / f'data/{part}.json').write_text(json.dumps({
            'info': {'source': 'here'}, 'images': images, 'annotations': rows,
            'categories': [{'id': 1, 'name': 'lesion'}]}))
    return ConfigDict({f'{part}_dataloader': dict(dataset=dict(
        type='LesionDataset', data_root=str(tmp_path / 'data'), ann_file=f'{part}.json',
        data_prefix=dict(img='images'))) for part in NUMBERS})


def read(path):
    return json.loads(path.read_text())


def test_every_photograph_is_tested_once_and_no_patient_straddles(cfg, tmp_path):
    folders = make_folds(cfg, tmp_path / 'out', 3, workers=1)
    assert [folder.name for folder in folders] == ['fold0', 'fold1', 'fold2']
    tested = []
    for folder in folders:
        parts = {part: read(folder / f'{part}.json') for part in NUMBERS}
        names = {part: {row['patient_id'] for row in content['images']} for part, content in parts.items()}
        assert not names['train'] & (names['val'] | names['test']) and not names['val'] & names['test']
        for image in parts['test']['images']:
            assert (folder / image['file_name']).resolve().parent == (tmp_path / 'data/images').resolve()
            (row,) = [row for row in parts['test']['annotations'] if row['image_id'] == image['id']]
            tested.append(row['lesion_id'])
            assert row['lesion_id'] == f'L{(folder / image["file_name"]).stem}'  # still of its own photograph
        require_audit(folder / 'test.json')
        assert parts['train']['info'] == {'source': 'here'}
    assert sorted(tested) == sorted(f'L{i}' for i in range(36))


@pytest.mark.slow
def test_inner_folds_divide_the_training_part_of_theirs_and_validate_beside_it(cfg, tmp_path):
    for folder in make_folds(cfg, tmp_path / 'out', 3, inner=2, workers=1):
        outer = {part: {row['lesion_id'] for row in read(folder / f'{part}.json')['annotations']} for part in NUMBERS}
        first, second = ({part: {row['lesion_id'] for row in read(folder / f'inner/fold{i}/{part}.json')['annotations']}
                          for part in NUMBERS} for i in (0, 1))
        assert first['train'] == second['test'] and second['train'] == first['test']  # each is tested once
        assert first['train'] | second['train'] == outer['train'] and not first['train'] & second['train']
        assert first['val'] == second['val'] == outer['val'] and not outer['train'] & outer['val']
        for i in (0, 1):
            require_audit(folder / f'inner/fold{i}/test.json')
            for image in read(folder / f'inner/fold{i}/val.json')['images']:
                assert (folder / f'inner/fold{i}' / image['file_name']).is_file()
    with pytest.raises(ValueError, match='1 inner folds: one to train on and one to test make 2'):
        make_folds(cfg, tmp_path / 'other', 3, inner=1, workers=1)


def test_the_same_call_gives_the_same_folds_and_other_data_are_refused(cfg, tmp_path):
    before = {path: path.read_bytes() for folder in make_folds(cfg, tmp_path / 'out', 3, workers=1)
              for path in folder.glob('*.json')}
    make_folds(cfg, tmp_path / 'out', 3, workers=1)
    assert before == {path: path.read_bytes() for path in before}
    content = read(tmp_path / 'data/val.json')
    content['annotations'].pop()
    (tmp_path / 'data/val.json').write_text(json.dumps(content))
    with pytest.raises(ValueError, match='out was divided from other data than the config names now'):
        make_folds(cfg, tmp_path / 'out', 3, workers=1)
    assert before == {path: path.read_bytes() for path in before}


def test_parts_that_name_their_categories_differently_are_refused(cfg, tmp_path):
    content = read(tmp_path / 'data/test.json')
    content['categories'] = [{'id': 1, 'name': 'tooth'}]
    (tmp_path / 'data/test.json').write_text(json.dumps(content))
    with pytest.raises(ValueError, match='test.json: its categories differ'):
        make_folds(cfg, tmp_path / 'out', 3, workers=1)


def test_classes_that_are_too_rare_for_the_folds_are_named(tmp_path):
    tasks = build_tasks([dict(name='diagnosis', kind='multiclass', classes=['often', 'twice', 'in_two', 'never'])])
    words = [['often', 'twice', 'in_two'], ['often', 'twice', 'in_two', 'in_two'], ['often', None]]
    folders = [tmp_path / f'fold{i}' for i in range(3)]
    for i, (folder, given) in enumerate(zip(folders, words)):
        folder.mkdir()
        images = [{'id': j, 'file_name': f'{i}{j}.png', 'width': 8, 'height': 8, 'patient_id': f'P{i}{j}'}
                  for j in range(len(given))]
        rows = [{'id': j, 'image_id': j, 'category_id': 1, 'segmentation': [], 'attributes': {'diagnosis': word}}
                for j, word in enumerate(given)]
        (folder / 'test.json').write_text(json.dumps({
            'images': images, 'annotations': rows, 'categories': [{'id': 1, 'name': 'lesion'}]}))
    remarks = rare_classes(tasks, folders)
    assert [each.where for each in remarks] == [
        'diagnosis twice (2 patients)', 'diagnosis in two (3 patients, 2 of 3 folds)', 'diagnosis never']
    assert [each.says.split(' ')[0] for each in remarks] == ['too', 'not', 'nobody']
    color = build_tasks([dict(name='color', kind='multilabel', classes=['white', 'red'])])
    assert rare_classes(color, folders) == [('nobody has a label; no fold learns or tests it', 'color')]


def test_photographs_without_a_patient_are_counted(tmp_path):
    for i, patient in enumerate(['P1', '', None]):
        (tmp_path / f'fold{i}').mkdir()
        (tmp_path / f'fold{i}/test.json').write_text(json.dumps({
            'images': [{'id': 1, 'file_name': f'{i}.png', 'width': 8, 'height': 8, 'patient_id': patient}],
            'annotations': [], 'categories': [{'id': 1, 'name': 'lesion'}]}))
    assert unnamed_patients([tmp_path / 'fold0']) == []
    remark, = unnamed_patients([tmp_path / f'fold{i}' for i in range(3)])
    assert remark.says.startswith('2 of 3 photographs have no patient_id') and not remark.where


def test_a_base_that_nobody_divided_is_taken_once(cfg, tmp_path):
    base = tmp_path / 'base'
    base.mkdir()
    (base / 'all.json').write_text(json.dumps(join_parts(cfg, base)))
    whole = use_folder(cfg, base, undivided=True)
    assert len(parts_of(whole)) == 1
    folders = make_folds(whole, tmp_path / 'out', 3, workers=1)
    assert sum(len(read(folder / 'test.json')['images']) for folder in folders) == 36
