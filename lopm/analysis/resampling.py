"""95 % intervals: patients are drawn with replacement, a thousand times at once.

A statistic here is a function of a table of counts that is a sum over lesions. So the lesions are summed by patient
once, and all resamplings are one matrix product: ``[1 + B, G] @ [G, cells]``. Time and memory grow with B times the
number of patients G (8 MB per thousand), not with the lesions.
"""
from typing import NamedTuple

import numpy as np

from lopm.evaluation.compare import resample

FEWEST = 10  # patients below which an interval would be a guess
MOST_LOST = 0.05  # of the resamplings may have no value


class Estimate(NamedTuple):
    value: float
    low: float
    high: float


class Patients:
    """The patients of a ``Table`` and their resamplings, the same for every statistic."""

    def __init__(self, groups, num=1000, seed=0):
        self.group, self.draws = resample(groups, num, seed)
        self.number = self.draws.shape[1]

    def tabulate(self, rows, codes, shape, weights=None):
        """Counts by patient, ``[G, *shape]``, of M entries.

        Args:
            rows: Row of the table that each entry belongs to, int ``[M]``.
            codes: Its cell: one int ``[M]`` per axis of ``shape``.
            weights: What it counts, ``[M]``; None: 1.
        """
        full = self.number, *shape
        cells = np.ravel_multi_index((self.group[rows], *codes), full)
        return np.bincount(cells, weights, minlength=np.prod(full)).reshape(full).astype(float)

    def totals(self, by_patient):
        """``[G, ...]`` summed over the sample itself and over each resampling: ``[1 + B, ...]``."""
        flat = self.draws @ by_patient.reshape(self.number, -1)
        return flat.reshape(len(self.draws), *by_patient.shape[1:])

    def estimate(self, statistic, by_patient, recenter=False):
        """``statistic([..., cells])`` of the sample, and its interval.

        Args:
            recenter: Move the interval by the resamplings' own bias, not below 0. Statistics of association grow
                with noise, which resampling adds once more.
        """
        value, *resampled = statistic(self.totals(by_patient))
        resampled = np.array(resampled)
        contributing = by_patient.reshape(self.number, -1).any(1).sum()
        if np.isnan(value) or contributing < FEWEST or np.isnan(resampled).mean() > MOST_LOST:
            return Estimate(float(value), np.nan, np.nan)
        interval = np.nanpercentile(resampled, [2.5, 97.5])
        if recenter:
            interval = np.maximum(0, interval + value - np.nanmedian(resampled))
        return Estimate(float(value), *map(float, interval))


def ratio(above, below):
    """``above / below``, nan where there is nothing to divide by."""
    above, below = np.broadcast_arrays(np.asarray(above, float), below)
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
