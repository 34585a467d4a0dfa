"""Is one method better than another? Seeds averaged, patients resampled in pairs, a 95 % interval of the difference.

A resampling is a vector of weights, how often each row's patient was drawn, so that a thousand are scored at once.
"""
from typing import NamedTuple

import numpy as np


class Comparison(NamedTuple):
    """Scores of two methods, their difference ``a - b`` and its 95 % interval."""

    a: float
    b: float
    difference: float
    low: float
    high: float


def paired_bootstrap(score, a, b, groups, num=1000, seed=0):
    """Compare two methods on the same rows.

    Args:
        score: ``score(predictions, weights [B, N]) -> [B]``, for instance ``weighted_mean``, or ``weighted_auroc`` with
            its targets bound.
        a, b: One entry per seed, what ``score`` takes for predictions, of the same N rows in the same order.
        groups: ``[N]``, the patient (or, without patients, photograph) of each row; they are drawn with replacement.
        num: Number of resamplings; one on which a score is nan (a class was never drawn) is left out.

    Returns:
        ``Comparison``; the interval is the 2.5th to 97.5th percentile.
    """
    group, draws = resample(groups, num, seed)
    weights = draws[:, group]
    a, b = (np.mean([score(predictions, weights) for predictions in method], axis=0) for method in (a, b))
    low, high = np.nanpercentile((a - b)[1:], [2.5, 97.5])
    return Comparison(*map(float, (a[0], b[0], a[0] - b[0], low, high)))


def resample(groups, num=1000, seed=0):
    """Draw the G groups of ``[N]`` rows with replacement.

    Returns:
        Number of each row's group, ``[N]``, and how often each group was drawn, float ``[1 + num, G]``; the first
        line, all ones, is the sample itself.
    """
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    count = group.max() + 1
    draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=num)
    return group, np.concatenate([np.ones((1, count)), draws])


def weighted_mean(values, weights):
    """Mean of ``[N]`` values, for instance Jaccard per photograph, under each of ``[B, N]`` weights; nan left out."""
    known = ~np.isnan(values)
    return ratio(weights[:, known] @ values[known], weights[:, known].sum(1))


def weighted_auroc(probs, weights, targets):
    """``lopm.evaluation.lesions.auroc`` under each of ``[B, M]`` weights: mean over columns of the areas under the ROC.

    ``probs`` and ``targets`` are ``[M, K]``, nan targets unknown. A column in which a resampling has only one
    answer is skipped in it.
    """
    areas = []
    for column, target in zip(probs.T, targets.T):
        known = ~np.isnan(target)
        areas.append(_area(column[known], target[known], weights[:, known]))
    areas = np.array(areas)
    return ratio(np.nan_to_num(areas).sum(0), (~np.isnan(areas)).sum(0))


def _area(probs, target, weights):
    """P(a positive ranks above a negative), ties half: ``[B]``. (Hanley and McNeil, Radiology 1982.)"""
    values, rank = np.unique(probs, return_inverse=True)
    order = np.argsort(rank, kind='stable')
    starts = np.searchsorted(rank[order], np.arange(len(values)))
    positive = (weights * target)[:, order]
    negative = (weights * (1 - target))[:, order]
    if not len(values):
        return np.full(len(weights), np.nan)
    negative = np.add.reduceat(negative, starts, axis=1)
    positive = np.add.reduceat(positive, starts, axis=1)
    below = negative.cumsum(1) - negative / 2
    return ratio((positive * below).sum(1), positive.sum(1) * negative.sum(1))


def ratio(above, below):
    """The quotient where ``below`` is positive, nan elsewhere."""
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=np.asarray(below) > 0)
