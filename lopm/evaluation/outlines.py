"""How well outlines agree and lesions are found, from two lesion maps of one photograph.

A lesion map is uint8 ``[H, W]``: 0 background, i the i-th lesion, 255 unknown. Everything is counted at the
original size and on the pixels that the true map knows. All numbers follow from one table of pixel
counts, so nothing loops over lesions.
"""
import contextlib
import io
from typing import NamedTuple

import cv2
import numpy as np
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy.optimize import linear_sum_assignment

from lopm.structures import UNKNOWN

FOUND = 0.5  # IoU from which a lesion counts as found
LEAST_IOU = 0.1  # IoU from which a predicted lesion's features are taken for the true lesion's
NOT_FOUND, WHOLE = -1, -2  # instead of a predicted lesion's number: none matches; the whole photograph is asked
WIDE = 0.9  # share of a photograph from which on a box does not say where its lesion is


def pixel_table(true_map, pred_map, num_true, num_pred):
    """Pixels of true lesion i that lie in predicted lesion j: int ``[num_true + 1, num_pred + 1]``, 0 is background.

    What is background in both maps, most of a photograph and in no score, is not counted.
    """
    if true_map.shape != pred_map.shape:
        raise ValueError(f'the predicted map has {pred_map.shape} pixels, the true one {true_map.shape}: '
                         'predict at the original size')
    counted = ((true_map > 0) | (pred_map > 0)) & (true_map != UNKNOWN)
    joint = true_map[counted].astype(np.uint16) * np.uint16(num_pred + 1) + pred_map[counted]
    return np.bincount(joint, minlength=(num_true + 1) * (num_pred + 1)).reshape(num_true + 1, num_pred + 1)


def jaccard_and_dice(table):
    """Jaccard and Dice of "some lesion" against "some lesion" in one photograph; nan where both are empty."""
    both, true, pred = table[1:, 1:].sum(), table[1:].sum(), table[:, 1:].sum()
    if true + pred == 0:
        return np.nan, np.nan
    return both / (true + pred - both), 2 * both / (true + pred)


def lesion_ious(table):
    """IoU of every true with every predicted lesion, ``[L, P]``; 0 for a lesion without pixels."""
    both = table[1:, 1:]
    union = table[1:].sum(1)[:, None] + table[:, 1:].sum(0)[None] - both
    return both / np.maximum(union, 1)


def match(ious, threshold):
    """One-to-one matches of largest total IoU, each at least ``threshold``: ``[L]``, -1 for a lesion without one."""
    eligible = np.where(ious >= threshold, ious, 0)
    rows, columns = linear_sum_assignment(eligible, maximize=True)
    matched = np.full(len(ious), -1)
    matched[rows] = np.where(eligible[rows, columns] > 0, columns, -1)
    return matched


