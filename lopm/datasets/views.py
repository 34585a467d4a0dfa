"""What is cut out of a photograph to see a lesion from near, alike in training and at test."""
import random

import numpy as np
from mmcv.transforms import BaseTransform

from lopm.datasets.maps import UNKNOWN
from lopm.datasets.transforms import with_places
from lopm.registry import TRANSFORMS


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


@TRANSFORMS.register_module()
class LookCloser(BaseTransform):
    """Shows a lesion from near: photograph and maps are cut to it and a margin, in training, as a second look does at
    test (``lopm.models.closer``). Comes after ``LoadLesions``, before ``FitPhotograph``.

    Args:
        zoom: A photograph is cut to a part of its sides that is no smaller than one over this.
        margin: Times a lesion's sides, on each side of it, about which the margin is drawn, from half to three halves.
        odds: Share of the photographs with a lesion that are cut.
    """

    def __init__(self, zoom=3, margin=0.5, odds=0.5):
        self.zoom, self.margin, self.odds = zoom, margin, odds

    def transform(self, results):
        lesion_map = with_places(results['gt_seg_map'], results)
        present = np.setdiff1d(np.unique(lesion_map), [0, UNKNOWN])
        if results['bad'] or not len(present) or random.random() >= self.odds:
            return results
        box = view_of(lesion_map, random.choice(present.tolist()), self.zoom, self.margin * random.uniform(0.5, 1.5))
        for field in ('img', *results['seg_fields']):
            height, width = (own / whole for own, whole in zip(results[field].shape, lesion_map.shape))
            top, bottom, left, right = (round(side * by) for side, by in zip(box, (height, height, width, width)))
            results[field] = np.ascontiguousarray(
                results[field][top:max(bottom, top + 1), left:max(right, left + 1)])
        return results
