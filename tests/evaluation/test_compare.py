from functools import partial

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lopm.evaluation.compare import paired_bootstrap, weighted_auroc, weighted_mean
from lopm.evaluation.lesions import auroc


def test_weighted_auroc_is_scikit_learns_under_every_weighting():
    rng = np.random.default_rng(0)
    probs = rng.integers(0, 6, (40, 3)) / 5  # with ties
    targets = rng.integers(0, 2, (40, 3)).astype(float)
    targets[rng.random((40, 3)) < 0.2] = np.nan
    weights = rng.integers(0, 3, (7, 40)).astype(float)
    expected = [auroc(targets, probs, row) for row in weights]
    np.testing.assert_allclose(weighted_auroc(probs, weights, targets), expected)


def test_weighted_auroc_skips_columns_with_one_answer():
    probs, targets = np.array([[.9, .5], [.1, .5]]), np.array([[1., 1], [0, 1]])
    np.testing.assert_equal(weighted_auroc(probs, np.array([[1., 1], [1, 0]]), targets), [1, np.nan])


def test_weighted_mean_leaves_nan_out():
    assert weighted_mean(np.array([1, np.nan, 0]), np.array([[1, 5, 3.]])).tolist() == [0.25]


def test_seeds_are_averaged_and_the_difference_is_a_minus_b():
    a, b = [np.array([1., 0.5]), np.array([0.5, 0.5])], [np.array([0.25, 0.25])]
    result = paired_bootstrap(weighted_mean, a, b, ['p', 'q'])
    assert (result.a, result.b, result.difference) == (0.625, 0.25, 0.375)


def test_the_interval_is_that_of_normal_theory():
    rng = np.random.default_rng(1)
    b = rng.normal(size=400)
    gain = rng.normal(0.1, 1, 400)
    result = paired_bootstrap(weighted_mean, [b + gain], [b], np.arange(400), num=4000)
    half = 1.96 * gain.std() / 20
    assert result.low == pytest.approx(gain.mean() - half, abs=0.01)
    assert result.high == pytest.approx(gain.mean() + half, abs=0.01)


def test_photographs_of_one_patient_are_drawn_together():
    """Copies of a photograph add nothing: the interval of 10 patients, not of 100 photographs."""
    gain = np.random.default_rng(2).normal(size=10)
    few = paired_bootstrap(weighted_mean, [gain], [gain * 0], np.arange(10))
    many = paired_bootstrap(weighted_mean, [gain.repeat(10)], [gain.repeat(10) * 0], np.arange(10).repeat(10))
    assert many == pytest.approx(few)


def test_pairing_narrows_the_interval():
    rng = np.random.default_rng(3)
    target = rng.integers(0, 2, (300, 1)).astype(float)
    good = target + rng.normal(0, 1, (300, 1))
    score = partial(weighted_auroc, targets=target)
    result = paired_bootstrap(score, [good], [good + rng.normal(0, .05, (300, 1))], np.arange(300))
    assert result.a == pytest.approx(roc_auc_score(target[:, 0], good[:, 0]))
    assert result.high - result.low < 0.02
