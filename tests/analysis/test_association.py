import numpy as np
import pytest
from said import alone, built_in, value, variable
from scipy.stats import chi2_contingency
from scipy.stats.contingency import association as scipy_association
from sklearn.metrics import mutual_info_score, normalized_mutual_info_score

from lopm.analysis.association import (
    association,
    cramers_v,
    cross_table,
    design_effect,
    entropy,
    independence,
    independence_scores,
    mutual_information,
    phi_squared,
    uncertainty_removed,
)
from lopm.analysis.ratings import Table
from lopm.analysis.redundancy import normalized_information, redundancy
from lopm.analysis.variables import diagnosis_of, features_of
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


def test_features_that_the_generator_uses_are_found_and_others_are_not(tmp_path):
    _, ratings = built_in(tmp_path / 'a.json', 800)
    patients = resample(ratings.lesions.group)
    features, diagnosis = features_of(ratings, 'diagnosis'), diagnosis_of(ratings, 'diagnosis')
    findings = association(features, diagnosis, ratings.lesions, patients)
    white = value(findings, 'cramers_v', 'color', 'white')
    assert white.low > 0.5 and white.q < 0.001
    assert not [f for f in findings if f.feature == 'site' and f.q is not None and f.q < 0.05]
    assert all(f.q >= f.p for f in findings if f.q is not None)
    given = value(findings, 'share_given_diagnosis', 'color', 'blanched', 'submucous_fibrosis')
    table, _ = cross_table(features[3], diagnosis, patients)
    assert given.value == pytest.approx(table.sum(0)[1, 4] / table.sum(0)[:, 4].sum()) and given.value > 0.5

    pairs = redundancy(features, ratings.lesions)
    ulcer = value(pairs, 'cramers_v', 'texture', 'ulcerated', 'elementary_lesion: ulcer')
    assert ulcer.value > 0.8 and ulcer.value == max(f.value for f in pairs if f.statistic == 'cramers_v'
                                                    and f.value == f.value)
    joint, _ = cross_table(features[12], features[21], patients)
    assert ulcer.value == pytest.approx(cramers_v(joint.sum(0)), abs=0.02)
    assert value(pairs, 'cramers_v', 'color', 'white', 'homogeneity').note == 'one class only'  # asked of white only


def test_raters_of_a_lesion_share_its_weight_and_one_class_is_said():
    one, other = variable([[0, 1], [1, -1]]), variable([[1, 1], [0, 0]], task='d')
    patients = alone(2)
    table, rows = cross_table(one, other, patients)
    assert table.sum(0).tolist() == [[0, 0.5], [1, 0.5]] and rows.tolist() == [True, True]
    lesions = Table(np.arange(2), np.arange(2), np.ones(2, bool), ('r1', 'r2'), {}, {}, np.zeros((2, 2), int))
    silent, single = variable([[-1], [-1]], classes=2), variable([0, 0], classes=2)
    notes = [f.note for f in association([silent, single], variable([0, 1], task='d'), lesions, patients)
             if f.statistic == 'cramers_v']
    assert notes == ['nobody answered both', 'one class only']
