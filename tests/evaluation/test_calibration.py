"""Scaling finds the distortion that was put in; the measures are those of hand and of scikit-learn."""
from dataclasses import replace

import numpy as np
import pytest
import sklearn.metrics
import torch

from lopm.evaluation.calibration import (
    brier,
    calibrate,
    classwise_ece,
    confidences,
    ece,
    fit_calibration,
    fit_scaling,
    log_loss,
    read_calibration,
    reliability,
    scale_probabilities,
    write_calibration,
)
from lopm.evaluation.rows import Row
from lopm.tasks import build_tasks
from tests.evaluation.fabricated import TASKS

WORDS = {name: task for name, task in build_tasks(TASKS).items() if name != 'lesion'}
N = 20_000


def drawn(task, scale=1., bias=0., seed=0):
    """Truth drawn from true probabilities, and probabilities whose logits are ``(true - bias) / scale``."""
    rng = np.random.default_rng(seed)
    logits = np.sort(rng.normal(0, 1.5, (N, task.num_outputs)), 1)[:, ::-1]
    true = task.class_probabilities(task.probabilities(torch.as_tensor(logits.copy())).numpy())
    if task.exclusive:
        chosen = (rng.random((N, 1)) > true.cumsum(1)).sum(1).clip(max=len(task.classes) - 1)
        targets = np.stack([task.encode(task.classes[c]) for c in chosen])
    else:
        targets = (rng.random(true.shape) < true).astype(float)
    return targets[:, None], task.probabilities(torch.as_tensor((logits - bias) / scale)).numpy()


@pytest.mark.parametrize('task', WORDS.values(), ids=WORDS)
def test_temperature_is_found_and_calibrates(task):
    targets, probs = drawn(task, scale=0.4)
    fitted = fit_scaling(task, targets, probs)
    assert fitted['scale'] == [[pytest.approx(0.4, rel=0.03)]] and fitted['bias'] == [0]
    scaled = scale_probabilities(task, probs, fitted)
    before, after = (ece(*confidences(task, targets, each)) for each in (probs, scaled))
    assert before > 0.08 and after < 0.012
    assert log_loss(task, targets, scaled) < log_loss(task, targets, probs)
    assert brier(task, targets, scaled) < brier(task, targets, probs)


def test_vector_scaling_finds_what_is_wrong_with_each_class():
    task = WORDS['color']
    targets, probs = drawn(task, scale=np.array([0.5, 2.]), bias=np.array([1., -0.5]))
    fitted = fit_scaling(task, targets, probs, 'vector')
    assert fitted['scale'] == [pytest.approx([0.5, 2], rel=0.05)]
    assert fitted['bias'] == pytest.approx([1, -.5], abs=.05)
    assert classwise_ece(task, targets, scale_probabilities(task, probs, fitted)) < 0.015


@pytest.mark.parametrize('name', ['color', 'border'])
def test_beta_calibration_follows_what_is_too_sure_at_one_end_alone(name):
    """``logit = for * log(p) - against * log(1 - p) + bias``, turned round for the distortion."""
    task = WORDS[name]
    targets, true = drawn(task)
    said = np.linspace(1e-5, 1 - 1e-5, 100_001)
    turned = 2.5 * np.log(said) - 0.5 * np.log1p(-said) + 0.3
    probs = np.interp(np.log(true) - np.log1p(-true), turned, said)
    fitted = fit_scaling(task, targets, probs, 'beta')
    assert np.array(fitted['scale']) == pytest.approx(np.array([[2.5, 2.5], [.5, .5]]), rel=0.15)
    assert fitted['bias'] == pytest.approx([.3, .3], abs=0.15)
    beta, vector = (scale_probabilities(task, probs, fit_scaling(task, targets, probs, method))
                    for method in ('beta', 'vector'))
    assert np.abs(beta - true).mean() < 0.005 < 0.02 < np.abs(vector - true).mean()


def test_beta_calibration_of_exclusive_classes_is_vector_scaling():
    task = WORDS['diagnosis']
    targets, probs = drawn(task, scale=0.5)
    assert fit_scaling(task, targets, probs, 'beta') == fit_scaling(task, targets, probs, 'vector')


def test_grades_stay_ordered_and_missing_answers_count_nothing():
    task = WORDS['border']
    targets, probs = drawn(task, scale=0.5, bias=np.array([0.4, 0.9]))  # grades lie nearer than is said
    holes = targets.copy()
    holes[::2] = np.nan
    fitted = fit_scaling(task, holes, probs, 'vector')
    assert fitted['scale'] == [[pytest.approx(0.5, rel=0.06)]] and fitted['bias'] == pytest.approx([0.4, 0.9], abs=0.05)
    scaled = scale_probabilities(task, probs, fitted)
    assert (np.diff(scaled, axis=1) <= 0).all()
    with pytest.raises(ValueError, match='border: nothing is labelled in the calibration part'):
        fit_scaling(task, targets * np.nan, probs)
    with pytest.raises(ValueError, match='border: a probability is nan'):
        fit_scaling(task, targets, probs * np.nan)
    with pytest.raises(ValueError, match="'platt' is none of temperature, vector, beta"):
        fit_scaling(task, targets, probs, 'platt')


