import numpy as np
import pytest

from lopm.evaluation.operating import net_benefit, operate, threshold_at

PROBS, TRUTH = np.array([.9, .8, .7, .6, .3, .2]), np.array([1, 0, 1, 1, 0, 0], bool)


def test_the_threshold_reaches_the_wanted_sensitivity():
    assert threshold_at(2 / 3, PROBS, TRUTH) == .7
    assert threshold_at(0.9, PROBS, TRUTH) == .6
    assert threshold_at(0.5, PROBS, TRUTH, np.array([3, 1, 1, 1, 1, 1])) == .9
    with pytest.raises(ValueError, match='no lesion of these classes'):
        threshold_at(0.9, PROBS, np.zeros(6, bool))


def test_an_operating_point_by_hand():
    point = operate(.7, PROBS, TRUTH, np.arange(6))
    assert point.sensitivity[0] == pytest.approx(2 / 3) and point.specificity[0] == pytest.approx(2 / 3)
    assert point.ppv[0] == pytest.approx(2 / 3) and point.npv[0] == pytest.approx(2 / 3)
    assert 0 <= point.sensitivity[1] < 2 / 3 < point.sensitivity[2] <= 1


def test_net_benefit_by_hand():
    """At 0.5, 3 true and 1 false positive of 6: 3/6 - 1/6; treating all: 3/6 - 3/6."""
    found = net_benefit(PROBS, TRUTH, [.5, .25])
    assert found['model'] == pytest.approx([2 / 6, 3 / 6 - 2 / 6 / 3])
    assert found['all'] == pytest.approx([0, 3 / 6 - 3 / 6 / 3]) and found['none'].tolist() == [0, 0]
