import numpy as np
import pytest

from lopm.analysis.association import association, cross_table
from lopm.analysis.ratings import Table
from lopm.analysis.redundancy import redundancy
from lopm.analysis.variables import diagnosis_of, features_of
from lopm.statistics.dependence import cramers_v
from lopm.statistics.draws import resample
from tests.analysis.said import alone, built_in, value, variable


def test_features_that_the_generator_uses_are_found_and_others_are_not(tmp_path):
    _, ratings = built_in(tmp_path / 'a.json', 800)
    patients = resample(ratings.lesions.group)
    features, diagnosis = features_of(ratings, 'diagnosis'), diagnosis_of(ratings, 'diagnosis')
    findings = association(features, diagnosis, ratings.lesions, patients)
    white = value(findings, 'cramers_v', 'color', 'white')
    assert white.low > 0.5 and white.q < 0.001
    assert not [f for f in findings if f.feature == 'site' and f.q is not None and f.q < 0.05]
    assert all(f.q >= f.p for f in findings if f.q is not None)
    given = value(findings, 'share_given_diagnosis', 'color', 'blanched', 'submucous_fibrosis')
    table, _ = cross_table(features[3], diagnosis, patients)
    assert given.value == pytest.approx(table.sum(0)[1, 4] / table.sum(0)[:, 4].sum()) and given.value > 0.5

    pairs = redundancy(features, ratings.lesions)
    ulcer = value(pairs, 'cramers_v', 'texture', 'ulcerated', 'elementary_lesion: ulcer')
    assert ulcer.value > 0.8 and ulcer.value == max(f.value for f in pairs if f.statistic == 'cramers_v'
                                                    and f.value == f.value)
    joint, _ = cross_table(features[12], features[21], patients)
    assert ulcer.value == pytest.approx(cramers_v(joint.sum(0)), abs=0.02)
    assert value(pairs, 'cramers_v', 'color', 'white', 'homogeneity').note == 'one class only'  # asked of white only


def test_raters_of_a_lesion_share_its_weight_and_one_class_is_said():
    one, other = variable([[0, 1], [1, -1]]), variable([[1, 1], [0, 0]], task='d')
    patients = alone(2)
    table, rows = cross_table(one, other, patients)
    assert table.sum(0).tolist() == [[0, 0.5], [1, 0.5]] and rows.tolist() == [True, True]
    lesions = Table(np.arange(2), np.arange(2), np.ones(2, bool), ('r1', 'r2'), {}, {}, np.zeros((2, 2), int))
    silent, single = variable([[-1], [-1]], classes=2), variable([0, 0], classes=2)
    notes = [f.note for f in association([silent, single], variable([0, 1], task='d'), lesions, patients)
             if f.statistic == 'cramers_v']
    assert notes == ['nobody answered both', 'one class only']
