"""What a decision at a threshold is worth: operating points, and the net benefit of acting on a probability."""
from typing import NamedTuple

import numpy as np

from lopm.statistics.draws import interval, resample
from lopm.statistics.tables import precision, recall


class Point(NamedTuple):
    """A threshold and what it does: each ``(value, low, high)``."""

    threshold: float
    sensitivity: tuple
    specificity: tuple
    ppv: tuple
    npv: tuple


def threshold_at(sensitivity, probs, truth, weights=None):
    """The highest threshold at which so many of the positives are at or above it; chosen on validation.

    Args:
        probs: ``[N]``.
        truth: bool ``[N]``.
        weights: ``[N]``, default: alike.

    Raises:
        ValueError: There is no positive.
    """
    truth = np.asarray(truth, bool)
    if not truth.any():
        raise ValueError('no lesion of these classes is in the validation part; no threshold can be chosen on it')
    weights = np.ones(len(probs)) if weights is None else np.asarray(weights, float)
    order = np.argsort(-probs[truth], kind='stable')
    reached = weights[truth][order].cumsum() / weights[truth].sum()
    return float(probs[truth][order][np.searchsorted(reached, sensitivity - 1e-9)])


def operate(threshold, probs, truth, patients, weights=None, draws=1000, seed=0):
    """The ``Point`` of a threshold on a test part, patients drawn for the intervals."""
    sides = np.asarray(truth, int), (probs >= threshold).astype(int)
    tables = resample(patients, draws, seed).count(sides, (2, 2), weights)
    found, worth = recall(tables), precision(tables)
    return Point(threshold, *map(interval, (found[:, 1], found[:, 0], worth[:, 1], worth[:, 0])))


def net_benefit(probs, truth, thresholds, weights=None):
    """``{'model', 'all', 'none'}``: net benefit of treating by the model, everybody, nobody, at each threshold.

    True positives minus false positives at the odds of the threshold, per lesion (Vickers and Elkin, Medical Decision
    Making 2006): a threshold of 0.1 says that one missed lesion weighs as much as nine treated in vain.
    """
    weights = np.ones(len(probs)) if weights is None else np.asarray(weights, float)
    weights = weights / weights.sum()
    truth, thresholds = np.asarray(truth, bool), np.asarray(thresholds, float)
    odds = thresholds / (1 - thresholds)
    treated = probs[None] >= thresholds[:, None]
    tp, fp = treated @ (weights * truth), treated @ (weights * ~truth)
    share = (weights * truth).sum()
    return {'model': tp - odds * fp, 'all': share - odds * (1 - share), 'none': np.zeros(len(thresholds))}
