"""Does what is there rank above what is not? Scores of an order, whatever the numbers that make it.

A score in ``SCORES`` is given of every task, in tests and in all intervals: ``score(probs, weights, targets)`` of
``[M, K]`` probabilities under each of ``[B, M]`` weights is ``[B]``; nan in ``[M, K]`` targets is unknown.
"""
import numpy as np

from lopm.statistics.draws import FEWEST, Interval
from lopm.statistics.means import known_mean, ratio

Z = 1.96  # of a 95 % interval


def auroc(probs, weights, targets):
    """Mean over columns of the area under the ROC curve. A column in which a draw has only one answer is skipped in it.

    In the ``[..., K]`` form of ``lopm.tasks`` this is one-vs-rest macro for multiclass, the mean over the cuts for
    ordinal and macro for multilabel tasks.
    """
    known = ~np.isnan(targets)
    return known_mean([area(probs[k, c], weights[:, k], targets[k, c]) for c, k in enumerate(known.T)])


def area(values, weights, positive):
    """P(a positive ranks above a negative), ties half, under each of ``[B, M]`` weights: ``[B]``; nan without either.

    (Hanley and McNeil, Radiology 1982.) ``values``, ``positive``: ``[M]``.

    >>> area(np.array([0.1, 0.4, 0.4, 0.9]), np.ones((1, 4)), np.array([0, 0, 1, 1])).tolist()
    [0.875]
    """
    ordered, rank = np.unique(values, return_inverse=True)
    order = np.argsort(rank, kind='stable')
    starts = np.searchsorted(rank[order], np.arange(len(ordered)))
    weights, positive = weights[:, order], positive[order]
    positive, negative = (np.add.reduceat(weights * side, starts, axis=1) for side in (positive, 1 - positive))
    return ratio((positive * lying_below(negative)).sum(1), positive.sum(1) * negative.sum(1))


SCORES = {'auroc': auroc}


def lying_below(counts):
    """Of ordered values with counts ``[..., V]`` how many lie below each, half of those equal to it among them.

    >>> lying_below(np.array([2, 4, 1])).tolist()
    [1.0, 4.0, 6.5]
    """
    return counts.cumsum(-1) - counts / 2


def rank(values, weights):
    """Share of the weight that lies below each of ``[N]`` values, ties half: ``[N]``."""
    _, place = np.unique(values, return_inverse=True)
    at = np.bincount(place, weights)
    return (lying_below(at) / at.sum())[place] if len(at) else np.zeros(0)


def clustered_area(values, weights, positive, groups):
    """``area`` of ``[N]`` rows as an ``Interval`` that knows which rows are of one patient.

    Obuchowski, Biometrics 1997: the variance of the patients' sums of placements. With a row a patient: DeLong's.
    """
    sides = weights * positive, weights * ~positive
    if not all(side.any() for side in sides):
        return Interval(np.nan, np.nan, np.nan)
    below = rank(values, sides[1])  # share of the negatives that lie below
    above = 1 - rank(values, sides[0])
    found = (sides[0] * below).sum() / sides[0].sum()
    shares = sides[0] / sides[0].sum() * (below - found) + sides[1] / sides[1].sum() * (above - found)
    _, group = np.unique(groups, return_inverse=True)
    number = group.max() + 1
    if number < FEWEST:
        return Interval(float(found), np.nan, np.nan)
    error = np.sqrt((np.bincount(group, shares) ** 2).sum() * number / (number - 1))
    return Interval(float(found), float(max(0, found - Z * error)), float(min(1, found + Z * error)))


def spearman(values, weights, grades, drawn):
    """Rank correlation of ``[N]`` values and grades as an ``Interval``, the ranks being those of the whole sample."""
    x, y = rank(values, weights), rank(grades, weights)
    terms = weights[:, None] * np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], 1)
    return drawn.estimate(_correlation, drawn.sum_by_group(terms))


def _correlation(sums):
    n, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    return ratio(n * xy - x * y, np.sqrt(np.maximum(0, (n * xx - x * x) * (n * yy - y * y))))
