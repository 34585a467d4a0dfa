"""When to say "I do not know": how wrong the answers are that are given, as fewer and fewer are given.

El-Yaniv and Wiener, JMLR 2010; Geifman and El-Yaniv, NeurIPS 2017.
"""
import numpy as np


def risk_coverage(confidence, wrong, weights=None):
    """``(coverage, risk)``, each ``[M]``: of the surest answers, how many they are and how wrong.

    Answers of equal confidence are given together: there is no telling them apart.

    Args:
        confidence: ``[N]``.
        wrong: ``[N]`` in [0, 1].
        weights: ``[N]``, default: alike.
    """
    weights = np.ones(len(confidence)) if weights is None else np.asarray(weights, float)
    order = np.argsort(-confidence, kind='stable')
    mass, errors = weights[order].cumsum(), (weights * wrong)[order].cumsum()
    last = np.append(np.diff(confidence[order]) != 0, True)
    return mass[last] / mass[-1], errors[last] / np.maximum(mass[last], 1e-12)


def area(confidence, wrong, weights=None):
    """Area under the risk-coverage curve (AURC), 0 at best: risk averaged over coverage."""
    covered, risk = risk_coverage(confidence, wrong, weights)
    return float((np.diff(covered, prepend=0) * risk).sum())


def threshold_for(confidence, wrong, most, weights=None):
    """The least confidence at which answers are given so that no more than ``most`` of them are wrong.

    To be chosen on validation and used on test. inf where even the surest answers are wrong more often.
    """
    covered, risk = risk_coverage(confidence, wrong, weights)
    allowed = np.flatnonzero(risk <= most)
    if not len(allowed):
        return np.inf
    return float(np.unique(confidence)[::-1][allowed[-1]])


def at_threshold(confidence, wrong, threshold, weights=None):
    """``(coverage, risk)`` of the answers at least so sure; risk nan where none is."""
    weights = np.ones(len(confidence)) if weights is None else np.asarray(weights, float)
    given = confidence >= threshold
    mass = weights[given].sum()
    return float(mass / weights.sum()), float((weights * wrong)[given].sum() / mass) if mass else np.nan
