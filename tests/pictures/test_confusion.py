from contextlib import nullcontext

import numpy as np
import pytest

from lopm.evaluation.outlines import WHOLE, compare_maps
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


@pytest.fixture
def drawn(monkeypatch):
    """Draws nothing; gives the titles of the sides, and the note below, of one photograph's row."""
    def draw(row, task):
        notes, tables = [], {}
        monkeypatch.setattr(confusion, 'picture', lambda *words: notes.append(words[3]) or nullcontext())
        for name in ('_draw_matrices', '_draw_bars'):
            monkeypatch.setattr(confusion, name, lambda *drawn: tables.update(drawn[2]))
        draw_confusion([row], task, 'none.png')
        return list(tables), notes[0]
    return draw


def test_each_side_says_on_how_many_lesions_it_rests(drawn):
    row = Row(1, 'p', outline=None, outlined=np.array([True, True, False]), same=np.zeros(3, int))
    row.targets['diagnosis'] = targets(DIAGNOSIS, ['a'], [{'any_of': ['b', 'c']}], ['c'])
    row.on_true['diagnosis'] = row.on_pred['diagnosis'] = np.full((3, 3), 0.3)
    sides, note = drawn(row, DIAGNOSIS)
    assert sides == ['On true outlines: 1 lesions', 'As predicted: 2 lesions']
    assert 'Not shown: 1 of 3, of which no single class was said.' in note and 'part of a lesion.' in note


@pytest.mark.parametrize('task', [COLOR, DIAGNOSIS], ids=['bars', 'matrix'])
def test_what_is_of_whole_photographs_is_counted_in_them(drawn, task):
    row = Row(1, 'p', outline=None, outlined=np.zeros(1, bool), same=np.full(1, WHOLE))
    row.targets[task.name] = targets(task, [['white'] if task is COLOR else 'a'])
    row.on_true[task.name] = row.on_pred[task.name] = np.full((1, task.num_outputs), 0.3)
    sides, note = drawn(row, task)
    assert sides == ['As predicted: 1 photographs'] and 'part of a photograph.' in note
