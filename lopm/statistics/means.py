"""Quotients and means in which nan is what is not known."""
import numpy as np


def ratio(above, below):
    """``above / below``; nan where ``below`` is not positive.

    >>> ratio([1, 2], [4, 0]).tolist()
    [0.25, nan]
    """
    above, below = np.broadcast_arrays(np.asarray(above, float), below)
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)


def known_mean(values, axis=0):
    """Mean over an axis of what is not nan; nan, and no warning, where nothing is known.

    >>> float(known_mean([1, np.nan, 3]))
    2.0
    """
    values = np.asarray(values, float)
    return ratio(np.nansum(values, axis), (~np.isnan(values)).sum(axis))


def weighted_mean(values, weights):
    """Mean of ``[N]`` values, for instance Jaccard per photograph, under each of ``[B, N]`` weights; nan left out."""
    known = ~np.isnan(values)
    return ratio(weights[:, known] @ values[known], weights[:, known].sum(1))
