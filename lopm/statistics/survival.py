"""How well is a time to an event foretold, of people of whom many were only followed for a while (censored)?

Every score is ``score(said, time, event, weights, ...)`` of what was said ``[N]``, the time of the event or of the last
visit ``[N]`` and whether the event was seen (bool ``[N]``), under each of ``[B, N]`` weights: ``[B]``, nan where that
cannot be said. What censoring hides is made up for by weighting whoever was seen by one over the probability of having
been seen (IPCW), by the censoring of the same rows. Ties: an event comes before a censoring at the same time.
"""
from typing import NamedTuple

import numpy as np

from lopm.statistics.draws import Interval
from lopm.statistics.means import ratio, weighted_mean
from lopm.statistics.ranking import area, rank

TAIL, Z = 0.025, 1.959963984540054  # what an interval of 95 % leaves out on either side, and the normal limit there
BLOCK = 256  # events that are held against all rows at once


class Curve(NamedTuple):
    """A curve that steps down at ``times`` ``[T]``, to ``height`` ``[B, T]``."""

    times: np.ndarray
    height: np.ndarray

    def at(self, when):
        """Its height at each of some times, ``[B, M]``, steps at that time done; beyond the last one, as there."""
        height = np.concatenate([np.ones((len(self.height), 1)), self.height], 1)
        return height[:, np.searchsorted(self.times, np.atleast_1d(when), side='right')]


def kaplan_meier(time, event, weights, censoring=False):
    """The ``Curve`` of the share without the event (Kaplan and Meier, JASA 1958), or, with ``censoring``, of the
    probability of still being followed, in which events are what hides.

    >>> curve = kaplan_meier(np.array([1, 2, 2, 3]), np.array([True, True, False, True]), np.ones((1, 4)))
    >>> curve.at([0, 1, 2.5, 3]).tolist()
    [[1.0, 0.75, 0.5, 0.0]]
    """
    times, left, at_risk = _leaving(time, event, weights, censoring)
    return Curve(times, (1 - np.nan_to_num(ratio(left, at_risk))).cumprod(1))


def kaplan_meier_band(time, event, weights):
    """An ``Interval`` of ``Curve``s: ``kaplan_meier`` and its 95 % limits at each time by itself, Greenwood's variance
    on the scale of log(-log) (Kalbfleisch and Prentice 1980), which keeps them within 0 and 1.

    Every row is taken for a person of its own. Before the first event both limits are 1, and 0 where nobody is left.
    """
    times, struck, at_risk = _leaving(time, event, weights)
    free = (1 - np.nan_to_num(ratio(struck, at_risk))).cumprod(1)
    error = np.sqrt(np.nan_to_num(ratio(struck, at_risk * (at_risk - struck))).cumsum(1))
    wide = np.exp(Z * np.nan_to_num(ratio(error, -np.log(np.maximum(free, np.finfo(float).tiny)))))
    return Interval(*(Curve(times, free ** power) for power in (1, wide, 1 / wide)))


def _leaving(time, event, weights, censoring=False):
    """``(times [T], who leaves at each [B, T], who was there until then [B, T])``, as ``kaplan_meier`` counts them."""
    times, place = np.unique(time, return_inverse=True)
    order = np.argsort(place, kind='stable')
    starts = np.searchsorted(place[order], np.arange(len(times)))
    weights, event = weights[:, order], event[order]
    struck, lost = (np.add.reduceat(weights * side, starts, axis=1) for side in (event, ~event))
    later = _later(struck + lost)
    return (times, lost, later + lost) if censoring else (times, struck, later + struck + lost)


def at_risk(when, time, weights):
    """How many are followed, without the event before, until each of some times: ``[B, M]``."""
    return weights @ (time[:, None] >= np.atleast_1d(when))


def observed_by(horizon, time, event, weights):
    """The share with the event by a horizon, 1 - Kaplan-Meier; nan where nobody was followed that long, unless all had
    it before."""
    free = kaplan_meier(time, event, weights).at(horizon)[:, 0]
    followed = at_risk(horizon, time, weights)[:, 0] > 0
    return np.where(followed | (free <= 0), 1 - free, np.nan)


def observed_between(horizon, time, event, weights):
    """The ``Interval`` of ``observed_by``, ``[B]`` each: by ``kaplan_meier_band``. Where no event came there is no
    variance, and the upper limit is the exact one of so many people as were followed that long (Clopper and Pearson,
    Biometrika 1934): whoever was lost on the way is left out of it, which makes it no tighter.
    """
    came = observed_by(horizon, time, event, weights)
    low, high = (1 - curve.at(horizon)[:, 0] for curve in kaplan_meier_band(time, event, weights)[:0:-1])
    exact = 1 - TAIL ** ratio(1, at_risk(horizon, time, weights)[:, 0])
    known = ~np.isnan(came)
    return Interval(came, np.where(known, low, np.nan), np.where(known, np.where(came > 0, high, exact), np.nan))


