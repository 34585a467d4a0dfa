"""Scores of answers in words: what was to be decided, what was said, under every draw of the lesions.

Targets are ``[N, R, K]`` (N lesions, R raters, nan where unknown), answers ``[N, K]``. A (lesion, rater) pair is one
row of weight 1/raters, so that every lesion counts once. Which scores there are stands in ``SCORES`` of
``lopm.statistics.ranking`` and ``lopm.statistics.tables``.
"""
from itertools import combinations
from typing import NamedTuple

import numpy as np

from lopm.statistics import ranking, tables
from lopm.statistics.draws import once
from lopm.statistics.means import known_mean
from lopm.statistics.raters import rater_rows

SCORE_NAMES = (*ranking.SCORES, *tables.SCORES, 'kappa')


class Choice(NamedTuple):
    """One decision of M rows: class numbers (yes or no: bool) that are true and said, and whether the truth is known.

    An exclusive task is one decision among its classes, a multilabel task one yes or no per class. Scores average over
    decisions and skip those in which only one answer occurs.
    """

    truth: np.ndarray
    said: np.ndarray
    known: np.ndarray


def count_choices(task, one, other, drawn, weights=None):
    """What ``one`` ``[N, K]`` named by what ``other`` did: a table per decision and draw, ``[D, 1 + B, C, C]``.

    Args:
        drawn: ``Draws`` of the N rows. weights: What each row counts, ``[N]``; None: 1.
    """
    size = len(task.classes) if task.exclusive else 2
    weights = np.ones(len(one)) if weights is None else weights
    counted = []
    for truth, said, known in task.choices(one, other):
        known = known & ~np.isnan(other).any(-1)
        codes = truth[known].astype(int), said[known].astype(int)
        counted.append(drawn.of(known).count(codes, (size, size), weights[known]))
    return np.stack(counted)


def score_draws(task, targets, answers, drawn):
    """``{score: [1 + B]}`` of one task under every draw of its lesions; nan where nothing is labelled.

    Scores of decisions are means over those in which two answers occur in the sample. Kappa is that of the prediction
    with a rater, mean over raters.
    """
    targets = task.known_entries(targets)
    rows, lesion, share = rater_rows(targets)
    said, own = answers[lesion], drawn.of(lesion)
    weights = own.weights * share
    scores = {name: score(said, weights, rows) for name, score in ranking.SCORES.items()}
    counted = count_choices(task, rows, said, own, share)
    counted = counted[counted[:, 0].any(-1).sum(-1) > 1]
    scores.update({name: known_mean(score(counted, not task.exclusive)) for name, score in tables.SCORES.items()})
    scores['kappa'] = known_mean([agreement(task, targets[:, r], answers, drawn) for r in range(targets.shape[1])])
    return scores


def agreement(task, one, other, drawn):
    """Cohen's kappa of two ``[N, K]`` answers (quadratic weights where classes are ordered), mean over decisions, under
    every draw."""
    return known_mean(tables.cohen_kappa(count_choices(task, one, other, drawn), task.ordered))


def rater_kappa(task, targets):
    """Agreement of two raters with each other, mean over their pairs: what ``kappa`` can be compared with."""
    targets = task.known_entries(targets)
    pairs = combinations(range(targets.shape[1]), 2)
    return float(known_mean([agreement(task, targets[:, r], targets[:, s], once(len(targets)))[0] for r, s in pairs]))
