import numpy as np
import pytest

from lopm.analysis.ceiling import ceiling, complete_profiles, count_profiles
from lopm.analysis.prevalence import prevalence
from lopm.analysis.ratings import Table
from lopm.analysis.variables import Variable, diagnosis_of, features_of
from lopm.datasets.synthetic.labels import posterior
from lopm.statistics.draws import resample
from tests.analysis.said import alone, built_in, ratings_of, value, variable


def table_of(number, tasks=('x', 'y'), group=None):
    status = {task: np.zeros((number, 1), int) for task in tasks}
    return Table(np.arange(number), np.arange(number) if group is None else group, np.ones(number, bool), ('r1',), {},
                 status, np.zeros((number, 1), int))


def test_profiles_by_hand():
    """Ten lesions: profile 00 carries the diagnoses a a a b, 01 b b, 10 a c, 11 b, and one lesion is incomplete."""
    x = variable([0, 0, 0, 0, 0, 0, 1, 1, 1, 1], task='x')
    y = variable([0, 0, 0, 0, 1, 1, 0, 0, 1, -1], task='y')
    diagnosis = variable([0, 0, 0, 1, 1, 1, 0, 2, 1, 0], task='d')
    findings = ceiling([x, y], diagnosis, table_of(10))
    expected = dict(profiles=4, profiles_seen_once=1, inconsistent_profiles=2, lesions_in_inconsistent_profiles=6 / 9,
                    most_usual_diagnosis=4 / 9, resubstitution_ceiling=7 / 9)
    assert {name: value(findings, name).value for name in expected} == pytest.approx(expected)
    assert value(findings, 'resubstitution_ceiling').lesions == 9
    assert 'too few to cross-validate' in value(findings, 'cross_validated').note


def true_features(photographs):
    """The drawn features without raters' errors, as variables, the diagnosis, its best accuracy, patients."""
    lesions = {lesion.lesion_id: (photograph.patient_id, lesion) for photograph in photographs
               for lesion in photograph.lesions}
    patient = np.unique([patient for patient, _ in lesions.values()], return_inverse=True)[1]
    drawn = [lesion for _, lesion in lesions.values()]
    features = []
    for task in ('color', 'texture', 'border_sharpness', 'border_regularity', 'homogeneity'):
        said = [str(lesion.features.get(task)) for lesion in drawn]
        names, codes = np.unique(said, return_inverse=True)
        features.append(Variable(task, '', tuple(names), False, codes[:, None]))
    names, codes = np.unique([lesion.diagnosis for lesion in drawn], return_inverse=True)
    best = np.mean([posterior(lesion.features).max() for lesion in drawn])
    return features, Variable('diagnosis', '', tuple(names), False, codes[:, None]), best, patient


@pytest.mark.slow
def test_the_true_table_lies_between_the_two_estimates(tmp_path):
    photographs, _ = built_in(tmp_path / 'a.json', 1200)
    features, diagnosis, best, patient = true_features(photographs)
    table = table_of(len(patient), [feature.task for feature in features], patient)
    findings = ceiling(features, diagnosis, table)
    read = value(findings, 'cross_validated', 'logistic regression')
    assert best - 0.08 < read.value < best + 0.01
    assert best < value(findings, 'resubstitution_ceiling').value
    assert value(findings, 'shuffled_ceiling').value < value(findings, 'resubstitution_ceiling').value
    assert value(findings, 'lost_without', 'color').low > 0.05
    first = np.where(np.arange(len(patient))[:, None] < 200, diagnosis.codes, -1)
    few = count_profiles(complete_profiles(features, diagnosis._replace(codes=first), table))
    assert few['resubstitution_ceiling'] > value(findings, 'resubstitution_ceiling').value  # its bias


def test_patients_do_not_straddle_folds():
    """A feature that only names the patient, whose lesions share a diagnosis, is worth nothing on new patients."""
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(60), 5)
    diagnosis = variable(rng.integers(0, 2, 60)[group], task='d')
    who = Variable('who', '', tuple(map(str, range(60))), False, group[:, None])
    findings = ceiling([who], diagnosis, table_of(300, ['who'], group))
    assert value(findings, 'resubstitution_ceiling').value == 1
    assert value(findings, 'cross_validated', 'logistic regression').value < 0.62


