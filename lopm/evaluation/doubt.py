"""How sure a model may be of its words: probabilities scaled, and the words that it cannot rule out.

Both are fitted to photographs that the model was not trained on, and travel with it (``lopm.pack``). Scaling:
``lopm.evaluation.calibration``. Sets: ``lopm.evaluation.conformal``, by the score that gives the smallest and needs no
dice (LAC), so that one photograph has one set.
"""
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, NotRequired, TypedDict

import numpy as np
from msgspec import Meta

from lopm.evaluation import conformal
from lopm.evaluation.calibration import (
    LEAST_SCALED,
    METHODS,
    Scaling,
    calibrate,
    fit_scaling,
    log_loss,
    scale_probabilities,
)
from lopm.evaluation.rows import labelled, named_class, patient_of, stack_task
from lopm.tasks.task import GROUPS

EVERYBODY, BY_CLASS = 'everybody', 'class'
AUTO = 'auto'  # the way of scaling that validation chooses
FOLDS = 5  # in which validation chooses


class Sets(TypedDict):
    """Limits of a task's sets.

    ``by``: ``everybody``, ``class``, or a field of the record, whose words are then the keys of ``limits``; None is no
    limit: too few lesions to rule anything out. ``lesions``: how many, or photographs, visits, patients, each limit was
    fitted to.
    """

    alpha: Annotated[float, Meta(gt=0, lt=1)]
    by: str
    limits: dict[str, float | None]
    lesions: dict[str, int]


class OfTask(TypedDict):
    """What was fitted of one task; ``method``: of the scaling. ``sets`` of exclusive ones alone."""

    method: str
    scaling: Scaling
    sets: NotRequired[Sets]


@dataclass
class Doubt:
    """What was fitted, ``{task: OfTask}``; nothing of a task that nobody labelled."""

    tasks: dict[str, OfTask] = field(default_factory=dict)

    def scaled(self, task, probs):
        """Probabilities ``[..., K]`` of a ``Task`` as often right as they say; as they are where nothing was fitted."""
        scaling = self.tasks.get(task.name, {}).get('scaling')
        return scale_probabilities(task, np.asarray(probs, float), scaling) if scaling else np.asarray(probs, float)

    def calibrated(self, rows, tasks):
        """The rows scaled (``calibration.calibrate``); ``tasks``: ``{name: Task}``."""
        scaling = {name: each['scaling'] for name, each in self.tasks.items()}
        return calibrate(rows, tasks, {'patients': [], 'tasks': scaling})

    def possible(self, task, probs, record: Mapping[str, Any] | None = None):
        """The words that scaled class probabilities ``[C]`` do not rule out, likeliest first; None without sets."""
        sets = self.tasks.get(task.name, {}).get('sets')
        if not sets:
            return None
        odd, keys = conformal.scores(np.asarray(probs, float)[None])[0], task.classes
        if sets['by'] != BY_CLASS:
            keys = [EVERYBODY if sets['by'] == EVERYBODY else str((record or {}).get(sets['by']))] * len(keys)
        limits = [sets['limits'].get(key) for key in keys]
        held = [i for i in np.argsort(odd, kind='stable') if limits[i] is None or odd[i] <= limits[i]]
        return [task.classes[i] for i in held]

    def promise(self, name):
        """Of how many lesions, visits or patients a task's sets hold the truth, such as 0.9; None without sets."""
        sets = self.tasks.get(name, {}).get('sets')
        return 1 - sets['alpha'] if sets else None


def fit_doubt(rows, tasks, method=AUTO, alpha=0.1, by=EVERYBODY):
    """The ``Doubt`` of a part that the model was not trained on, and of which tasks none was fitted: ``(Doubt, {task:
    labels, or patients with one})``.

    It is of lesions that the model finds: of others it says nothing; and of photographs, visits and patients, where
    tasks ask of these. Sets are of exclusive tasks; their limits come from probabilities that were scaled without the
    patient's own lesions, since on few lesions a scaling flatters those that it was fitted to. What is fitted to less
    than ``LEAST_SCALED`` labels follows chance: of a task of visits or patients so many patients have to have one.

    Args:
        rows: ``lopm.evaluation.rows.Row``.
        tasks: ``{name: WordTask}``.
        method: Of ``calibration.METHODS``, or ``auto``: for each task the one that is likeliest on patients that it was
            not fitted to.
        by: Limits for ``everybody``, for each ``class``, or for each word of a field of the record.
    """
    doubt, few = Doubt(), {}
    for name, task in tasks.items():
        targets, probs, patients = labelled_and_found(rows, task)
        count = len(set(patients)) if task.level in GROUPS else len(targets)
        if count < LEAST_SCALED:
            few[name] = count
            continue
        apart = {each: scale_apart(task, targets, probs, patients, each) for each in
                 (METHODS if method == AUTO else [method])}
        chosen = min(apart, key=lambda each: log_loss(task, targets, apart[each]))
        doubt.tasks[name] = {'method': chosen, 'scaling': fit_scaling(task, targets, probs, chosen)}
        if task.exclusive:
            groups = labelled_and_found(rows, task, group_by(by))[2]
            doubt.tasks[name]['sets'] = fit_sets(task, targets, apart[chosen], groups, alpha, by)
    return doubt, few


def labelled_and_found(rows, task, of=patient_of):
    """As ``rows.labelled``, of the lesions that the model has found."""
    answers = stack_task(rows, task)
    found = answers.matched[answers.labelled] != 0
    return [each[found] for each in labelled(rows, task, of)]


def scale_apart(task, targets, probs, patients, method):
    """Probabilities ``[N, K]``, each scaled by what was fitted to other patients."""
    fold, scaled = np.unique(patients.astype(str), return_inverse=True)[1] % FOLDS, np.empty_like(probs)
    for out in (fold == i for i in np.unique(fold)):
        scaled[out] = scale_probabilities(task, probs[out], fit_scaling(task, targets[~out], probs[~out], method))
    return scaled


def group_by(by):
    """What a row is grouped by: a word of its record."""
    return lambda row: str((row.about.get('record') or {}).get(by))


def fit_sets(task, targets, probs, groups, alpha, by):
    """``Sets`` of a task from the lesions of which the raters name one class.

    Args:
        probs: Scaled, ``[N, K]``. groups: Words of the record, ``[N]``.
    """
    truth, one = named_class(task, targets)
    truth, probs = truth[one], task.class_probabilities(probs[one])
    keys = {EVERYBODY: np.full(len(truth), EVERYBODY), BY_CLASS: np.array(task.classes)[truth]}.get(by, groups[one])
    own = conformal.scores(probs)[np.arange(len(truth)), truth]
    limits = conformal.limits(own, keys, alpha)
    return {'alpha': alpha, 'by': by, 'lesions': {str(key): int((keys == key).sum()) for key in limits},
            'limits': {str(key): limit if np.isfinite(limit) else None for key, limit in limits.items()}}
