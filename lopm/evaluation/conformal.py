"""Sets of classes that hold the true one with a wanted probability: split conformal prediction.

A score says how ill a class suits a lesion; the limit is its quantile on a calibration part, so that the sets of new
lesions from the same population cover the truth in at least 1 - alpha of them, whatever the model (Vovk et al., 2005).
That is a promise about the average. With groups (Mondrian) it holds within each, at the price of larger sets.

MAPIE, the well-kept library of this, gives the same sets (a test compares them) but wants an estimator that it calls,
not predictions that were made, and has no limits by class or group.
"""
from typing import NamedTuple

import numpy as np

SCORES = ('lac', 'aps', 'raps')


def scores(probs, method='lac', seed=0, penalty=0.01, free=1):
    """Nonconformity of every class, ``[N, C]``, from class probabilities ``[N, C]`` that sum to 1.

    Args:
        method: ``lac``: 1 - p (Sadinle et al., JASA 2019), the smallest sets. ``aps``: the probability of all classes
            above it, and a random part of its own (Romano et al., NeurIPS 2020), sets that adapt to the lesion.
            ``raps``: ``aps`` plus ``penalty`` for every rank beyond ``free`` (Angelopoulos et al., ICLR 2021).
        seed: Of the random part.
    """
    if method not in SCORES:
        raise ValueError(f'conformal method {method!r} is none of {", ".join(SCORES)}')
    if method == 'lac':
        return 1 - probs
    order = np.argsort(-probs, 1)
    rank = np.argsort(order, 1)
    above = np.take_along_axis(np.take_along_axis(probs, order, 1).cumsum(1), rank, 1) - probs
    chance = np.random.default_rng(seed).random((len(probs), 1))
    added = penalty * np.maximum(rank + 1 - free, 0) if method == 'raps' else 0
    return above + chance * probs + added


def limits(true_scores, groups, alpha=0.1):
    """The limit of each group, ``{group: float}``: the ceil((n + 1)(1 - alpha))-th smallest of its n scores.

    inf, all classes, where a group has too few for that: under 1 / alpha - 1.
    """
    found = {}
    for group in np.unique(groups):
        own = np.sort(true_scores[groups == group])
        rank = int(np.ceil((len(own) + 1) * (1 - alpha)))
        found[group] = float(own[rank - 1]) if rank <= len(own) else np.inf
    return found


def fit_margin(truth, low, high, alpha=0.1):
    """By how much intervals ``[low, high]`` of numbers have to grow (or may shrink, below 0) on either side to hold the
    truth in at least 1 - alpha of new lesions; inf where ``truth`` ``[N]`` has too few for that.

    Conformalized quantile regression (Romano et al., NeurIPS 2019, equations 6 and 8).
    """
    outside = np.maximum(low - truth, truth - high)
    return limits(outside, np.zeros(len(outside), int), alpha)[0]


class Conformal(NamedTuple):
    """What ``fit`` found: limits by group; by class where ``by_class``."""

    method: str
    alpha: float
    limits: dict
    by_class: bool
    seed: int


def fit(probs, truth, alpha=0.1, method='lac', groups=None, by_class=False, seed=0):
    """Limits from a calibration part.

    Args:
        probs: Class probabilities ``[N, C]``; ``truth``: class numbers ``[N]``.
        groups: ``[N]``, such as site or device; None: one group.
        by_class: A limit for each class (class-conditional): rare classes are covered, too.

    Raises:
        ValueError: Both groups and classes; a probability is nan.
    """
    if groups is not None and by_class:
        raise ValueError('conformal sets are by group or by class, not both; choose one')
    if np.isnan(probs).any():
        raise ValueError('a probability is nan; a lesion that was not found gets the prior first')
    own = np.take_along_axis(scores(probs, method, seed), truth[:, None], 1)[:, 0]
    keys = truth if by_class else np.zeros(len(truth), int) if groups is None else np.asarray(groups)
    return Conformal(method, alpha, limits(own, keys, alpha), by_class, seed)


def predict(conformal, probs, groups=None):
    """Which classes are in the set of each lesion, bool ``[N, C]``. A group or class that calibration lacked: all."""
    given = scores(probs, conformal.method, conformal.seed + 1)
    if conformal.by_class:
        limit = np.array([conformal.limits.get(c, np.inf) for c in range(probs.shape[1])])
        return given <= limit
    keys = np.zeros(len(probs), int) if groups is None else groups
    return given <= np.array([conformal.limits.get(key, np.inf) for key in keys])[:, None]


def coverage(sets, truth, groups=None):
    """``{group: (share of sets that hold the truth, mean size, n)}``; ``'all'`` beside every group."""
    hit, size = np.take_along_axis(sets, truth[:, None], 1)[:, 0], sets.sum(1)
    chosen = {'all': np.ones(len(truth), bool)}
    if groups is not None:
        chosen.update({group: np.asarray(groups) == group for group in np.unique(groups)})
    return {group: (float(hit[rows].mean()), float(size[rows].mean()), int(rows.sum()))
            for group, rows in chosen.items()}
