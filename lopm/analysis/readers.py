"""Readers of named features, and when there are too few patients to judge them."""
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder

from lopm.statistics.readers import FOLDS, cross_validate, say

LOGISTIC, FORESTS = 'logistic regression', 'random forest'
FEWEST_PATIENTS = 20

READERS = {
    LOGISTIC: lambda: LogisticRegression(max_iter=1000),
    FORESTS: lambda: RandomForestClassifier(200, min_samples_leaf=3, random_state=0)}


def why_not(diagnosis, group):
    """Why readers of ``[N]`` diagnoses of patients cannot be cross-validated; ``''`` where they can."""
    patients = [len(np.unique(group[diagnosis == code])) for code in np.unique(diagnosis)]
    if len(np.unique(group)) < FEWEST_PATIENTS:
        return f'{len(np.unique(group))} patients are too few to cross-validate ({FEWEST_PATIENTS} are needed)'
    if sum(number >= FOLDS for number in patients) < 2:
        return f'fewer than two diagnoses occur in {FOLDS} patients or more'
    return ''


def read_features(features, diagnosis, weights, folds, reader):
    """What a reader who learned from other patients says of each row: probabilities ``[M, D]`` of the diagnoses."""
    columns = OneHotEncoder(sparse_output=False).fit_transform(features)

    def read(train, test):
        model = READERS[reader]().fit(columns[train], diagnosis[train], weights[train])
        return say(model, columns[test], diagnosis.max() + 1)
    return cross_validate(read, folds)
