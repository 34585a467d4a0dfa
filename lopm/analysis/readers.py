"""Readers of named features, judged on patients that they have not learned from."""
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import OneHotEncoder

LOGISTIC, FORESTS = 'logistic regression', 'random forest'
FOLDS = 5
FEWEST_PATIENTS = 20

READERS = {
    LOGISTIC: lambda: LogisticRegression(max_iter=1000),
    FORESTS: lambda: RandomForestClassifier(200, min_samples_leaf=3, random_state=0)}


def folds_of(diagnosis, group, seed):
    """``([(train, test)], '')`` with patients apart and diagnoses even, or ``(None, reason)``."""
    patients = [len(np.unique(group[diagnosis == code])) for code in np.unique(diagnosis)]
    if len(np.unique(group)) < FEWEST_PATIENTS:
        return None, f'{len(np.unique(group))} patients are too few to cross-validate ({FEWEST_PATIENTS} are needed)'
    if sum(number >= FOLDS for number in patients) < 2:
        return None, f'fewer than two diagnoses occur in {FOLDS} patients or more'
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    return list(folds.split(diagnosis, diagnosis, group)), ''


def cross_validate(features, diagnosis, weights, folds, reader):
    """What a reader who learned from other patients says of each row: probabilities ``[M, D]`` of the diagnoses."""
    columns = OneHotEncoder(sparse_output=False).fit_transform(features)
    said = np.zeros((len(diagnosis), diagnosis.max() + 1))
    for train, test in folds:
        model = READERS[reader]().fit(columns[train], diagnosis[train], weights[train])
        said[np.ix_(test, model.classes_)] = model.predict_proba(columns[test])
    return said
