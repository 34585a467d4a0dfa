"""One question with one answer: an exclusive task as a whole, each class of a multilabel task as yes or no."""
from typing import NamedTuple

import numpy as np

from lopm.analysis.ratings import NOT_APPLICABLE


class Variable(NamedTuple):
    """What raters may say to one question, and what they said.

    Attributes:
        task: Name of the task; ``word``: the class that is asked for (multilabel), else ``''``.
        classes: The C possible answers, in order; ``ordered``: least first.
        codes: int ``[N, R]``, position in ``classes``, -1 where unknown.
    """

    task: str
    word: str
    classes: tuple
    ordered: bool
    codes: np.ndarray

    @property
    def name(self):
        return f'{self.task}: {self.word}' if self.word else self.task

    @property
    def named(self):
        """``[(class, its code)]`` of the classes worth a line: not the "no" of a multilabel class."""
        return [(self.word, 1)] if self.word else list(zip(self.classes, range(len(self.classes))))

    @property
    def answered(self):
        """Lesions that somebody answered, bool ``[N]``."""
        return (self.codes >= 0).any(1)


def variables_of(task, table):
    """The ``Variable`` list of one task."""
    targets = table.targets[task.name]
    rows = targets.reshape(-1, targets.shape[-1])
    codes = [np.where(known, truth.astype(int), -1).reshape(targets.shape[:2])
             for truth, _, known in task.choices(rows, np.nan_to_num(rows))]
    if task.exclusive:
        return [Variable(task.name, '', task.classes, task.ordered, codes[0])]
    return [Variable(task.name, word, ('no', 'yes'), False, code) for word, code in zip(task.classes, codes)]


def features_of(ratings, diagnosis):
    """Variables of all lesion tasks but the diagnosis."""
    return [variable for name, task in ratings.tasks.items() if task.level == 'lesion' and name != diagnosis
            for variable in variables_of(task, ratings.lesions)]


def diagnosis_of(ratings, diagnosis):
    """The diagnosis as a ``Variable``, with what every rater has to go by: the own one, else the one others agree on.

    So that a histology that only one rater enters belongs to the features of all.
    """
    task = ratings.tasks.get(diagnosis)
    if task is None or not task.exclusive or task.level != 'lesion':
        raise ValueError(f'{diagnosis!r} is no task of lesions with one class each; choose with --diagnosis one of '
                         + ', '.join(name for name, each in ratings.tasks.items()
                                     if each.exclusive and each.level == 'lesion'))
    variable, = variables_of(task, ratings.lesions)
    codes = variable.codes
    least = np.where(codes < 0, len(task.classes), codes).min(1, initial=len(task.classes))
    agreed = np.where(least == codes.max(1, initial=-1), least, -1)
    return variable._replace(codes=np.where(codes < 0, agreed[:, None], codes))


def with_not_applicable(variable, table):
    """Codes ``[N, R]`` in which "not applicable" is an answer of its own, the last."""
    return np.where(table.status[variable.task] == NOT_APPLICABLE, len(variable.classes), variable.codes)
