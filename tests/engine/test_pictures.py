import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from mmengine.evaluator import Evaluator

from lopm.engine import pictures
from lopm.engine.pictures import PictureHook
from lopm.evaluation.metrics import LesionMetric
from lopm.evaluation.rows import Row
from lopm.tasks.build import Tasks, build_task
from tests.evaluation.fabricated import TASKS, predicted_sample, squares

A = [[np.eye(3)[0]]]


class Part(list):
    """A data set of photographs, as far as the hook reads it."""


@pytest.fixture
def runner(tmp_path):
    """What the hook reads of a runner: one part of seven photographs, of which the third could not be read."""
    photo = tmp_path / 'photo.png'
    cv2.imwrite(str(photo), np.full((40, 60, 3), 120, np.uint8))
    part = Part(predicted_sample(squares((0, 0)), squares((0, 2)), dict(diagnosis=A), image_id=i, img_path=str(photo),
                                 bad='truncated' if i == 2 else '') for i in range(7))
    part.ann_file = tmp_path / 'part.json'
    part.ann_file.write_text(json.dumps(dict(info=dict(source='synthetic: drawn'))))
    loop = SimpleNamespace(evaluator=Evaluator(LesionMetric(TASKS)), dataloader=SimpleNamespace(dataset=part))
    return SimpleNamespace(val_loop=loop, test_loop=loop, train_dataloader=loop.dataloader, work_dir=tmp_path / 'run')


def go_through(hook, runner, part):
    """One validation or test, in the order in which mmengine's loops call a hook."""
    getattr(hook, f'before_{part}_epoch')(runner)
    evaluator = runner.val_loop.evaluator
    for i, sample in enumerate(runner.val_loop.dataloader.dataset):
        evaluator.process([sample])
        getattr(hook, f'after_{part}_iter')(runner, i, None, [sample])
    evaluator.evaluate(7)


def test_a_test_leaves_a_sheet_and_the_labelled_tasks(runner, tmp_path):
    hook = PictureHook(out_dir=tmp_path / 'shown', num_photographs=3)
    go_through(hook, runner, 'test')
    assert len(hook.panels) == 3  # the 1st, 5th and 7th: every second, without the bad one
    hook.after_test_epoch(runner)
    assert {path.name for path in (tmp_path / 'shown').iterdir()} == {
        'test_photographs.png', 'test_confusion_diagnosis.png'}


def test_without_a_folder_a_test_draws_nothing_and_keeps_nothing(runner):
    hook = PictureHook()
    go_through(hook, runner, 'test')
    hook.after_test_epoch(runner)
    assert not hook.panels and not runner.work_dir.exists()


def test_after_training_the_last_validation_is_drawn(runner):
    hook = PictureHook()
    go_through(hook, runner, 'val')
    go_through(hook, runner, 'val')
    assert len(hook.panels) == 6
    hook.after_train(runner)
    assert (runner.work_dir / 'pictures' / 'val_photographs.png').is_file()


def test_of_times_what_came_is_drawn_or_said_not_to_have_come(runner, tmp_path, monkeypatch):
    task = build_task(dict(name='relapse', kind='time', level='image'))
    answer = task.answer(np.array([[.1, .2, .3, .4, .5]]))
    rows = [Row(i, f'{i}', targets={'relapse': task.encode(f'{i + 1}+')[None, None]}, on_pred={'relapse': answer},
                on_true={'relapse': answer * np.nan}) for i in range(3)]
    monkeypatch.setattr(pictures, 'find_metric', lambda loop: SimpleNamespace(rows=rows, tasks=Tasks(relapse=task)))
    said = []
    monkeypatch.setattr(pictures, 'print_log', lambda text, _: said.append(text))
    hook = PictureHook(out_dir=tmp_path / 'shown')
    hook.after_test_epoch(runner)
    assert said == ['relapse: none of 3 photographs had the event within 5 years: no curve is drawn, and nothing is '
                    'known of how well it is foretold']
    rows[0].targets['relapse'][:] = task.encode('2')
    hook.after_test_epoch(runner)
    assert {path.name for path in (tmp_path / 'shown').glob('*relapse*')} == {
        'test_survival_relapse.png', 'test_calibration_relapse.png'} and len(said) == 1


def test_another_metric_is_named(runner):
    runner.test_loop.evaluator = Evaluator([])
    with pytest.raises(ValueError, match='LesionMetric'):
        PictureHook('x').after_test_iter(runner, 0, None, list(runner.val_loop.dataloader.dataset))
