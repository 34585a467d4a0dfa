"""How sure is a figure? Patients are drawn with replacement, a thousand times at once, and every draw is scored.

A draw says how often each group of rows (a patient, or a photograph that names none) was drawn. The first one is the
sample itself, every group once: its score is the figure, the scores of the others are the interval.

A statistic of counts needs no rows: they are summed by group once, and all draws are one matrix product
``[1 + B, G] @ [G, cells]``. Time and memory grow with draws times groups (8 MB for a thousand of each), not
with rows.
"""
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

FEWEST = 10  # groups below which an interval would be a guess
MOST_LOST = 0.05  # of the draws may have no value


class Interval(NamedTuple):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Draws:
    """Draws of the G groups that N rows belong to.

    Attributes:
        group: Number of each row's group, ``[N]``.
        times: How often each group was drawn, float ``[1 + B, G]``; the first line, all ones, is the sample itself.
    """

    group: np.ndarray
    times: np.ndarray

    @property
    def number(self):
        """How many groups there are, G."""
        return self.times.shape[1]

    @property
    def weights(self):
        """How often each row was drawn, ``[1 + B, N]``."""
        return self.times[:, self.group]

    def of(self, rows):
        """The same draws of some of the rows, by number (one may come several times) or bool."""
        return Draws(self.group[rows], self.times)

    def sum_by_group(self, values):
        """Values ``[N, ...]`` of the rows summed by group, ``[G, ...]``."""
        sums = np.zeros((self.number, *values.shape[1:]))
        np.add.at(sums, self.group, values)
        return sums

    def count_by_group(self, codes, shape, weights=None):
        """Tables of counts ``[G, *shape]``.

        Args:
            codes: Each row's cell: one int ``[N]`` per axis of ``shape``.
            weights: What each row counts, ``[N]``; None: 1.
        """
        full = self.number, *shape
        cells = np.ravel_multi_index((self.group, *codes), full)
        return np.bincount(cells, weights, minlength=np.prod(full)).reshape(full).astype(float)

    def totals(self, by_group):
        """``[G, ...]`` summed over the groups of each draw: ``[1 + B, ...]``."""
        flat = self.times @ by_group.reshape(len(by_group), -1)
        return flat.reshape(len(self.times), *by_group.shape[1:])

    def count(self, codes, shape, weights=None):
        """Tables of counts under every draw, ``[1 + B, *shape]``; arguments as of ``count_by_group``."""
        return self.totals(self.count_by_group(codes, shape, weights))

    def estimate(self, statistic, by_group, recenter=False):
        """``Interval`` of ``statistic([..., cells])``; without ends where they would be a guess.

        Args:
            by_group: ``[G, ...]``, what the statistic is of, of each group.
            recenter: Move the interval by the draws' own bias, not below 0. Statistics of association grow with noise,
                which drawing adds once more.
        """
        values = statistic(self.totals(by_group))
        value, low, high = interval(values)
        contributing = by_group.reshape(len(by_group), -1).any(1).sum()
        if np.isnan(value) or contributing < FEWEST or np.isnan(values[1:]).mean() > MOST_LOST:
            return Interval(value, np.nan, np.nan)
        if recenter:
            middle = np.nanmedian(values[1:])
            low, high = (float(np.maximum(0, end + value - middle)) for end in (low, high))
        return Interval(value, low, high)


def resample(groups, num=1000, seed=0):
    """``Draws`` with replacement of the groups of rows, ``[N]`` of any kind, each time as many as there are."""
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    count = group.max() + 1
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=num)
    return Draws(group, np.concatenate([np.ones((1, count)), drawn]))


def once(number):
    """The ``Draws`` that a figure without an interval is of: ``number`` rows, each once."""
    return Draws(np.zeros(number, int), np.ones((1, 1)))


def interval(values):
    """``Interval`` of a figure's draws ``[1 + B]``: that of the sample, and the 2.5th and 97.5th percentile of the
    others; draws without a value are left out."""
    if np.isnan(values[1:]).all():
        return Interval(float(values[0]), np.nan, np.nan)
    return Interval(float(values[0]), *np.nanpercentile(values[1:], [2.5, 97.5]).tolist())


class Comparison(NamedTuple):
    """Scores of two methods, their difference ``a - b`` and its 95 % interval."""

    a: float
    b: float
    difference: float
    low: float
    high: float


def paired_bootstrap(score, a, b, groups, num=1000, seed=0):
    """``Comparison`` of two methods on the same rows, seeds averaged, under the same draws.

    Args:
        score: ``score(predictions, weights [B, N]) -> [B]``, for instance ``means.weighted_mean``, or
            ``ranking.auroc`` with its targets bound.
        a, b: One entry per seed, what ``score`` takes for predictions, of the same N rows in the same order.
        groups: ``[N]``, the patient (or, without patients, photograph) of each row.
    """
    weights = resample(groups, num, seed).weights
    a, b = (np.mean([score(predictions, weights) for predictions in method], axis=0) for method in (a, b))
    return Comparison(float(a[0]), float(b[0]), *interval(a - b))
