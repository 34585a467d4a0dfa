"""Strengths of scipy and scikit-learn, corrections by hand, and lesions of a patient that are not independent."""
import numpy as np
import pytest
from scipy.stats import chi2_contingency
from scipy.stats.contingency import association as scipy_association
from sklearn.metrics import mutual_info_score, normalized_mutual_info_score

from lopm.statistics.dependence import (
    cramers_v,
    design_effect,
    entropy,
    independence,
    independence_scores,
    mutual_information,
    normalized_information,
    phi_squared,
    uncertainty_removed,
)
from lopm.statistics.draws import resample

TABLE = np.array([[20., 5, 9], [6, 18, 11]])
LARGE = 1e6 * TABLE  # corrections for small samples vanish


def flips(number, times=999):
    return np.random.default_rng(0).choice(np.float32([-1, 1]), (times, number))


def clustered(rng, patients, rows, columns, alike):
    """Independent feature and diagnosis, each alike within patients: tables by patient."""
    group = np.repeat(np.arange(patients), rng.integers(1, 7, patients))
    own = [np.where(rng.random(len(group)) < alike, rng.integers(0, size, patients)[group],
                    rng.integers(0, size, len(group))) for size in (rows, columns)]
    tables = np.zeros((patients, rows, columns))
    np.add.at(tables, (group, *own), 1)
    return tables


def test_strengths_are_those_of_scipy_and_scikit_learn():
    assert phi_squared(TABLE) * TABLE.sum() == pytest.approx(chi2_contingency(TABLE, correction=False).statistic)
    assert cramers_v(LARGE) == pytest.approx(scipy_association(LARGE.astype(int), correction=False), rel=1e-4)
    labels = np.repeat(np.indices(TABLE.shape).reshape(2, -1), TABLE.astype(int).ravel(), 1)
    assert mutual_information(LARGE) == pytest.approx(mutual_info_score(*labels) / np.log(2), rel=1e-4)
    assert normalized_information(LARGE) == pytest.approx(normalized_mutual_info_score(*labels), rel=1e-4)
    assert entropy(np.array([2, 1, 1, 0])) == 1.5
    assert uncertainty_removed(np.array([[5e6, 0], [0, 5e6]])) == pytest.approx(1, abs=1e-5)


def test_bergsmas_correction_by_hand():
    n, phi = TABLE.sum(), chi2_contingency(TABLE, correction=False).statistic / TABLE.sum()
    rows, columns = 2 - 1 / (n - 1), 3 - 4 / (n - 1)
    assert cramers_v(TABLE) == pytest.approx(((phi - 2 / (n - 1)) / (min(rows, columns) - 1)) ** 0.5)
    assert cramers_v(np.stack([TABLE, LARGE]))[0] == cramers_v(TABLE)
    assert cramers_v(np.array([[9., 0, 0], [0, 8, 0], [0, 0, 9]])) == 1
    assert cramers_v(np.outer([10, 20], [5, 7, 9])) == 0
    assert np.isnan(cramers_v(np.array([[4., 5], [0, 0]])))
    assert cramers_v(2 * TABLE, effect=2) == pytest.approx(cramers_v(TABLE))  # twice as many, two of which count as one
    assert mutual_information(np.outer([10, 20], [5, 7, 9])) == 0


def test_p_and_effect_at_their_ends():
    """No flip in nine is as odd: p is one in ten. Patients who say everything once are not more than independent."""
    settled = np.repeat(np.array([[[1., 0], [0, 0]], [[0, 0], [0, 1]]]), 50, 0)
    assert independence(independence_scores(settled), flips(100, 9)) == pytest.approx(0.1)
    even = np.ones((30, 2, 2))
    assert design_effect(even, independence_scores(even)) == 1


def test_with_a_lesion_a_patient_p_is_that_of_the_chi_square_test():
    rng = np.random.default_rng(1)
    for strength in (0, 0.25):
        codes = rng.integers(0, 3, 300)
        other = np.where(rng.random(300) < strength, codes, rng.integers(0, 3, 300))
        tables = np.zeros((300, 3, 3))
        tables[np.arange(300), codes, other] = 1
        expected = chi2_contingency(tables.sum(0)).pvalue
        scores = independence_scores(tables)
        assert independence(scores, flips(300, 9999)) == pytest.approx(expected, rel=0.2, abs=2e-3)
        assert (scores.sum(0) ** 2).sum() == pytest.approx(300 ** 2 * phi_squared(tables.sum(0)))


def test_lesions_of_a_patient_are_not_taken_for_independent():
    """Under independence 5 % of p are below 0.05, where the chi-square test cries wolf; repeats are seen through."""
    rng, signs = np.random.default_rng(0), flips(60)
    ours, naive = [], []
    for _ in range(300):
        tables = clustered(rng, 60, 2, 4, 0.8)
        ours.append(independence(independence_scores(tables), signs))
        naive.append(chi2_contingency(tables.sum(0)).pvalue)
    assert 0.02 < np.mean(np.array(ours) < 0.05) < 0.08
    assert np.mean(np.array(naive) < 0.05) > 0.2
    for times in (1, 3):  # every lesion photographed as often
        tables = times * clustered(rng, 500, 3, 3, 0)
        assert design_effect(tables, independence_scores(tables)) == pytest.approx(times, rel=0.12)


def test_intervals_of_nothing_reach_down_to_nothing():
    """Resampling adds noise, which looks like association: without recentering the interval lies above its value."""
    rng = np.random.default_rng(0)
    patients = resample(np.arange(40), num=300)
    lows = [patients.estimate(mutual_information, clustered(rng, 40, 6, 6, 0), recenter=True).low for _ in range(20)]
    assert np.mean(np.array(lows) < 0.01) > 0.8
