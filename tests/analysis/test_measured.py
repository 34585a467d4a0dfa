import numpy as np
import pytest
from said import alone, variable
from scipy.stats import mannwhitneyu, spearmanr
from sklearn.metrics import roc_auc_score

from lopm.analysis.measured import clustered_auroc, compare_measured, spearman
from lopm.analysis.ratings import Table
from lopm.analysis.resampling import Patients
from lopm.evaluation.compare import resample, weighted_auroc
from lopm.measure import NAMES


def sample(number=200, seed=0):
    rng = np.random.default_rng(seed)
    positive = rng.random(number) < 0.4
    return np.round(rng.normal(positive, 1), 1), positive, rng.integers(1, 3, number) / 2  # with ties


def test_the_area_is_scikit_learns_and_its_error_is_delongs():
    values, positive, weights = sample()
    found = clustered_auroc(values, positive, weights, np.arange(200))
    assert found.value == pytest.approx(roc_auc_score(positive, values, sample_weight=weights))
    found = clustered_auroc(values, positive, np.ones(200), np.arange(200))
    wins = (values[positive][:, None] > values[~positive]) + 0.5 * (values[positive][:, None] == values[~positive])
    assert found.value == pytest.approx(mannwhitneyu(values[positive], values[~positive]).statistic / wins.size)
    delong = np.sqrt(wins.mean(1).var() / len(wins) + wins.mean(0).var() / wins.shape[1])
    assert (found.high - found.low) / 2 / 1.96 == pytest.approx(delong, rel=0.01)


def test_the_interval_of_clustered_lesions_is_that_of_resampled_patients():
    values, positive, weights = (np.repeat(each, 4) for each in sample(80))
    groups = np.repeat(np.arange(80), 4)
    found = clustered_auroc(values, positive, weights, groups)
    group, draws = resample(groups, 2000)
    areas = weighted_auroc(values[:, None], draws[1:, group] * weights, positive[:, None].astype(float))
    assert (found.low, found.high) == pytest.approx(np.percentile(areas, [2.5, 97.5]), abs=0.015)


def test_spearman_is_scipys_and_its_interval_that_of_resampled_patients():
    rng = np.random.default_rng(0)
    grades = rng.integers(0, 3, 150)
    values = grades + rng.normal(0, 1.5, 150)
    found = spearman(np.arange(150), values, grades, np.ones(150), alone(150))
    assert found.value == pytest.approx(spearmanr(values, grades).statistic)
    draws = rng.integers(0, 150, (500, 150))
    exact = np.percentile([spearmanr(values[draw], grades[draw]).statistic for draw in draws], [2.5, 97.5])
    assert (found.low, found.high) == pytest.approx(exact, abs=0.04)


def test_each_rater_is_compared_on_the_own_outline_and_gaps_are_left_out():
    measured = np.full((5, len(NAMES)), np.nan)
    measured[:, NAMES.index('white')] = [1, 9, 2, 3, np.nan]
    table = Table(np.arange(3), np.arange(3), np.ones(3, bool), ('r1', 'r2'), {}, {},
                  np.array([[0, 1], [2, -1], [3, 4]]))
    feature = variable([[0, 1], [0, -1], [1, 1]], task='color')
    findings = compare_measured([feature._replace(word='white')], measured, table, Patients(np.arange(3)))
    white = next(f for f in findings if f.against == 'white')
    assert white.value == 1 and (white.lesions, white.patients) == (3, 3) and np.isnan(white.low)
    assert next(f for f in findings if f.against == 'red').note == 'one class only'
    nothing, = compare_measured([feature], measured * np.nan, table, Patients(np.arange(3)))
    assert nothing.note == 'no photograph could be measured'