def touching(lesion_map, num):
    """Which of ``num`` lesions lie nearer to another one than 1 % of the photograph's longer side: bool ``[num]``.

    In a window around every pixel the largest and the smallest lesion id are compared, so the cost does not grow
    with the number of lesions.
    """
    if num < 2:
        return np.zeros(num, bool)
    window = np.ones((max(3, max(lesion_map.shape) // 100 | 1),) * 2, np.uint8)
    lesions = np.where(lesion_map == UNKNOWN, 0, lesion_map).astype(np.uint8)
    largest = cv2.dilate(lesions, window)
    smallest = cv2.erode(np.where(lesions > 0, lesions, UNKNOWN).astype(np.uint8), window)
    meeting = (largest != smallest) & (largest > 0)
    return np.isin(np.arange(1, num + 1), np.union1d(largest[meeting], smallest[meeting]))


class Overlap(NamedTuple):
    """What one photograph says about outlines; L true lesions that have one, P predicted ones."""

    jaccard: float
    dice: float
    found: np.ndarray  # bool [L], matched at IoU 0.5
    touching: np.ndarray  # bool [L]
    false_positives: int
    true_rles: list
    pred_rles: list
    scores: np.ndarray  # float [P], mean outline probability inside
    shape: tuple  # of the photograph, (height, width)


def compare_maps(true_map, pred_map, boxes, scores):
    """The ``Overlap`` of a true and a predicted lesion map.

    Args:
        boxes: Of the lesions of the true map: None of one with an outline; the others are not in the ``Overlap``.
        scores: Of the predicted lesions, ``[P]``.
    """
    table = pixel_table(true_map, pred_map, len(boxes), len(scores))
    outlined = np.array([box is None for box in boxes], bool)
    found = (match(lesion_ious(table), FOUND) >= 0)[outlined]
    visible = (table[:, 1:].sum(0) > 0).sum()
    known = true_map != UNKNOWN
    return Overlap(
        *jaccard_and_dice(table), found, touching(true_map, len(boxes))[outlined], int(visible - found.sum()),
        [rle for rle, kept in zip(lesion_rles(true_map, len(boxes)), outlined) if kept],
        lesion_rles(np.where(known, pred_map, 0), len(scores)), scores, true_map.shape)


def find_same(true_map, pred_map, boxes, num_pred):
    """Which predicted lesion each true one's words are taken from, int ``[L]``: matched one-to-one at an IoU of 0.1.

    ``NOT_FOUND`` where none matches, ``WHOLE`` where it is not known where the lesion lies.

    Args:
        boxes: ``(x, y, width, height)`` of each true lesion without an outline, which its match's box is compared
            with; None of one with an outline.
    """
    ious = lesion_ious(pixel_table(true_map, pred_map, len(boxes), num_pred))
    placed = [i for i, box in enumerate(boxes) if box is not None]
    if placed and num_pred:
        found = coco_mask.toBbox(lesion_rles(pred_map, num_pred))
        ious[placed] = coco_mask.iou(found, np.array([boxes[i] for i in placed], float), [0] * len(placed)).T
    wide = np.array([box is not None and box[2] * box[3] > WIDE * pred_map.size for box in boxes], bool)
    ious[wide] = 0
    return np.where(wide, WHOLE, match(ious, LEAST_IOU))


def lesion_rles(lesion_map, num):
    """The lesions of a map as ``num`` compressed COCO RLEs."""
    return [coco_mask.encode(np.asfortranarray(lesion_map == i, np.uint8)) for i in range(1, num + 1)]


def average_precision(overlaps):
    """COCO AP (mean over IoU 0.50 to 0.95) and AP at 0.50 of all photographs; nan where there is no true lesion."""
    truth = _coco(overlaps, [overlap.true_rles for overlap in overlaps])
    scores = np.concatenate([overlap.scores for overlap in overlaps]) if overlaps else []
    if not truth.anns:
        return np.nan, np.nan
    found = _coco(overlaps, [overlap.pred_rles for overlap in overlaps], scores)
    evaluation = COCOeval(truth, found, 'segm')
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[0]), float(evaluation.stats[1])


def _coco(overlaps, rles_of_photographs, scores=None):
    """pycocotools' index over the lesions of photographs; those without a pixel are left out."""
    lesions = [(image, rle) for image, rles in enumerate(rles_of_photographs) for rle in rles]
    areas = [coco_mask.area(rle) for _, rle in lesions]  # one by one: pycocotools takes no list of more than 255
    annotations = [
        dict(id=i + 1, image_id=image, category_id=1, segmentation=rle, area=float(areas[i]), iscrowd=0,
             **({} if scores is None else dict(score=float(scores[i]))))
        for i, (image, rle) in enumerate(lesions) if areas[i] > 0]
    coco = COCO()
    coco.dataset = dict(
        images=[dict(id=i, height=each.shape[0], width=each.shape[1]) for i, each in enumerate(overlaps)],
        annotations=annotations, categories=[dict(id=1, name='lesion')])
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
    return coco
