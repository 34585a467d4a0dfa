"""Draws of patients: what is drawn together, how wide an interval is, and when there is none."""
from functools import partial

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lopm.statistics.draws import Interval, interval, once, paired_bootstrap, resample
from lopm.statistics.means import ratio, weighted_mean
from lopm.statistics.ranking import auroc

GROUPS = np.array(['q', 'p', 'q', 'r'])


def test_the_first_draw_is_the_sample_and_the_others_are_as_large():
    drawn = resample(GROUPS, 50)
    assert drawn.group.tolist() == [1, 0, 1, 2] and drawn.number == 3
    assert drawn.times.shape == (51, 3) and (drawn.times[0] == 1).all() and (drawn.times.sum(1) == 3).all()
    assert (drawn.times == resample(GROUPS, 50).times).all() and (drawn.times != resample(GROUPS, 50, 1).times).any()
    assert (drawn.weights == drawn.times[:, [1, 0, 1, 2]]).all()
    assert (drawn.of([3, 3, 0]).weights == drawn.times[:, [2, 2, 1]]).all()
    assert once(3).weights.tolist() == [[1, 1, 1]]


def test_counts_of_groups_are_those_of_rows_under_every_draw():
    drawn = resample(GROUPS, 20)
    codes, weights = (np.array([0, 1, 1, 0]), np.array([2, 0, 2, 1])), np.array([1, .5, .5, 2])
    by_group = drawn.count_by_group(codes, (2, 3), weights)
    assert by_group[1].tolist() == [[0, 0, 1], [0, 0, .5]] and by_group[2].tolist() == [[0, 2, 0], [0, 0, 0]]
    cells = np.eye(6)[codes[0] * 3 + codes[1]]
    wanted = ((drawn.weights * weights) @ cells).reshape(-1, 2, 3)
    assert drawn.count(codes, (2, 3), weights) == pytest.approx(wanted)
    assert drawn.totals(drawn.sum_by_group(weights[:, None] * cells)) == pytest.approx(wanted.reshape(-1, 6))
    assert drawn.of(GROUPS == 'x').count(np.zeros((2, 0), int), (2, 2)).tolist() == np.zeros((21, 2, 2)).tolist()


def test_an_interval_leaves_out_draws_without_a_value():
    values = np.array([7., *range(101), *[np.nan] * 50])
    assert interval(values) == (7, 2.5, 97.5)
    np.testing.assert_equal(interval(np.array([3., np.nan, np.nan])), Interval(3, np.nan, np.nan))
    np.testing.assert_equal(interval(np.array([3.])), Interval(3, np.nan, np.nan))


def test_an_estimate_has_no_ends_where_they_would_be_a_guess():
    """Of ten patients half are hits; the ends are not known of nine, or where one draw in twenty has no value."""
    def found(hits, asked):
        by_group = np.stack([hits, asked], 1).astype(float)
        return resample(np.arange(len(hits))).estimate(lambda sums: ratio(sums[..., 0], sums[..., 1]), by_group)
    ten = found(np.arange(10) % 2, np.ones(10))
    error = np.sqrt(.25 / 10)  # of a share of ten
    assert ten.value == 0.5 and ten.high - ten.low == pytest.approx(2 * 1.96 * error, rel=0.15)
    assert np.isnan(found(np.ones(9), np.ones(9)).low) and found(np.ones(9), np.ones(9)).value == 1
    assert np.isnan(found(np.ones(20), np.arange(20) < 2).low)  # neither of two is drawn: 0.9 ** 20 is 12 %
    assert found(np.ones(20), np.arange(20) < 5).low < 4  # none of five: 0.3 %
    assert np.isnan(found(np.ones(20), np.zeros(20))).all()


def test_recentering_takes_the_bias_of_the_draws_away():
    values = np.arange(40) % 2. - 0.5
    by_group = np.stack([values, np.ones(40)], 1)
    squared = resample(np.arange(40)).estimate(lambda sums: (sums[..., 0] / sums[..., 1]) ** 2, by_group)
    moved = resample(np.arange(40)).estimate(lambda sums: (sums[..., 0] / sums[..., 1]) ** 2, by_group, recenter=True)
    assert squared.value == moved.value == 0 and 0 == moved.low < moved.high < squared.high


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
    score = partial(auroc, targets=target)
    result = paired_bootstrap(score, [good], [good + rng.normal(0, .05, (300, 1))], np.arange(300))
    assert result.a == pytest.approx(roc_auc_score(target[:, 0], good[:, 0]))
    assert result.high - result.low < 0.02
