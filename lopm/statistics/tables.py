"""Scores of square tables of counts ``[..., C, C]``: truth by answer, or what one rater says by what another says.

They work on any number of tables at once, so that a thousand draws are scored together. A score in ``SCORES`` is given
of every task, in tests and in all intervals: ``score(tables, yes_no)``, where ``yes_no`` says that the two classes are
no and yes to a question of its own, of which "yes" is what is looked for.
"""
import numpy as np

from lopm.statistics.means import known_mean, ratio
from lopm.statistics.ranking import lying_below


def accuracy(tables, yes_no=False):
    """Share of the counts in which both say the same."""
    return ratio(np.trace(tables, axis1=-2, axis2=-1), tables.sum((-2, -1)))


def macro_f1(tables, yes_no=False):
    """F1 averaged over the classes that occur in truth or answer; of "yes" alone where there is only yes and no, and 0
    where that occurs in neither."""
    f1 = ratio(2 * np.diagonal(tables, axis1=-2, axis2=-1), tables.sum(-1) + tables.sum(-2))
    return np.nan_to_num(f1[..., 1]) if yes_no else known_mean(f1, -1)


def balanced_accuracy(tables, yes_no=False):
    """Recall averaged over the classes that occur in the truth.

    >>> float(balanced_accuracy(np.array([[3, 1], [0, 2]])))
    0.875
    """
    return known_mean(recall(tables), -1)


SCORES = {'accuracy': accuracy, 'macro_f1': macro_f1, 'balanced_accuracy': balanced_accuracy}


def recall(tables):
    """Of each class, how much of what is true was said, ``[..., C]``: the sensitivity to it.

    >>> recall(np.array([[3, 1], [0, 2]])).tolist()
    [0.75, 1.0]
    """
    return ratio(np.diagonal(tables, axis1=-2, axis2=-1), tables.sum(-1))


def precision(tables):
    """Of each class, how much of what was said is true, ``[..., C]``: its predictive value."""
    return ratio(np.diagonal(tables, axis1=-2, axis2=-1), tables.sum(-2))


def cohen_kappa(tables, ordered=False):
    """Cohen (1960) of one rater's answers by another's; ordered: quadratic weights, Cohen (1968).

    This and what follows is 1 - observed / expected disagreement: 1 is perfect, 0 is what chance gives; nan where only
    one class occurs.

    >>> cohen_kappa(np.array([[[5, 0], [0, 5]], [[5, 5], [5, 5]], [[3, 1], [1, 3]]])).tolist()
    [1.0, 0.0, 0.5]
    """
    rows, columns = tables.sum(-1), tables.sum(-2)
    grade = np.arange(tables.shape[-1])
    distance = (grade[:, None] - grade) ** 2 if ordered else 1 - np.eye(len(grade))
    expected = ratio(rows[..., :, None] * columns[..., None, :], tables.sum((-2, -1))[..., None, None])
    return _beyond_chance(tables, expected, distance)


def fleiss_kappa(tables):
    """Fleiss (1971), from the coincidences of lesions with equally many answers: Cohen's kappa of a symmetric table."""
    return cohen_kappa(tables)


def krippendorff_alpha(tables, ordered=False):
    """Krippendorff (2011), nominal or ordinal, from the coincidences of lesions with any number of answers."""
    named = tables.sum(-1)
    middle = lying_below(named)
    distance = (middle[..., :, None] - middle[..., None, :]) ** 2 if ordered else 1 - np.eye(tables.shape[-1])
    expected = ratio(named[..., :, None] * named[..., None, :], named.sum(-1)[..., None, None] - 1)
    return _beyond_chance(tables, expected, distance)  # the diagonal of both is at distance 0


def _beyond_chance(observed, expected, distance):
    return 1 - ratio((observed * distance).sum((-2, -1)), (expected * distance).sum((-2, -1)))
