"""Out-of-fold predictions reach the lesions they are of, or are refused."""
import numpy as np
import pytest
import torch

from lopm.evaluation.predictions import write_predictions
from lopm.evaluation.rows import Row
from lopm.structures import OUT_OF_FOLD
from lopm.study.stacking import StackingDataset
from tests.datasets.tiny import TASKS, image, lesion, square, write

PIPELINE = [dict(type='LoadPhotograph'), dict(type='LoadLesions'), dict(type='PackLesions', jitter=0)]
ABOUT = dict(tasks=TASKS, priors={})


def row(number, lesions, color, patient='p'):
    return Row(number, f'{patient}{number}', raters=[''], lesion_ids=lesions, file_name=f'../fold0/p{number}.png',
               on_pred={'color': np.float32(color)}, on_true={'color': np.float32(color)}, targets={},
               outlined=np.ones(len(lesions), bool), same=np.arange(len(lesions)))


ROWS = [row(2, ['c'], [[.7, .2, .1]]), row(1, ['a', 'b'], [[.1, .2, .3], [np.nan] * 3])]


def build(folder, rows=ROWS, about=ABOUT):
    """Two photographs of two patients, the first with two lesions; predictions in another order."""
    path = write(folder, [image(1, patient_id='p1'), image(2, patient_id='p2')],
                 [lesion(1, lesion_id='a'), lesion(2, square(35, 15, 12), lesion_id='b'),
                  lesion(3, of=2, lesion_id='c')])
    write_predictions(folder / 'color.parquet', rows, about)
    return StackingDataset(path.name, TASKS, data_root=str(folder), pipeline=PIPELINE,
                           predictions=[str(folder / 'color.parquet')], serialize_data=False)


def test_every_lesion_gets_its_own(tmp_path):
    dataset = build(tmp_path)
    first, second = (dataset[0, i]['data_samples'] for i in range(2))
    assert second.gt_lesions[OUT_OF_FOLD + 'color'].tolist() == [pytest.approx([.7, .2, .1])]
    color = first.gt_lesions[OUT_OF_FOLD + 'color']
    assert first.lesion_ids == ['a', 'b'] and color[0].tolist() == pytest.approx([.1, .2, .3])
    assert torch.isnan(color[1]).all() and OUT_OF_FOLD + 'sharpness' not in first.gt_lesions


@pytest.mark.parametrize('rows, words', [
    (ROWS[:1], r'1 are not in it \(p1.png\), 0 others are \(none\).*--inner'),
    ([*ROWS, row(3, ['d'], [[0, 0, 0]])], r'0 are not in it \(none\), 1 others are \(p3.png\)'),
    ([ROWS[0], row(1, ['a', 'x'], [[0] * 3] * 2)], 'the lesions of p1.png are not those of'),
    ([*ROWS, ROWS[0]], 'two photographs of a patient have one name')])
def test_predictions_of_other_photographs_are_refused(rows, words, tmp_path):
    with pytest.raises(ValueError, match=f'color.parquet: {words}' if 'are not in' not in words else words):
        build(tmp_path, rows)


def test_predictions_of_other_classes_are_refused(tmp_path):
    tasks = [{**task, 'classes': ['white', 'red', 'blue']} if task['name'] == 'color' else task for task in TASKS]
    with pytest.raises(ValueError, match="color.parquet: task 'color' is .*blue.* there and .*pigmented"):
        build(tmp_path, about=dict(tasks=tasks, priors={}))
