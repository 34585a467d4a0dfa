"""Areas and ranks are scikit-learn's and scipy's, their intervals those of resampled patients."""
import numpy as np
import pytest
from scipy.stats import mannwhitneyu, spearmanr
from sklearn.metrics import roc_auc_score

from lopm.statistics.draws import once, resample
from lopm.statistics.ranking import area, auroc, clustered_area, rank, spearman


def test_auroc_is_scikit_learns_under_every_weighting():
    rng = np.random.default_rng(0)
    probs = rng.integers(0, 6, (40, 3)) / 5  # with ties
    targets = rng.integers(0, 2, (40, 3)).astype(float)
    targets[rng.random((40, 3)) < 0.2] = np.nan
    weights = rng.integers(0, 3, (7, 40)) / 3
    known = ~np.isnan(targets)
    wanted = [np.mean([roc_auc_score(targets[k, c], probs[k, c], sample_weight=each[k]) for c, k in enumerate(known.T)])
              for each in weights]
    np.testing.assert_allclose(auroc(probs, weights, targets), wanted)


def test_one_against_the_rest_and_over_the_cuts():
    rng = np.random.default_rng(1)
    probs, truth = rng.dirichlet(np.ones(4), 60), rng.integers(0, 4, 60)
    assert auroc(probs, once(60).weights, np.eye(4)[truth]) == pytest.approx(
        roc_auc_score(truth, probs, multi_class='ovr', average='macro'))


def test_a_column_with_one_answer_is_skipped():
    probs, targets = np.array([[.9, .5], [.1, .5]]), np.array([[1., 1], [0, 1]])
    np.testing.assert_equal(auroc(probs, np.array([[1., 1], [1, 0]]), targets), [1, np.nan])
    np.testing.assert_equal(auroc(np.zeros((0, 2)), np.ones((3, 0)), np.zeros((0, 2))), [np.nan] * 3)


def test_area_by_hand():
    """Of four pairs two in order, one a tie, one reversed."""
    assert area(np.array([.9, .2, .5, .2]), np.ones((1, 4)), np.array([1, 1, 0, 0])).tolist() == [2.5 / 4]
    assert rank(np.array([3, 1, 3]), np.array([1, 2, 1])).tolist() == [.75, .25, .75]


def sample(number=200, seed=0):
    rng = np.random.default_rng(seed)
    positive = rng.random(number) < 0.4
    return np.round(rng.normal(positive, 1), 1), rng.integers(1, 3, number) / 2, positive  # with ties


def test_the_area_is_scikit_learns_and_its_error_is_delongs():
    values, weights, positive = sample()
    found = clustered_area(values, weights, positive, np.arange(200))
    assert found.value == pytest.approx(roc_auc_score(positive, values, sample_weight=weights))
    found = clustered_area(values, np.ones(200), positive, np.arange(200))
    wins = (values[positive][:, None] > values[~positive]) + 0.5 * (values[positive][:, None] == values[~positive])
    assert found.value == pytest.approx(mannwhitneyu(values[positive], values[~positive]).statistic / wins.size)
    delong = np.sqrt(wins.mean(1).var() / len(wins) + wins.mean(0).var() / wins.shape[1])
    assert (found.high - found.low) / 2 / 1.96 == pytest.approx(delong, rel=0.01)


def test_the_interval_of_clustered_lesions_is_that_of_resampled_patients(recwarn):
    values, weights, positive = (np.repeat(each, 4) for each in sample(80))
    drawn = resample(np.repeat(np.arange(80), 4), 2000)
    found = clustered_area(values, weights, positive, drawn.group)
    areas = area(values, drawn.weights * weights, positive)
    assert found.value == pytest.approx(areas[0])
    assert (found.low, found.high) == pytest.approx(np.percentile(areas[1:], [2.5, 97.5]), abs=0.015)
    assert np.isnan(clustered_area(values, weights, positive, drawn.group % 9).low)  # nine patients
    assert np.isnan(clustered_area(values, weights, positive & False, drawn.group).value) and not recwarn.list


def test_spearman_is_scipys_and_its_interval_that_of_resampled_patients():
    rng = np.random.default_rng(0)
    grades = rng.integers(0, 3, 150)
    values = grades + rng.normal(0, 1.5, 150)
    found = spearman(values, np.ones(150), grades, resample(np.arange(150), 300))
    assert found.value == pytest.approx(spearmanr(values, grades).statistic)
    twice = np.where(np.arange(150) < 60, 2, 1)  # a weight of two is a lesion that stands there twice
    assert spearman(values, twice, grades, resample(np.arange(150), 1)).value == pytest.approx(
        spearmanr(np.repeat(values, twice), np.repeat(grades, twice)).statistic)
    draws = rng.integers(0, 150, (500, 150))
    exact = np.percentile([spearmanr(values[draw], grades[draw]).statistic for draw in draws], [2.5, 97.5])
    assert (found.low, found.high) == pytest.approx(exact, abs=0.04)
