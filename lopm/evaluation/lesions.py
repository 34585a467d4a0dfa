"""Scores of one task from what several raters said and what was predicted, lesion by lesion.

Targets are ``[N, R, K]`` (N lesions, R raters, nan where unknown), probabilities ``[N, K]``, in the form of
``lopm.tasks``. A (lesion, rater) pair is one row of weight 1/raters, so that every lesion counts once. Which scores
there are stands in ``SCORES`` of ``lopm.statistics.ranking`` and ``lopm.statistics.tables``.
"""
from itertools import combinations

import numpy as np

from lopm.statistics import ranking, tables
from lopm.statistics.draws import once
from lopm.statistics.means import known_mean

WORDS = (*ranking.SCORES, *tables.SCORES, 'kappa')


def rater_rows(targets):
    """One row per (lesion, rater) with an answer: targets ``[M, K]``, number of the lesion and weight, ``[M]`` each."""
    answered = ~np.isnan(targets).all(-1)
    lesion, rater = np.nonzero(answered)
    return targets[lesion, rater], lesion, 1 / answered.sum(1)[lesion]


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
    known = ~np.isnan(task.class_probabilities(task.known_entries(targets)))
    return (known.all(-1) if task.exclusive else known.any(-1)).any(-1)


def count_choices(task, one, other, drawn, weights=None):
    """What ``one`` ``[N, K]`` named by what ``other`` did: a table per decision and draw, ``[D, 1 + B, C, C]``.

    Args:
        drawn: ``Draws`` of the N rows. weights: What each row counts, ``[N]``; None: 1.
    """
    size = len(task.classes) if task.exclusive else 2
    weights = np.ones(len(one)) if weights is None else weights
    counted = []
    for truth, said, known in choices(task, one, other):
        known = known & ~np.isnan(other).any(-1)
        codes = truth[known].astype(int), said[known].astype(int)
        counted.append(drawn.of(known).count(codes, (size, size), weights[known]))
    return np.stack(counted)


def score_draws(task, targets, probs, drawn):
    """``{score: [1 + B]}`` of one task under every draw of its lesions; nan where nothing is labelled.

    Scores of decisions are means over those in which two answers occur in the sample. Kappa is that of the prediction
    with a rater, mean over raters.
    """
    targets = task.known_entries(targets)
    rows, lesion, share = rater_rows(targets)
    answers, own = probs[lesion], drawn.of(lesion)
    weights = own.weights * share
    scores = {name: score(answers, weights, rows) for name, score in ranking.SCORES.items()}
    counted = count_choices(task, rows, answers, own, share)
    counted = counted[counted[:, 0].any(-1).sum(-1) > 1]
    scores.update({name: known_mean(score(counted, not task.exclusive)) for name, score in tables.SCORES.items()})
    scores['kappa'] = known_mean([agreement(task, targets[:, r], probs, drawn) for r in range(targets.shape[1])])
    return scores


def score_task(task, targets, probs):
    """``{score: float}`` of one task: ``score_draws`` of the sample alone; nan, too, where a probability is nan."""
    if np.isnan(probs).any():
        return dict.fromkeys(WORDS, np.nan)
    return {name: float(values[0]) for name, values in score_draws(task, targets, probs, once(len(probs))).items()}


def agreement(task, one, other, drawn):
    """Cohen's kappa of two ``[N, K]`` answers (quadratic weights where classes are ordered), mean over decisions, under
    every draw."""
    return known_mean(tables.cohen_kappa(count_choices(task, one, other, drawn), task.ordered))


def rater_kappa(task, targets):
    """Agreement of two raters with each other, mean over their pairs: what ``kappa`` can be compared with."""
    targets = task.known_entries(targets)
    pairs = combinations(range(targets.shape[1]), 2)
    return float(known_mean([agreement(task, targets[:, r], targets[:, s], once(len(targets)))[0] for r, s in pairs]))
