"""Scores of tables by hand, and those of scikit-learn under weights on any number of tables at once."""
import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    f1_score,
    precision_score,
    recall_score,
)

from lopm.statistics.draws import once, resample
from lopm.statistics.tables import (
    SCORES,
    accuracy,
    balanced_accuracy,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    macro_f1,
    precision,
    recall,
)

TABLE = np.array([[3., 1, 0], [2, 2, 0], [0, 0, 0]])  # the third class occurs in neither


def test_scores_by_hand():
    assert accuracy(TABLE) == 5 / 8 and balanced_accuracy(TABLE) == (3 / 4 + 2 / 4) / 2
    np.testing.assert_equal(recall(TABLE), [3 / 4, 2 / 4, np.nan])
    np.testing.assert_equal(precision(TABLE), [3 / 5, 2 / 3, np.nan])
    assert macro_f1(TABLE) == pytest.approx((2 * 3 / 9 + 2 * 2 / 7) / 2)
    assert macro_f1(TABLE[:2, :2], yes_no=True) == pytest.approx(2 * 2 / 7)
    assert macro_f1(np.array([[5., 0], [0, 0]]), yes_no=True) == 0


def test_a_class_that_is_only_said_lowers_f1_and_no_recall():
    only_said = np.array([[3., 1], [0, 0]])
    assert balanced_accuracy(only_said) == 3 / 4 and macro_f1(only_said) == (6 / 7 + 0) / 2


def test_nothing_counted_is_nan(recwarn):
    for score in (*SCORES.values(), cohen_kappa, krippendorff_alpha):
        assert np.isnan(score(np.zeros((2, 3, 3)))).all()
    assert not recwarn.list


def drawn_pairs(number=90):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, number)
    said = np.where(rng.random(number) < 0.5, truth, rng.integers(0, 4, number))
    drawn, weights = resample(np.arange(number) // 2, 5), rng.integers(1, 4, number) / 3
    return truth, said, drawn.weights * weights, drawn.count((truth, said), (4, 4), weights)


def test_scores_of_scikit_learn_under_every_draw():
    truth, said, weights, tables = drawn_pairs()

    def peer(score, **more):
        return np.array([score(truth, said, sample_weight=each, **more) for each in weights])
    assert accuracy(tables) == pytest.approx(peer(accuracy_score))
    assert balanced_accuracy(tables) == pytest.approx(peer(balanced_accuracy_score))
    assert macro_f1(tables) == pytest.approx(peer(f1_score, average='macro'))
    assert recall(tables) == pytest.approx(peer(recall_score, average=None))
    assert precision(tables) == pytest.approx(peer(precision_score, average=None))
    assert cohen_kappa(tables) == pytest.approx(peer(cohen_kappa_score))
    assert cohen_kappa(tables, ordered=True) == pytest.approx(peer(cohen_kappa_score, weights='quadratic'))
    yes = truth > 1, said > 1
    two = once(90).count(np.array(yes, int), (2, 2))
    assert macro_f1(two, yes_no=True) == pytest.approx(f1_score(*yes))


def test_alpha_is_krippendorffs_published_example():
    """Krippendorff (2011), section C and D: the coincidences of four observers and twelve units."""
    joint = np.array([[21, 4, 1, 1, 0], [4, 30, 4, 1, 0], [1, 4, 24, 1, 0], [1, 1, 1, 12, 0], [0, 0, 0, 0, 9]]) / 3
    assert krippendorff_alpha(joint) == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(joint, ordered=True) == pytest.approx(0.815, abs=5e-4)


def test_kappa_and_alpha_by_hand():
    """Eight of ten agree where half would by chance; alpha divides by pairs without themselves."""
    table = np.array([[4., 1], [1, 4]])
    assert cohen_kappa(table) == pytest.approx(0.6) and fleiss_kappa(table) == pytest.approx(0.6)
    assert krippendorff_alpha(table) == pytest.approx(1 - 2 / (2 * 25 / 9))
    far, near = np.array([[4., 0, 1], [0, 4, 0], [0, 0, 4]]), np.array([[4., 1, 0], [0, 4, 0], [0, 0, 4]])
    assert cohen_kappa(far, ordered=True) < cohen_kappa(near, ordered=True)
    assert np.isnan(cohen_kappa(np.array([[7., 0], [0, 0]])))