def test_alternatives_are_a_likelihood_of_their_sum():
    """Where a label says "a or b", the loss is -log(p_a + p_b)."""
    task = WORDS['diagnosis']
    assert log_loss(task, np.array([[[1., 1, 0]]]), np.array([[.5, .3, .2]])) == pytest.approx(-np.log(0.8), abs=1e-6)


def test_ece_by_hand():
    said, right = np.array([.1, .3, .6, .8]), np.array([0., 1, 1, 1])
    assert reliability(said, right, np.ones(4), 2, equal_mass=False).tolist() == [[.2, .5, 2], [.7, 1, 2]]
    assert ece(said, right, np.ones(4), 2, equal_mass=False) == pytest.approx(0.3)
    assert ece(said, right, np.array([1, 0, 0, 0]), 2, equal_mass=False) == pytest.approx(0.1)
    assert ece(said, right, np.ones(4), 4) == pytest.approx((.1 + .7 + .4 + .2) / 4)
    assert np.isnan(ece(np.zeros(0), np.zeros(0), np.zeros(0)))


def test_scores_of_scikit_learn():
    task = WORDS['diagnosis']
    targets, probs = drawn(task)
    truth = targets[:, 0].argmax(1)
    assert log_loss(task, targets, probs) == pytest.approx(sklearn.metrics.log_loss(truth, probs), abs=1e-5)
    assert brier(task, targets, probs) == pytest.approx(((probs - targets[:, 0]) ** 2).sum(1).mean())
    task = WORDS['color']
    targets, probs = drawn(task)
    wanted = np.mean([sklearn.metrics.brier_score_loss(targets[:, 0, c], probs[:, c]) for c in range(2)])
    assert brier(task, targets, probs) == pytest.approx(wanted)


def rows(task, patients, scale=1.):
    targets, probs = drawn(task, scale)
    return [Row(i, patient, file_name=f'{i}.jpg', raters=['a'], targets={task.name: targets[i::40]},
                outlined=np.ones(len(targets[i::40]), bool), same=np.zeros(len(targets[i::40]), int),
                on_pred={task.name: probs[i::40]}, on_true={task.name: probs[i::40]})
            for i, patient in enumerate(patients)]


def test_a_file_of_scaling_refuses_patients_it_was_fitted_on(tmp_path):
    task = WORDS['diagnosis']
    calibration = fit_calibration(rows(task, [f'a{i}' for i in range(40)], 0.5), {**WORDS})
    calibration = read_calibration(write_calibration(tmp_path / 'c.json', calibration))
    assert set(calibration['tasks']) == {'diagnosis'} and 'a1"' not in (tmp_path / 'c.json').read_text()
    (scaled,) = calibrate(rows(task, ['b'], 0.5), WORDS, calibration)
    _, true = drawn(task)
    assert scaled.on_pred['diagnosis'] == pytest.approx(true[0::40], abs=0.03)
    with pytest.raises(ValueError, match='1 patients are in the calibration part'):
        calibrate(rows(task, ['a3'], 0.5), WORDS, calibration)
    (tmp_path / 'x.json').write_text('{}')
    with pytest.raises(ValueError, match='x.json: .*required field method; write one with lopm study'):
        read_calibration(tmp_path / 'x.json')


def test_the_prior_of_a_lesion_that_was_not_found_is_neither_learned_from_nor_scaled():
    task = WORDS['diagnosis']
    found = rows(task, [f'a{i}' for i in range(40)], 0.5)
    missed = [replace(row, patient_id=f'm{row.patient_id}', same=np.full(N // 40, -1),
                      on_pred={task.name: np.full((N // 40, 3), 1 / 3)}) for row in found]
    calibration = fit_calibration(found + missed, {'diagnosis': task})
    assert calibration['tasks'] == fit_calibration(found, {'diagnosis': task})['tasks']
    calibration['patients'] = []
    (kept,), (plain,) = calibrate(missed[:1], WORDS, calibration), calibrate(found[:1], WORDS, calibration)
    assert (kept.on_pred['diagnosis'] == 1 / 3).all()
    assert (kept.on_true['diagnosis'] == plain.on_true['diagnosis']).all()
    assert fit_calibration(missed, {'diagnosis': task})['tasks'] == {}
