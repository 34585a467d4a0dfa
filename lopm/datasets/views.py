"""What is cut out of a photograph to see a lesion from near, alike in training and at test."""
import numpy as np


def view_of(lesion_map, lesion, zoom, margin):
    """``(top, bottom, left, right)`` around a lesion of a map ``[H, W]``: its box and ``margin`` times its sides about
    it, at least the photograph's sides over ``zoom``, within the photograph."""
    rows, columns = (np.flatnonzero((lesion_map == lesion).any(axis)) for axis in (1, 0))
    found = []
    for at, side in ((rows, lesion_map.shape[0]), (columns, lesion_map.shape[1])):
        low, high = (at[0], at[-1] + 1) if len(at) else (0, side)
        length = min(max((high - low) * (1 + 2 * margin), side / zoom), side)
        low = min(max((low + high - length) / 2, 0), side - length)
        found += [int(low), int(np.ceil(low + length))]
    return tuple(found)
