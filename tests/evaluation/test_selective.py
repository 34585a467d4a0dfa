import numpy as np
import pytest

from lopm.evaluation.selective import area, at_threshold, risk_coverage, threshold_for

SURE, WRONG = np.array([.9, .5, .8, .8, .6]), np.array([0., 1, 0, 1, 0])


def test_curve_by_hand():
    """The two answers of confidence 0.8 are given together."""
    covered, risk = risk_coverage(SURE, WRONG)
    assert covered == pytest.approx([.2, .6, .8, 1]) and risk == pytest.approx([0, 1 / 3, 1 / 4, 2 / 5])
    assert area(SURE, WRONG) == pytest.approx(.4 / 3 + .2 / 4 + .2 * .4)
    covered, risk = risk_coverage(SURE, WRONG, np.array([2, 1, 1, 1, 1]))
    assert covered[0] == pytest.approx(1 / 3) and risk[-1] == pytest.approx(1 / 3)


def test_a_threshold_keeps_what_it_promises():
    assert threshold_for(SURE, WRONG, 0.25) == .6  # the curve may come down again after going up
    assert threshold_for(SURE, WRONG, 0.1) == .9
    assert threshold_for(SURE, np.ones(5), 0.5) == np.inf
    assert at_threshold(SURE, WRONG, .6) == (.8, .25)
    covered, risk = at_threshold(SURE, WRONG, np.inf)
    assert covered == 0 and np.isnan(risk)
