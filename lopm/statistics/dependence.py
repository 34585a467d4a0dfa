"""How much does one variable tell of another? Statistics of tables of counts ``[..., C, D]``, any number at once."""
import numpy as np
from scipy.special import xlogy

from lopm.statistics.means import ratio


def phi_squared(tables):
    """Pearson's chi-square over n."""
    n = tables.sum((-2, -1))[..., None, None]
    expected = ratio(tables.sum(-1, keepdims=True) * tables.sum(-2, keepdims=True), n)
    return ratio(np.nansum(ratio((tables - expected) ** 2, expected), (-2, -1)), n[..., 0, 0])


def cramers_v(tables, effect=1):
    """Cramer's V, bias-corrected by Bergsma (J Korean Stat Soc 2013); nan where one variable has a single class.

    ``effect``: the design effect, by which n is divided in the correction.
    """
    n, rows, columns = _sizes(tables)
    n = n / effect
    excess = ratio((rows - 1) * (columns - 1), n - 1)
    least = np.minimum(rows - ratio((rows - 1) ** 2, n - 1), columns - ratio((columns - 1) ** 2, n - 1)) - 1
    return np.minimum(1, np.sqrt(ratio(np.maximum(0, phi_squared(tables) - excess), least)))


def mutual_information(tables, effect=1):
    """Bits, less the bias of small samples (Miller 1955), not below 0; nan where one variable has a single class."""
    n, rows, columns = _sizes(tables)
    plain = entropy(tables.sum(-1)) + entropy(tables.sum(-2)) - entropy(tables.reshape(*tables.shape[:-2], -1))
    bias = ratio((rows - 1) * (columns - 1) * effect, 2 * n * np.log(2))
    return np.where((rows > 1) & (columns > 1), np.maximum(0, plain - bias), np.nan)


def uncertainty_removed(tables, effect=1):
    """Mutual information over the entropy of the columns."""
    return ratio(mutual_information(tables, effect), entropy(tables.sum(-2)))


def normalized_information(tables):
    """Mutual information over the mean of the two entropies."""
    return ratio(mutual_information(tables), (entropy(tables.sum(-1)) + entropy(tables.sum(-2))) / 2)


def entropy(counts):
    """Shannon entropy in bits of counts ``[..., C]``."""
    p = ratio(counts, counts.sum(-1, keepdims=True))
    return -np.nansum(xlogy(p, p), -1) / np.log(2)


def _sizes(tables):
    """How much is counted, number of rows and of columns that occur."""
    return tables.sum((-2, -1)), (tables.sum(-1) > 0).sum(-1), (tables.sum(-2) > 0).sum(-1)


def independence_scores(by_patient):
    """What each patient adds to observed - expected, in units whose squared sum is n chi-square: ``[G, cells]``.

    Empty rows and columns are left out; with a single row or column left there are no cells.
    """
    by_patient = by_patient[:, by_patient.any((0, 2))][..., by_patient.any((0, 1))]
    if min(by_patient.shape[1:]) < 2:
        return np.zeros((len(by_patient), 0))
    total = by_patient.sum(0)
    row = total.sum(1, keepdims=True) / total.sum()
    column = total.sum(0, keepdims=True) / total.sum()
    scores = (by_patient - row * by_patient.sum(1, keepdims=True) - column * by_patient.sum(2, keepdims=True)
              + row * column * by_patient.sum((1, 2), keepdims=True)) / np.sqrt(row * column)
    return scores.reshape(len(scores), -1)


def design_effect(by_patient, scores):
    """How many lesions count as one, since those of a patient are alike: 1 or more (Rao and Scott, JASA 1981).

    The mean over cells of the variance that patients give over the one that independent lesions would give.
    """
    _, rows, columns = _sizes(by_patient.sum(0))
    independent = by_patient.sum() * (rows - 1) * (columns - 1)
    return max(1., (scores ** 2).sum() / independent) if independent else 1.


def independence(scores, flips):
    """p of "the two variables are independent", with patients, not lesions, as the units; nan without scores.

    Each patient's scores keep their size and get a random sign, ``flips`` ``[B, G]`` of -1 and 1: the sign-flipping
    score test (Hemerik, Goeman and Finos, JRSS B 2020) with Pearson's chi-square. With one lesion a patient it agrees
    with the chi-square test; with several it does not take them for independent.
    """
    if not scores.size:
        return np.nan
    found = (scores.sum(0) ** 2).sum()
    flipped = ((flips @ scores.astype(np.float32)) ** 2).sum(1)
    return float((1 + (flipped >= found * (1 - 1e-5)).sum()) / (1 + len(flips)))
