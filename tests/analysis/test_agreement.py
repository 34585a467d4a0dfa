from collections import Counter

import numpy as np
import pytest

from lopm.analysis.agreement import agreement, coincidences
from lopm.datasets.synthetic.labels import MISSING, NOT_ASSESSABLE, RATER_ERROR
from lopm.statistics.draws import resample
from lopm.statistics.tables import cohen_kappa, fleiss_kappa, krippendorff_alpha
from lopm.tasks.choices import rater_kappa
from tests.analysis.said import alone, built_in, ratings_of, value, variable

# Krippendorff (2011), section C and D: four observers, twelve units, missing values.
KRIPPENDORFF = np.array([
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0]]).T - 1


def random_codes(seed, number=60, raters=3, classes=4):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, number)[:, None]
    codes = np.where(rng.random((number, raters)) < 0.6, truth, rng.integers(0, classes, (number, raters)))
    return np.where(rng.random(codes.shape) < 0.2, -1, codes)


def test_alpha_is_krippendorffs_published_example():
    joint = coincidences(variable(KRIPPENDORFF), alone(12)).sum(0)
    assert joint.sum() == 40 and np.diag(joint).tolist() == [7, 10, 8, 4, 3]
    assert krippendorff_alpha(joint) == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(joint, ordered=True) == pytest.approx(0.815, abs=5e-4)


@pytest.mark.parametrize('ordered', [False, True])
def test_alpha_is_that_of_the_krippendorff_package(ordered):
    krippendorff = pytest.importorskip('krippendorff', reason='the package krippendorff is not installed')
    for seed in range(5):
        codes = random_codes(seed)
        joint = coincidences(variable(codes, classes=4), alone(len(codes))).sum(0)
        expected = krippendorff.alpha(np.where(codes < 0, np.nan, codes).T, value_domain=[0, 1, 2, 3],
                                      level_of_measurement='ordinal' if ordered else 'nominal')
        assert krippendorff_alpha(joint, ordered) == pytest.approx(expected)


def test_fleiss_by_hand_and_as_in_statsmodels():
    codes = np.array([[0, 0, 0], [0, 0, 1], [1, 1, 1], [1, 2, 2], [2, 2, 2], [0, 1, 2]])
    joint = coincidences(variable(codes), alone(6), answers=3).sum(0)
    shares = np.array([6, 6, 6]) / 18  # of the answers; agreeing pairs: 1, 1/3, 1, 1/3, 1, 0
    assert fleiss_kappa(joint) == pytest.approx(((11 / 3) / 6 - (shares ** 2).sum()) / (1 - (shares ** 2).sum()))
    inter_rater = pytest.importorskip('statsmodels.stats.inter_rater', reason='statsmodels is not installed')
    codes = np.abs(random_codes(1))
    joint = coincidences(variable(codes, classes=4), alone(len(codes)), answers=3).sum(0)
    assert fleiss_kappa(joint) == pytest.approx(inter_rater.fleiss_kappa(inter_rater.aggregate_raters(codes)[0]))


def test_the_built_in_raters_agree_as_far_as_their_errors_let_them(tmp_path):
    """Both raters err at a known rate, to a neighbor: the expected weighted kappa follows by hand."""
    _, ratings = built_in(tmp_path / 'a.json', 1500)
    findings = agreement(ratings, resample(ratings.lesions.group))
    says = np.array([[1 - RATER_ERROR, RATER_ERROR, 0], [RATER_ERROR / 2, 1 - RATER_ERROR, RATER_ERROR / 2],
                     [0, RATER_ERROR, 1 - RATER_ERROR]])
    joint = sum(np.outer(says[truth], says[truth]) for truth in range(3)) / 3
    for task in ('border_sharpness', 'border_regularity'):
        found = value(findings, 'weighted_kappa', task)
        assert found.low < cohen_kappa(joint, ordered=True) < found.high and found.high - found.low < 0.06
        assert found.value == pytest.approx(rater_kappa(ratings.tasks[task], ratings.lesions.targets[task]))
        assert value(findings, 'observed_agreement', task).value == pytest.approx(np.trace(joint), abs=0.03)
    assert value(findings, 'krippendorff_alpha', 'diagnosis').value == 1
    status = Counter(ratings.lesions.status['texture'][:, 0])
    assert status[2] / sum(status.values()) == pytest.approx(NOT_ASSESSABLE, abs=0.01)
    assert status[4] / sum(status.values()) == pytest.approx(MISSING, abs=0.012)


def test_intervals_take_patients_for_the_units(tmp_path):
    """Eight lesions of one patient that are all alike tell no more than one."""
    codes = np.repeat(random_codes(3, 40, 2), 8, 0)
    several = variable(codes, classes=4)
    apart, together = resample(np.arange(320)), resample(np.arange(320) // 8)
    width = [np.subtract(*patients.estimate(krippendorff_alpha, coincidences(several, patients))[:0:-1])
             for patients in (apart, together)]
    assert width[1] == pytest.approx(width[0] * 8 ** 0.5, rel=0.25)


def test_what_cannot_be_said_says_why(tmp_path):
    def findings(*lesions):
        ratings = ratings_of(tmp_path, lesions)
        return agreement(ratings, resample(ratings.lesions.group))

    one = findings((1, 'L1', 'r1', {'border': 'sharp'}), (2, 'L2', 'r2', {'border': 'sharp'}))
    assert value(one, 'krippendorff_alpha', 'border').note == 'no lesion has two answers: one rater only'
    assert value(one, 'krippendorff_alpha', 'color', 'red').note == 'nobody answered'
    same = findings((1, 'L1', 'r1', {'border': 'sharp'}), (1, 'L1', 'r2', {'border': 'sharp'}))
    assert value(same, 'weighted_kappa', 'border').note == 'one class only'
    assert np.isnan(value(same, 'krippendorff_alpha', 'border').value)
    few = findings(*[(i, 'L', rater, {'border': word}) for i in range(3) for rater, word in
                     zip(('r1', 'r2', 'r3'), ('sharp', 'sharp', ['sharp', 'partly', 'blurred'][i]))])
    assert value(few, 'weighted_kappa', 'border', against='r1 and r3').lesions == 3
    assert np.isnan(value(few, 'krippendorff_alpha', 'border').low)  # three patients