def test_what_is_lost_without_a_feature():
    """x settles the diagnosis, y says nothing."""
    rng = np.random.default_rng(0)
    x, y = (variable(rng.integers(0, 2, 200), task=task) for task in 'xy')
    findings = ceiling([x, y], x._replace(task='d'), table_of(200))
    assert value(findings, 'alone', 'x').value == 1 and value(findings, 'lost_without', 'y').value == 0
    assert value(findings, 'lost_without', 'x').low > 0.3 and value(findings, 'alone', 'y').value < 0.65


@pytest.mark.slow
def test_a_reader_who_says_the_usual_one_is_not_praised_for_it():
    """y says nothing and 90 % are one diagnosis: right in 90 %, and no better than chance where each counts alike."""
    rng = np.random.default_rng(0)
    y = variable(rng.integers(0, 2, 400), task='y')
    diagnosis = variable((np.arange(400) % 10 == 0).astype(int), task='d')
    findings = ceiling([y], diagnosis, table_of(400))
    assert value(findings, 'cross_validated', 'logistic regression').value == pytest.approx(0.9)
    assert value(findings, 'balanced_accuracy', 'logistic regression').value == 0.5
    chance = value(findings, 'auroc', 'logistic regression')
    assert chance.low < 0.5 < chance.high
    settled = ceiling([y._replace(codes=diagnosis.codes)], diagnosis, table_of(400))
    assert value(settled, 'balanced_accuracy', 'logistic regression').value == 1
    assert value(settled, 'auroc', 'random forest').value == 1


def test_nothing_to_count_is_said(tmp_path):
    ratings = ratings_of(tmp_path, [(1, 'L1', 'r1', {'border': 'sharp'})])
    features, diagnosis = features_of(ratings, 'diagnosis'), diagnosis_of(ratings, 'diagnosis')
    only, = ceiling(features, diagnosis, ratings.lesions)
    assert only.note.startswith('no lesion has a diagnosis')
    assert ceiling([], diagnosis, ratings.lesions)[0].note == only.note


def test_a_seldom_answered_feature_is_left_out_by_name():
    x, y = variable([0, 1, 0, 1], task='x'), variable([0, -1, -1, -1], task='y', classes=2)
    findings = ceiling([x, y], variable([0, 1, 0, 1], task='d'), table_of(4))
    assert value(findings, 'profiles').note == 'without y: too seldom answered'
    assert value(findings, 'resubstitution_ceiling').lesions == 4


def test_prevalence_by_hand(tmp_path):
    ratings = ratings_of(tmp_path, [
        (1, 'L1', 'r1', {'color': ['white'], 'border': 'sharp'}), (1, 'L1', 'r2', {'color': []}),
        (1, 'L2', 'r1', {'color': ['red']}), (2, 'L3', 'r1', {'color': 'not_assessable'}),
        (3, 'L4', 'r1', {'color': ['red']})])
    findings = prevalence(ratings, resample(ratings.lesions.group))
    assert value(findings, 'answered', 'color').value == 4 / 5
    assert value(findings, 'not_assessable', 'color').value == 1 / 5
    white = value(findings, 'share_of_lesions', 'color', 'white')
    assert white.value == pytest.approx(0.5 / 3) and (white.lesions, white.photographs, white.patients) == (3, 2, 2)
    assert value(findings, 'share_of_photographs', 'color', 'white').value == 1 / 2
    assert value(findings, 'share_of_patients', 'color', 'red').value == 1
    assert value(findings, 'share_of_lesions', 'diagnosis', 'a').note == 'nobody answered'
    nobody = ratings_of(tmp_path, [(1, 'L1', 'r1', {'border': 'sharp'})], patients=False)
    shares = value(prevalence(nobody, alone(1)), 'share_of_patients', 'border', 'sharp')
    assert np.isnan(shares.value) and shares.note == 'not every photograph names its patient'
