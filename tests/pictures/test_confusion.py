from contextlib import nullcontext

import numpy as np

from lopm.evaluation.outlines import compare_maps
from lopm.evaluation.rows import Row
from lopm.pictures import confusion
from lopm.pictures.confusion import count, draw_confusion
from lopm.tasks import build_task

COLOR = build_task(dict(name='color', kind='multilabel', classes=['white', 'red']))
DIAGNOSIS = build_task(dict(name='diagnosis', kind='multiclass', classes=['a', 'b', 'c']))


def targets(task, *lesions):
    return np.stack([[task.encode(word) for word in raters] for raters in lesions])


def test_rows_are_what_raters_said_and_a_lesion_counts_once():
    probs = np.array([[.8, .1, .1], [.1, .8, .1], [np.nan] * 3, [.8, .1, .1]])
    table, = count(DIAGNOSIS, targets(DIAGNOSIS, ['a', 'a'], ['a', 'b'], ['c', None], [None, None]), probs)
    np.testing.assert_equal(table, [[1, 0.5, 0, 0], [0, 0.5, 0, 0], [0, 0, 0, 1]])


def test_a_multilabel_task_has_a_table_of_no_and_yes_per_class():
    probs = np.array([[.9, .9], [.1, .1], [np.nan, np.nan]])
    tables = count(COLOR, targets(COLOR, [['white']], [['red']], [['red']]), probs)
    np.testing.assert_equal(tables, [[[1, 0, 1], [0, 1, 0]], [[0, 1, 0], [1, 0, 1]]])


def test_pictures_of_labelled_tasks_only(tmp_path):
    outline = compare_maps(np.ones((4, 4), np.uint8), np.ones((4, 4), np.uint8), [None], np.ones(1))
    row = Row(1, 'p', outline=outline, outlined=np.ones(1, bool), same=np.zeros(1, int))
    for task in (COLOR, DIAGNOSIS):
        word = ['white'] if task is COLOR else 'b'
        row.targets[task.name] = targets(task, [word])
        row.on_true[task.name] = row.on_pred[task.name] = np.full((1, task.num_outputs), 0.3)
        draw_confusion([row], task, tmp_path / f'{task.name}.png')
        row.targets[task.name] = targets(task, [None])
        draw_confusion([row], task, tmp_path / f'{task.name}_nothing.png')
    assert sorted(path.name for path in tmp_path.iterdir()) == ['color.png', 'diagnosis.png']


def test_lesions_that_were_left_between_two_classes_are_named_as_not_shown(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(confusion, 'picture', lambda *words: said.extend(words) or nullcontext())
    monkeypatch.setattr(confusion, '_draw_matrices', lambda *_: None)
    row = Row(1, 'p', outline=None, outlined=np.ones(2, bool), same=np.zeros(2, int))
    row.targets['diagnosis'] = targets(DIAGNOSIS, ['a'], [{'any_of': ['b', 'c']}])
    row.on_true['diagnosis'] = row.on_pred['diagnosis'] = np.full((2, 3), 0.3)
    draw_confusion([row], DIAGNOSIS, tmp_path / 'diagnosis.png')
    assert said[1] == 'Diagnosis of 1 lesions' and 'Not shown: 1 of 2, of which no single class was said.' in said[3]
