"""Which lesion of one visit is which of another: the same, gone, appeared, split, merged."""
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SHARED = .25  # of the smaller of two lesions that lies on the other, from which they are one
SHOWN = .75  # of a lesion's place that the other photograph has to show, to say that it is gone or new
SAME, GONE, APPEARED, SPLIT, MERGED, REGROUPED, UNSEEN = FATES = (
    'same', 'gone', 'appeared', 'split', 'merged', 'regrouped', 'not shown by the other photograph')


class Fate(NamedTuple):
    """What became of some lesions: their numbers at the earlier visit and at the later one, and the word for it."""

    earlier: tuple
    later: tuple
    word: str


def fates(earlier, later, shown):
    """``[Fate]`` of lesions whose outlines lie on one photograph.

    Args:
        earlier, later: bool ``[L, H, W]``, ``[M, H, W]``.
        shown: bool ``[H, W]``, what both photographs show. (Of lesions of the later one that lie beyond the earlier one
            nothing stands in ``later``: they are not shown by it.)
    """
    areas = [each.sum((1, 2)) for each in (earlier, later)]
    common = np.einsum('lp,mp->lm', earlier.reshape(len(earlier), shown.size).astype(np.float32),
                       later.reshape(len(later), shown.size).astype(np.float32))
    tied = common >= SHARED * np.maximum(np.minimum.outer(*areas), 1)
    rows, columns = np.nonzero(tied)
    number = len(earlier) + len(later)
    graph = coo_array((np.ones(len(rows)), (rows, columns + len(earlier))), (number, number))
    _, group = connected_components(graph, directed=False)
    found = []
    for each in dict.fromkeys(group.tolist()):
        members = np.flatnonzero(group == each)
        one, other = (tuple(part.tolist()) for part in (members[members < len(earlier)],
                                                       members[members >= len(earlier)] - len(earlier)))
        found.append(Fate(one, other, _word(one, other, earlier, later, shown)))
    return found


def _word(one, other, earlier, later, shown):
    if one and other:
        return {(True, True): SAME, (True, False): SPLIT, (False, True): MERGED}.get(
            (len(one) == 1, len(other) == 1), REGROUPED)
    alone = earlier[one[0]] if one else later[other[0]]
    if not alone.any() or shown[alone].mean() < SHOWN:
        return UNSEEN
    return GONE if one else APPEARED
