"""Scores of times to an event are those of scikit-survival under every weighting, and of lifelines on a small sample.

Weights are whole numbers: a row of weight 2 stands there twice, which is how scikit-survival is asked.
"""
import numpy as np
import pytest
from scipy.stats import beta
from sksurv import metrics
from sksurv.nonparametric import kaplan_meier_estimator
from sksurv.util import Surv

from lopm.statistics import survival
from lopm.statistics.draws import once, resample

TIME = np.array([5., 1, 2, 2, 3, 3, 3, 4, 6, 6, 7, 2])
EVENT = np.array([1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0], bool)
RISK = np.array([.5, 1.2, .3, 1.9, -.4, .8, .1, -1.1, 0, -.6, -.3, .9])
ONE = np.ones((1, 12))


def sample(number=80, seed=0):
    """Times with ties between events, between censorings, and between both; risks with ties; weights of seven draws."""
    rng = np.random.default_rng(seed)
    time, event = np.ceil(rng.exponential(5, number) * 2) / 2, rng.random(number) < 0.6
    p = np.round(1 / (1 + np.exp(time / 4 + rng.normal(0, 1, number))), 2)
    time[:2], event[:2] = time.max() + 1, False  # someone is followed for longest
    weights = np.concatenate([np.ones((1, number)), rng.integers(0, 3, (6, number))])
    weights[:, :2] = 1
    return p, time, event, weights


def repeated(weights, *arrays):
    """Arrays in which each row stands as often as it weighs."""
    return [np.repeat(each, weights.astype(int)) for each in arrays]


def test_kaplan_meier_is_that_of_lifelines():
    """lifelines 0.30.3: KaplanMeierFitter().fit(TIME, EVENT, weights=...).predict([1, 2, 2.5, 3, 5, 6, 6.5])."""
    found = survival.kaplan_meier(TIME, EVENT, np.array([[1] * 12, [1, 2, 1, 3, 1, 1, 2, 1, 1, 2, 1, 1]]))
    np.testing.assert_allclose(found.at([0.5, 1, 2, 2.5, 3, 5, 6, 6.5]), [
        [1, 0.916666667, 0.75, 0.75, 0.5625, 0.421875, 0.28125, 0.28125],
        [1, 0.8823529412, 0.6470588235, 0.6470588235, 0.4529411765, 0.3623529412, 0.1811764706, 0.1811764706]])


@pytest.mark.parametrize('censoring', [False, True])
def test_kaplan_meier_is_that_of_scikit_survival_under_every_weighting(censoring):
    _, time, event, weights = sample()
    found = survival.kaplan_meier(time, event, weights, censoring)
    for height, own in zip(found.height, weights):
        t, e = repeated(own, time, event)
        times, wanted = kaplan_meier_estimator(e, t, reverse=censoring)
        np.testing.assert_allclose(height[np.searchsorted(found.times, times)], wanted, atol=1e-12)


def test_the_band_is_that_of_scikit_survival_under_every_weighting():
    _, time, event, weights = sample()
    band = survival.kaplan_meier_band(time, event, weights)
    for i, own in enumerate(weights):
        t, e = repeated(own, time, event)
        times, height, (low, high) = kaplan_meier_estimator(e, t, conf_type='log-log')
        for curve, wanted in zip(band, (height, low, high)):
            np.testing.assert_allclose(curve.at(times)[i], wanted, atol=1e-9)
    (free, low, high) = survival.kaplan_meier_band(TIME, np.ones(12, bool), ONE)
    assert free.at(7) == low.at(7) == high.at(7) == 0 and free.at(.5) == low.at(.5) == high.at(.5) == 1


def test_what_came_by_a_horizon_has_the_interval_of_its_band_or_where_nothing_came_the_exact_one():
    _, time, event, weights = sample()
    value, low, high = survival.observed_between(2., time, event, weights)
    band = survival.kaplan_meier_band(time, event, weights)
    np.testing.assert_allclose([value, high, low], [1 - curve.at(2.)[:, 0] for curve in band])
    assert (low < value).all() and (value < high).all()
    time, event = np.array([1., 3, 3, 3, 4]), np.array([False, True, True, False, False])
    value, low, high = survival.observed_between(2., time, event, ONE[:, :5])
    assert (value, low) == (0, 0) and high == pytest.approx(beta.ppf(.975, 1, 4))  # none of the four who are followed
    assert np.isnan(survival.observed_between(5., time, event, ONE[:, :5])).all()
    assert survival.observed_between(2., np.ones(3), np.ones(3, bool), ONE[:, :3])[0] == 1


