import numpy as np

from lopm.statistics.means import known_mean, ratio, weighted_mean

NAN = np.nan


def test_nothing_is_divided_by_nothing():
    np.testing.assert_equal(ratio([1, 2, 0], [2, 0, -1]), [.5, NAN, NAN])
    np.testing.assert_equal(ratio(1, [4, NAN]), [.25, NAN])


def test_means_of_what_is_known(recwarn):
    np.testing.assert_equal(known_mean([[1, NAN], [4, NAN]]), [2.5, NAN])
    np.testing.assert_equal(known_mean([[1, NAN], [4, NAN]], axis=1), [1, 4])
    np.testing.assert_equal(known_mean(np.zeros((0, 2))), [NAN, NAN])
    assert np.isnan(float(known_mean([]))) and float(known_mean([1, NAN, 2])) == 1.5
    assert not recwarn.list


def test_weighted_mean_leaves_nan_out():
    assert weighted_mean(np.array([1, NAN, 0]), np.array([[1, 5, 3.]])).tolist() == [0.25]
