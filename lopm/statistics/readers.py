"""What readers say of lesions of patients that they have not learned from."""
import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

FOLDS = 5


def folds_of(classes, groups, seed=0):
    """``[(train, test)]``, numbers of the ``[N]`` rows: groups apart, classes as even as that allows.

    Raises:
        ValueError: Too few groups, or lesions of any class, for five folds; or one class alone, which tells nothing.
    """
    named, counts = np.unique(classes, return_counts=True)
    if len(named) < 2 or counts.max() < FOLDS or len(np.unique(groups)) < FOLDS:
        raise ValueError(f'{len(classes)} lesions of {len(np.unique(groups))} patients with {len(named)} diagnoses, at '
                         f'most {counts.max(initial=0)} of one: readers are tried on {FOLDS} folds of the patients, '
                         f'and want {FOLDS} patients, {FOLDS} lesions of a diagnosis and two diagnoses; take a '
                         'larger part')
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    return list(folds.split(classes, classes, groups))


def cross_validate(read, folds):
    """Every row as a reader saw it who did not learn from it: probabilities ``[N, C]``.

    Args:
        read: ``read(train, test)``: probabilities ``[M, C]`` of the rows ``test`` by a reader fitted to those of
            ``train``.
    """
    said = np.concatenate([read(train, test) for train, test in folds])
    return said[np.argsort(np.concatenate([test for _, test in folds]))]


def say(reader, inputs, number, least=0.):
    """Probabilities ``[M, number]`` by a fitted reader of scikit-learn; ``least`` of classes that it has not met."""
    said = np.full((len(inputs), number), least)
    said[:, reader.classes_] = reader.predict_proba(inputs)
    return said
