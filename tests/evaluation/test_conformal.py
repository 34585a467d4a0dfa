"""Sets cover what they promise, on average and, where asked, in every class and group."""
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from lopm.evaluation.conformal import coverage, fit, limits, predict, scores


def drawn(n, seed):
    """Class probabilities, truth drawn from the right ones, and a group in which the model is far too sure."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, n)
    logits = rng.normal(0, 1, (n, 5))
    right = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truth = (rng.random((n, 1)) > right.cumsum(1)).sum(1).clip(max=4)
    said = np.exp(np.where(group, 4, 1)[:, None] * logits)
    return said / said.sum(1, keepdims=True), truth, group


def test_scores_by_hand():
    probs = np.array([[.5, .3, .2]])
    assert scores(probs, 'lac').tolist() == [[.5, .7, .8]]
    chance = np.random.default_rng(0).random()
    assert scores(probs, 'aps') == pytest.approx(np.array([[.5 * chance, .5 + .3 * chance, .8 + .2 * chance]]))
    assert scores(probs, 'raps', penalty=.1) - scores(probs, 'aps') == pytest.approx(np.array([[0, .1, .2]]))
    with pytest.raises(ValueError, match="'top' is none of lac, aps, raps"):
        scores(probs, 'top')


class Said(ClassifierMixin, BaseEstimator):
    """An estimator that says the probabilities it is given."""

    classes_ = np.arange(5)

    def __sklearn_is_fitted__(self):
        return True

    def predict_proba(self, probs):
        return probs

    def predict(self, probs):
        return probs.argmax(1)


@pytest.mark.parametrize('alpha', [0.05, 0.1, 0.3])
def test_sets_are_those_of_mapie(alpha):
    mapie = pytest.importorskip('mapie.classification', reason='mapie is not installed')
    (probs, truth, _), (others, _, _) = drawn(301, 0), drawn(500, 1)
    theirs = mapie.SplitConformalClassifier(Said(), confidence_level=1 - alpha, conformity_score='lac', prefit=True)
    wanted = theirs.conformalize(probs, truth).predict_set(others)[1][:, :, 0]
    np.testing.assert_array_equal(predict(fit(probs, truth, alpha, 'lac'), others), wanted)


def test_limits_by_hand():
    own = np.array([.4, .1, .3, .2])
    assert limits(own, np.zeros(4, int), 0.4) == {0: .3}  # the 3rd of 4: ceil(5 x 0.6)
    assert limits(own, np.zeros(4, int), 0.1) == {0: np.inf}
    assert limits(own, np.array(['a', 'a', 'b', 'b']), 0.5) == {'a': .4, 'b': .3}


@pytest.mark.parametrize('method', ['lac', 'aps', 'raps'])
def test_marginal_coverage(method):
    covered = []
    for seed in range(20):
        (probs, truth, _), (others, wanted, _) = drawn(500, seed), drawn(2000, 1000 + seed)
        covered.append(coverage(predict(fit(probs, truth, 0.1, method), others), wanted)['all'][0])
    assert np.mean(covered) == pytest.approx(0.9, abs=0.01)


def test_classes_and_groups_are_covered_each_where_asked():
    (probs, truth, group), (others, wanted, other) = drawn(20_000, 0), drawn(20_000, 1)
    plain = coverage(predict(fit(probs, truth), others), wanted, other)
    by_group = coverage(predict(fit(probs, truth, groups=group), others, other), wanted, other)
    by_class = coverage(predict(fit(probs, truth, by_class=True), others), wanted, wanted)
    assert plain[1][0] < 0.87 and plain[0][0] > 0.93  # the group in which it is too sure pays
    assert all(abs(by_group[g][0] - 0.9) < 0.01 for g in (0, 1))
    assert by_group[1][1] > plain[1][1] and by_group['all'][2] == 20_000
    assert all(abs(by_class[c][0] - 0.9) < 0.015 for c in range(5))


def test_what_calibration_lacked_is_covered_by_all_classes():
    probs, truth, _ = drawn(200, 0)
    sets = predict(fit(probs, truth, groups=np.array(['a'] * 200)), probs[:2], np.array(['a', 'new']))
    assert sets[1].all()
    with pytest.raises(ValueError, match='by group or by class, not both'):
        fit(probs, truth, groups=truth, by_class=True)
    with pytest.raises(ValueError, match='a probability is nan'):
        fit(probs * np.nan, truth)
