import sys
from pathlib import Path

import numpy as np
from PIL import Image
from tiny import LOAD, TASKS, build, image, lesion, write

from lopm.tasks import build_tasks

sys.path.insert(0, str(Path(__file__).parents[2] / 'tools'))
import browse_dataset

PIPELINE = [*LOAD, dict(type='PackLesions')]


def test_targets_in_words():
    tasks = build_tasks(TASKS)
    nan = np.nan
    assert browse_dataset.words_of(tasks['color'], np.array([[1, 1, 0], [0, 0, 0], [nan] * 3, [nan, 1, nan]])) == [
        'white+red', 'none', '?', 'red']
    grades = np.array([[0, 0], [1, 0], [1, 1]])
    assert browse_dataset.words_of(tasks['sharpness'], grades) == ['sharp', 'medium', 'blurred']


def test_lesions_are_described_rater_by_rater(tmp_path):
    rows = [lesion(1, lesion_id='L1', rater='a', attributes={'color': ['red']}),
            lesion(2, lesion_id='L1', rater='b', attributes={'color': ['white'], 'diagnosis': 'erythroplakia'})]
    dataset = build(tmp_path, [image(patient_id='P3', attributes={'quality': 'fair'})], rows, pipeline=PIPELINE)
    assert browse_dataset.describe(dataset[0], dataset.tasks) == [
        '1  P3  record: none', '1 L1 a: red, ?, ?, ?', '1 L1 b: white, ?, ?, erythroplakia', 'quality: fair']


def test_a_bad_photograph_is_shown_as_bad(tmp_path):
    dataset = build(tmp_path, pipeline=PIPELINE)
    (tmp_path / 'p1.png').unlink()
    assert 'BAD' in browse_dataset.describe(dataset[0], dataset.tasks)[0]


def test_a_config_becomes_sheets(tmp_path):
    write(tmp_path, [image(i) for i in range(1, 19)], [lesion(i, of=i) for i in range(1, 19)])
    config = tmp_path / 'config.py'
    dataset = dict(type='LesionDataset', data_root=str(tmp_path), ann_file='train.json', pipeline=PIPELINE)
    config.write_text(f'default_scope = "lopm"\ntasks = {TASKS}\ntrain_dataloader = dict(dataset={dataset})')
    browse_dataset.main(browse_dataset.parse_args([str(config), '--out', str(tmp_path / 'out'), '--number', '17']))
    sheets = sorted(path.name for path in (tmp_path / 'out').iterdir())
    assert sheets == ['sheet_00.png', 'sheet_01.png']
    sheet = np.asarray(Image.open(tmp_path / 'out' / 'sheet_00.png')).reshape(-1, 3)
    assert any((sheet == browse_dataset.GREEN).all(1))