def test_who_is_at_risk_and_in_which_group():
    weights = np.array([[1., 1, 1, 1], [0, 2, .5, 1]])
    np.testing.assert_array_equal(survival.at_risk([0, 2, 2.5], np.array([1., 2, 2, 3]), weights),
                                  [[4, 3, 1], [3.5, 3.5, 1]])
    risk = np.array([.9, .1, .5, .1, .2, .7])
    assert survival.risk_groups(risk, np.ones((1, 6)), 3).tolist() == [2, 0, 1, 0, 1, 2]
    assert set(survival.risk_groups(np.ones(6), np.ones((1, 6)), 3)) == {1}
    assert survival.risk_groups(risk, np.array([[0., 1, 1, 1, 1, 1]]), 2)[0] == 1  # who is not in the sample, above it


def test_an_event_comes_before_a_censoring_at_the_same_time():
    time, event = np.array([1., 1, 2]), np.array([True, False, True])
    assert survival.kaplan_meier(time, event, ONE[:, :3]).at(1) == pytest.approx(2 / 3)
    assert survival.kaplan_meier(time, event, ONE[:, :3], censoring=True).at(1) == pytest.approx(1 / 2)
    assert survival.harrell(np.array([2., 1, 0]), time, event, ONE[:, :3]) == 1  # the censored one is later


def test_concordance_by_hand_and_by_lifelines():
    """Of events at 1 and 2 and a censoring at 3 three pairs are known: 3 > 1 and 3 > 2 in order, 1 < 2 not. Of a
    censoring at 2 instead of the event, two. lifelines 0.30.3: concordance_index(TIME, -RISK, EVENT)."""
    time, risk = np.array([1., 2, 3]), np.array([3., 1, 2])
    assert survival.harrell(risk, time, np.array([True, True, False]), ONE[:, :3]) == pytest.approx(2 / 3)
    assert survival.harrell(risk, time, np.array([True, False, False]), ONE[:, :3]) == 1
    assert survival.harrell(np.ones(3), time, np.array([True, True, False]), ONE[:, :3]) == 0.5
    assert survival.harrell(RISK, TIME, EVENT, ONE) == pytest.approx(0.8478260869565217, abs=1e-12)


def test_concordance_is_that_of_scikit_survival_under_every_weighting(monkeypatch):
    monkeypatch.setattr(survival, 'BLOCK', 7)  # pairs are counted in several blocks
    risk, time, event, weights = sample()
    found = survival.harrell(risk, time, event, weights), survival.uno(risk, time, event, weights, 5)
    for i, own in enumerate(weights):
        p, t, e = repeated(own, risk, time, event)
        y = Surv.from_arrays(e, t)
        assert found[0][i] == pytest.approx(metrics.concordance_index_censored(e, t, p)[0], abs=1e-9)
        assert found[1][i] == pytest.approx(metrics.concordance_index_ipcw(y, y, p, tau=5)[0], abs=1e-9)


def test_auroc_and_brier_score_are_those_of_scikit_survival_under_every_weighting():
    p, time, event, weights = sample()
    horizons = [1, 3, 5.5]
    auroc = [survival.auroc_at(each, p, time, event, weights) for each in horizons]
    brier = np.array([survival.brier_at(each, p, time, event, weights) for each in horizons])
    mean = survival.mean_over(horizons, brier)
    for i, own in enumerate(weights):
        q, t, e = repeated(own, p, time, event)
        y, free = Surv.from_arrays(e, t), np.repeat(1 - q[:, None], 3, 1)
        np.testing.assert_allclose([each[i] for each in auroc], metrics.cumulative_dynamic_auc(y, y, q, horizons)[0])
        np.testing.assert_allclose(brier[:, i], metrics.brier_score(y, y, free, horizons)[1])
        assert mean[i] == pytest.approx(metrics.integrated_brier_score(y, y, free, horizons))


