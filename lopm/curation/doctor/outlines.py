"""What can be said of the outlines of one photograph without its pixels: drawable, how large, how they lie together."""
from itertools import combinations

import cv2
import numpy as np
from pycocotools import mask as coco_mask

from lopm.datasets.masks import encode_segmentation, outline_problems


def encode_outlines(segmentations, height, width):
    """The outlines of one photograph as RLE, None for what cannot be drawn, and for a place (None)."""
    def encode(segmentation):
        try:
            return None if segmentation is None else encode_segmentation(segmentation, height, width)
        except ValueError:
            return None
    return [encode(each) for each in segmentations]


def measure_outlines(segmentations, rles, height, width):
    """Per outline ``{problems: [[kind, words]], area, box}``: pixels, and x, y, width, height of the box."""
    return [{'problems': [list(problem) for problem in outline_problems(segmentation, height, width)]
             if segmentation is not None else [],
             'area': int(coco_mask.area(rle)) if rle else 0, 'box': coco_mask.toBbox(rle).tolist() if rle else None}
            for segmentation, rle in zip(segmentations, rles)]


def compare_outlines(rles, lesions):
    """How the outlines of lesions lie to each other: ``(overlaps, jaccard)``.

    Args:
        lesions: ``[(index of the outline, lesion, rater)]``.

    Returns:
        ``overlaps``: ``[i, j, share]``, two lesions of one rater and which share of the smaller lies in the other,
        where it is not 0. ``jaccard``: ``[i, j, Jaccard]``, one lesion by two raters.
    """
    overlaps, jaccard = [], []
    for (i, lesion, rater), (j, other, by) in combinations([each for each in lesions if rles[each[0]]], 2):
        if rater == by and lesion != other:
            # with iscrowd 1 pycocotools divides the intersection by the first mask's own area
            share = max(_iou(rles[i], rles[j], 1), _iou(rles[j], rles[i], 1))
            overlaps += [[i, j, round(share, 3)]] if share else []
        elif rater != by and lesion == other:
            jaccard.append([i, j, round(_iou(rles[i], rles[j], 0), 3)])
    return overlaps, jaccard


def _iou(one, other, crowd):
    return float(coco_mask.iou([one], [other], [crowd])[0, 0])


def draw_inside(rles, size):
    """Where any of the outlines is, bool ``size`` (height, width), on a copy of the photograph of that size."""
    drawable = [rle for rle in rles if rle]
    if not drawable:
        return np.zeros(size, bool)
    mask = coco_mask.decode(coco_mask.merge(drawable))
    return cv2.resize(mask, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT) > 0
