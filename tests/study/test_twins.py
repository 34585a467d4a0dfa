"""Twins leave one task of a config, and what they are compared by is known."""
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lopm.engine.launch import load_config
from lopm.engine.left_out import learned_by
from lopm.evaluation.predictions import write_predictions
from lopm.registry import MODELS
from lopm.study.twins import train_twins, twin_options, twin_results
from lopm.study.two_runs import compare_runs
from tests.study.test_results import ABOUT, PRIOR, TASKS, rows

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs' / 'multitask.py'
NAMES = ['outline', 'color', 'texture', 'border_sharpness', 'border_regularity', 'homogeneity', 'diagnosis']


def test_every_task_that_is_learned_has_a_twin():
    assert learned_by(load_config(CONFIG).model) == NAMES
    assert learned_by(load_config(ROOT / 'configs' / 'separate' / 'color.py').model) == ['outline', 'color']


@pytest.mark.parametrize('name', NAMES)
def test_a_twin_learns_one_task(name):
    cfg = load_config(CONFIG, options=twin_options(load_config(CONFIG), name))
    model = MODELS.build(cfg.model)
    weights = model.weighing.task_weights
    learned = [each for each in model.loss_names if weights.get(each, 1.) > 0]
    assert learned == [name]
    judged = 'outline/jaccard' if name == 'outline' else f'true_outline/{name}/auroc'
    assert cfg.default_hooks.checkpoint.monitor == [judged]
    assert model.meta_head is None and (name == 'outline' or model.predicted_odds == 0)


@pytest.mark.parametrize('name', ['color', 'referral', 'transformation'])
def test_a_twin_of_a_visit_or_a_patient_keeps_the_outline_and_reads_no_words(name):
    config = ROOT / 'configs' / 'patients.py'
    cfg = load_config(config, options=twin_options(load_config(config), name))
    model = MODELS.build(cfg.model)
    weights = model.weighing.task_weights
    learned = [each for each in model.loss_names if weights.get(each, 1.) > 0]
    assert learned == ([name] if name == 'color' else ['outline', name])
    assert all(not head.concepts and head.width for head in model.group_heads.values())


def test_a_model_without_an_outline_head_has_no_twin_of_it():
    cfg = load_config(CONFIG, options=['model.outline_head=None'])
    assert learned_by(cfg.model) == NAMES[1:] and 'judged_by=color/auroc' in twin_options(cfg, 'color')


def test_runs_without_outlines_are_compared_in_words_as_predicted(tmp_path):
    together = [replace(row, outline=None, outlined=~row.outlined, on_true={}) for row in rows('t', 200, 0)]
    for each in together:
        each.on_true.update({name: np.full_like(probs, np.nan) for name, probs in each.on_pred.items()})
    files = [write_predictions(tmp_path / f'{name}.parquet', together, ABOUT) for name in 'ab']
    found = compare_runs(*files)
    assert {each.task for each in found} == {'color', 'grade', 'diagnosis'}
    assert not any(np.isnan(each.value) for each in found)
    with pytest.raises(ValueError, match='no outlines to compare'):
        compare_runs(*files, ['outline'])


def test_a_twin_of_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no twin of 'colour': the config learns outline, color"):
        train_twins(CONFIG, [], tmp_path, 3, names=['colour'])


def test_the_difference_is_that_of_the_two_runs(tmp_path):
    together = rows('t', 200, 0)
    worse = [replace(row, outline=row.outline._replace(jaccard=0.7), on_true={
        **row.on_true, 'diagnosis': np.full((1, 3), 1 / 3)}) for row in together]
    about = {**ABOUT, 'tasks': TASKS, 'priors': {0: PRIOR, 1: PRIOR}}
    write_predictions(tmp_path / 'predictions.parquet', together, about)
    for name in ('outline', 'color', 'diagnosis'):
        (tmp_path / 'twins' / name).mkdir(parents=True)
        write_predictions(tmp_path / 'twins' / name / 'predictions.parquet', worse, about)
    found = {(each.task, each.of): each for each in twin_results(tmp_path, ['outline', 'color', 'diagnosis'])}
    assert found['outline', 'difference'][4:7] == pytest.approx((0.1, 0.1, 0.1))
    assert found['color', 'difference'].value == 0 and found['color', 'together'].value == 1
    diagnosis = found['diagnosis', 'difference']
    assert found['diagnosis', 'alone'].value == 0.5 and diagnosis.low > 0.1
    assert diagnosis.value == pytest.approx(found['diagnosis', 'together'].value - 0.5)
    assert (diagnosis.lesions, diagnosis.patients) == (200, 100)