def test_what_censoring_hides_is_made_up_for():
    """Of 40,000 people half of whom have the event within two years, as of as many that nobody was lost of."""
    rng = np.random.default_rng(0)
    risk = rng.random(40_000)
    when, lost = rng.exponential(2 / np.log(2) * 2 * (1.2 - risk)), rng.exponential(3, 40_000)
    time, event = np.minimum(when, lost), when <= lost
    weights = np.ones((1, len(risk)))
    p = 1 - np.exp(-2 / (2 / np.log(2) * 2 * (1.2 - risk)))
    for score in (survival.auroc_at, survival.brier_at):
        whole = score(2., p, when, np.ones(len(when), bool), weights)
        assert score(2., p, time, event, weights) == pytest.approx(whole, abs=0.01)
    expected, observed = survival.calibration_at(2., p, time, event, weights, groups=4)
    np.testing.assert_allclose(observed, expected, atol=0.02)
    assert (np.diff(expected[0]) > 0.05).all()


def test_calibration_by_hand():
    """Of four people with the event in two, of whom one after the horizon, and of two groups the likelier has it."""
    p, time, event = np.array([.1, .2, .6, .9]), np.array([9., 3, 9, 1]), np.array([False, True, False, True])
    expected, observed = survival.calibration_at(2, p, time, event, np.array([[1., 1, 1, 1], [0, 1, 0, 3]]), groups=2)
    np.testing.assert_allclose(expected, [[.15, .75], [.2, .9]])
    np.testing.assert_allclose(observed, [[0, .5], [0, 1]])


@pytest.mark.filterwarnings('error')
def test_what_cannot_be_said_is_nan_and_no_error():
    def scores(time, event, horizon=2., number=3):
        p, weights = np.linspace(0.1, 0.9, number), np.ones((2, number))
        time, event = np.array(time, float), np.array(event, bool)
        return {'harrell': survival.harrell(p, time, event, weights), 'uno': survival.uno(p, time, event, weights),
                'auroc': survival.auroc_at(horizon, p, time, event, weights),
                'brier': survival.brier_at(horizon, p, time, event, weights),
                'observed': survival.observed_by(horizon, time, event, weights)}
    nothing = scores([], [], number=0)
    assert all(np.isnan(each).all() and each.shape == (2,) for each in nothing.values())
    censored = scores([1, 2, 3], [0, 0, 0])
    assert np.isnan([censored[name] for name in ('harrell', 'uno', 'auroc')]).all() and not censored['observed'].any()
    beyond = scores([1, 2, 3], [1, 0, 0], horizon=4.)
    assert np.isnan([beyond['auroc'], beyond['brier'], beyond['observed']]).all() and (beyond['harrell'] == 0).all()
    over = scores([1, 1.5, 2], [1, 1, 1])  # all had the event: what came later is known
    assert np.isnan(over['auroc']).all() and (over['observed'] == 1).all() and not np.isnan(over['brier']).any()
    assert np.isnan(survival.mean_over([3], np.ones((1, 2)))).all()


def test_a_draw_without_the_longest_followed_is_nan_alone():
    time, event = np.array([1., 2, 3]), np.array([True, False, False])
    weights = np.array([[1., 1, 1], [1, 1, 0], [0, 1, 2]])
    np.testing.assert_array_equal(np.isnan(survival.brier_at(2.5, np.array([.9, .2, .1]), time, event, weights)),
                                  [False, True, False])
    found = survival.uno(np.array([.9, .2, .1]), time, event, weights)
    np.testing.assert_array_equal(found, [1, 1, np.nan])


def test_a_thousand_draws_of_patients():
    p, time, event, _ = sample(400)
    found = survival.harrell(p, time, event, resample(np.arange(400)).weights)
    assert found.shape == (1001,) and found[0] == survival.harrell(p, time, event, once(400).weights)[0]
    assert 0.005 < found[1:].std() < 0.05 and abs(found[1:].mean() - found[0]) < 0.01