def harrell(risk, time, event, weights):
    """P(of two people whose order is known, the higher risk had the event first), ties of risk half.

    Harrell et al., JAMA 1982. The order is known where the earlier time is an event. Two events at one time have none.

    >>> harrell(np.array([3, 1, 2]), np.array([1., 2, 3]), np.array([True, True, False]), np.ones((1, 3))).tolist()
    [0.6666666666666666]
    """
    return _concordance(risk, time, event, np.flatnonzero(event), weights, weights)


def uno(risk, time, event, weights, until=np.inf):
    """As ``harrell``, of events before ``until``, and not depending on how long people happened to be followed: each
    pair counts one over the squared probability of being followed until its event (Uno et al., Stat Med 2011)."""
    followed = kaplan_meier(time, event, weights, censoring=True).at(time)
    struck = np.flatnonzero(event & (time < until))
    return _concordance(risk, time, event, struck, _over(weights, followed ** 2), weights)


def _concordance(risk, time, event, struck, first, second):
    """Share of pairs in order, under weights ``first`` ``[B, N]`` of whoever has the event, one of the rows ``struck``,
    and ``second`` of who is later."""
    pairs, in_order = np.zeros((2, len(first)))
    for i in np.split(struck, range(BLOCK, len(struck), BLOCK)):
        later = (time > time[i, None]) | (time == time[i, None]) & ~event
        below = later * ((risk < risk[i, None]) + 0.5 * (risk == risk[i, None]))
        pairs += (first[:, i] @ later.astype(float) * second).sum(1)
        in_order += (first[:, i] @ below * second).sum(1)
    return ratio(in_order, pairs)


def auroc_at(horizon, risk, time, event, weights):
    """P(who had the event by a horizon ranks above who was seen free of it beyond), ties half.

    Cumulative cases, dynamic controls: Uno et al., JASA 2007; Hung and Chiang, Can J Stat 2010.
    """
    case, control = event & (time <= horizon), time > horizon
    followed = kaplan_meier(time, event, weights, censoring=True).at(time)
    return area(risk, np.where(case, _over(weights, followed), weights * control), case.astype(float))


def brier_at(horizon, p, time, event, weights):
    """Mean squared distance of ``p``, the probability of the event by a horizon, from what happened: 0 is perfect.

    Graf et al., Stat Med 1999. nan where nobody was followed until the horizon.
    """
    case, control = event & (time <= horizon), time > horizon
    censoring = kaplan_meier(time, event, weights, censoring=True)
    followed = censoring.at(horizon)
    distance = _over(weights * case, censoring.at(time)) @ (1 - p) ** 2
    distance += _over(weights * control, np.broadcast_to(followed, weights.shape)) @ p ** 2
    return np.where(followed[:, 0] > 0, ratio(distance, weights.sum(1)), np.nan)


def mean_over(horizons, values):
    """The mean of scores ``[H, B]`` over the time between the first and the last of ``[H]`` horizons, straight between
    them; nan of a single one. Of Brier scores: the integrated Brier score."""
    horizons, values = np.asarray(horizons, float), np.asarray(values)
    area_below = np.diff(horizons) @ ((values[1:] + values[:-1]) / 2)
    return ratio(area_below, horizons[-1] - horizons[0])


def calibration_at(horizon, p, time, event, weights, groups=1):
    """What was said and what came: mean ``p`` of the event by a horizon, and ``observed_by`` it, ``[B, G]`` each, of
    groups of rising risk that are alike in size in the sample (the first line of ``weights``)."""
    group = risk_groups(p, weights, groups)
    inside = [group == g for g in range(groups)]
    said = [weighted_mean(p[own], weights[:, own]) for own in inside]
    came = [observed_by(horizon, time[own], event[own], weights[:, own]) for own in inside]
    return np.stack(said, 1), np.stack(came, 1)


def risk_groups(risk, weights, groups):
    """The group of each, int ``[N]``, of so many groups of rising risk that are alike in size in the sample (the first
    line of ``weights``). Those of one risk are in one group, so that some may be empty."""
    return np.minimum((rank(risk, weights[0]) * groups).astype(int), groups - 1)


def _over(weights, followed):
    """Weights over the probability of having been followed; nan where that is 0, but for rows that were not drawn."""
    return np.where(weights > 0, ratio(weights, followed), 0)


def _later(counts):
    """Of ordered counts ``[B, T]`` how many lie above each; exactly 0 where none does."""
    return np.concatenate([counts[:, :0:-1].cumsum(1)[:, ::-1], np.zeros((len(counts), min(1, counts.shape[1])))], 1)
