import numpy as np

from lopm.analysis.measured import compare_measured
from lopm.analysis.ratings import Table
from lopm.measure import NAMES
from lopm.statistics.draws import resample
from tests.analysis.said import variable


def test_each_rater_is_compared_on_the_own_outline_and_gaps_are_left_out():
    measured = np.full((5, len(NAMES)), np.nan)
    measured[:, NAMES.index('white')] = [1, 9, 2, 3, np.nan]
    table = Table(np.arange(3), np.arange(3), np.ones(3, bool), ('r1', 'r2'), {}, {},
                  np.array([[0, 1], [2, -1], [3, 4]]))
    feature = variable([[0, 1], [0, -1], [1, 1]], task='color')
    findings = compare_measured([feature._replace(word='white')], measured, table, resample(np.arange(3)))
    white = next(f for f in findings if f.against == 'white')
    assert white.value == 1 and (white.lesions, white.patients) == (3, 3) and np.isnan(white.low)
    assert next(f for f in findings if f.against == 'red').note == 'one class only'
    nothing, = compare_measured([feature], measured * np.nan, table, resample(np.arange(3)))
    assert nothing.note == 'no photograph could be measured'
