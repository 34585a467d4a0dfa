"""Scores of one task from what several raters said and what was predicted, lesion by lesion.

Targets are ``[N, R, K]`` (N lesions, R raters, nan where unknown), probabilities ``[N, K]``, in the form of
``lopm.tasks``. A (lesion, rater) pair is one row of weight 1/raters, so that every lesion counts once.
"""
from itertools import combinations

import numpy as np
from sklearn.metrics import accuracy_score, balanced_accuracy_score, cohen_kappa_score, f1_score, roc_auc_score


def known_entries(task, targets):
    return task.known_entries(targets)


def rater_rows(targets, probs):
    """One row per (lesion, rater) with an answer: targets ``[M, K]``, probabilities ``[M, K]``, weights ``[M]``."""
    answered = ~np.isnan(targets).all(-1)
    lesion, rater = np.nonzero(answered)
    return targets[lesion, rater], probs[lesion], 1 / answered.sum(1)[lesion]


def auroc(targets, probs, weights):
    """Mean over columns of the area under the ROC curve; ``[M, K]``, ``[M, K]``, ``[M]``.

    In the ``[..., K]`` form this is one-vs-rest macro for multiclass, the mean over the cuts for ordinal and macro
    for multilabel tasks. A column in which only one answer occurs is skipped.
    """
    areas = []
    for k in range(targets.shape[1]):
        known = ~np.isnan(targets[:, k])
        if _both_occur(targets[known, k]):
            areas.append(roc_auc_score(targets[known, k], probs[known, k], sample_weight=weights[known]))
    return mean_or_nan(areas)


def choices(task, targets, probs):
    """What was to be decided: ``(truth, said, known)`` of class numbers ``[M]``, one triple per decision.

    An exclusive task is one decision among its classes, a multilabel task one yes or no (bool) per class.
    Scores average over decisions and skip those in which only one answer occurs.
    """
    truth, said = task.class_probabilities(targets), task.decide(probs)
    known = ~np.isnan(truth)
    if task.exclusive:
        return [(truth.argmax(-1), said.argmax(-1), known.all(-1))]
    return [(truth[:, c] > 0.5, said[:, c], known[:, c]) for c in range(truth.shape[1])]


def decidable(task, targets):
    """The lesions that scores of decisions rest on, bool ``[N]``: a rater said what holds. Where classes were named as
    alternatives, no answer is right or wrong."""
    known = ~np.isnan(task.class_probabilities(known_entries(task, targets)))
    return (known.all(-1) if task.exclusive else known.any(-1)).any(-1)


def accuracy(truth, said, weights):
    return accuracy_score(truth, said, sample_weight=weights)


def macro_f1(truth, said, weights):
    """F1 averaged over the classes of an exclusive task; of "present" for one class of a multilabel task."""
    average = 'binary' if truth.dtype == bool else 'macro'
    return f1_score(truth, said, average=average, sample_weight=weights, zero_division=0)


def balanced_accuracy(truth, said, weights):
    """Mean recall of the classes that occur in the truth."""
    elsewhere = truth.max() + 1  # scikit-learn warns of classes that are only predicted: a miss is a miss
    said = np.where(np.isin(said, truth), said, elsewhere)
    return balanced_accuracy_score(truth, said, sample_weight=weights)


def agreement(task, one, other):
    """Cohen's kappa of two ``[N, K]`` answers (quadratic weights where classes are ordered), macro over decisions."""
    kappas = []
    for truth, said, known in choices(task, one, other):
        known = known & ~np.isnan(other).any(-1)
        a, b = truth[known].astype(int), said[known].astype(int)
        if len(np.union1d(a, b)) > 1:
            grades = range(len(task.classes)) if task.ordered else None
            kappas.append(cohen_kappa_score(a, b, labels=grades, weights='quadratic' if task.ordered else None))
    return mean_or_nan(kappas)


def kappa(task, targets, probs):
    """Agreement of the prediction with a rater, mean over raters."""
    return mean_or_nan([agreement(task, targets[:, r], probs) for r in range(targets.shape[1])])


def rater_kappa(task, targets):
    """Agreement of two raters with each other, mean over their pairs: what ``kappa`` can be compared with."""
    targets = known_entries(task, targets)
    return mean_or_nan([agreement(task, targets[:, r], targets[:, s])
                        for r, s in combinations(range(targets.shape[1]), 2)])


DECISION_SCORES = dict(accuracy=accuracy, macro_f1=macro_f1, balanced_accuracy=balanced_accuracy)


def score_task(task, targets, probs):
    """``{metric: float}`` of one task; nan where nothing is labelled, or where a probability is nan."""
    if np.isnan(probs).any():
        return dict.fromkeys(('auroc', *DECISION_SCORES, 'kappa'), np.nan)
    targets = known_entries(task, targets)
    rows, answers, weights = rater_rows(targets, probs)
    decided = [(truth[known], said[known], weights[known]) for truth, said, known in choices(task, rows, answers)]
    decided = [decision for decision in decided if _both_occur(decision[0])]
    return dict(
        auroc=auroc(rows, answers, weights),
        **{name: mean_or_nan([score(*decision) for decision in decided]) for name, score in DECISION_SCORES.items()},
        kappa=kappa(task, targets, probs))


def mean_or_nan(values):
    """Mean of the values that are not nan; nan, and no warning, where there is none."""
    values = np.asarray(values, float)
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else np.nan


def _both_occur(truth):
    return len(np.unique(truth)) > 1
