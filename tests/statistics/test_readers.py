"""Rows come back in their order, read by someone who saw no row of their group."""
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from lopm.statistics.readers import FOLDS, cross_validate, folds_of, say

GROUPS = np.arange(60) // 3
CLASSES = (np.arange(60) // 3 % 4 == 0).astype(int)  # a quarter of the groups


def test_groups_stay_together_and_classes_are_even():
    folds = folds_of(CLASSES, GROUPS)
    assert len(folds) == FOLDS and sorted(np.concatenate([test for _, test in folds])) == list(range(60))
    for train, test in folds:
        assert not set(GROUPS[train]) & set(GROUPS[test]) and CLASSES[test].sum() == 3
    assert any((one[1] != other[1]).any() for one, other in zip(folds, folds_of(CLASSES, GROUPS, seed=1)))


def test_every_row_is_read_once_by_who_did_not_learn_from_it():
    folds = folds_of(CLASSES, GROUPS)
    seen = cross_validate(lambda train, test: np.stack([test, np.isin(GROUPS[test], GROUPS[train])], 1), folds)
    assert seen[:, 0].tolist() == list(range(60)) and not seen[:, 1].any()


def test_a_class_that_a_reader_has_not_met_gets_the_least():
    reader = LogisticRegression().fit([[0.], [1.]], [0, 2])
    said = say(reader, np.array([[0.], [1.]]), 4, least=0.01)
    assert said[:, [1, 3]].tolist() == [[0.01, 0.01]] * 2 and said[:, [0, 2]] == pytest.approx(
        reader.predict_proba([[0.], [1.]]))


@pytest.mark.parametrize('classes, groups', [
    ([], []), ([0] * 20, range(20)), ([0, 1] * 4, range(8)), ([0, 1] * 10, [0, 1, 2, 3] * 5)],
    ids=['nothing', 'one class', 'few of each class', 'few patients'])
def test_too_few_to_divide_is_said(classes, groups):
    with pytest.raises(ValueError, match='want 5 patients, 5 lesions of a diagnosis and two diagnoses'):
        folds_of(np.array(classes, int), np.array(list(groups)))
