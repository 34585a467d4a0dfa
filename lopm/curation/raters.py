"""Which outlines of several raters are one lesion, where nobody said so."""
from pycocotools import mask as coco_mask

from lopm.datasets.masks import encode_segmentation
from lopm.evaluation.outlines import match

LEAST_JACCARD = 0.5  # Jaccard index from which two raters' outlines are one lesion, as for detection


def same_lesions(outlines, width, height):
    """Number the lesions of one photograph over its raters.

    The first rater's outlines are lesions; each further rater's are matched to them one to one, the sum of the
    Jaccard indices largest, where the index is 0.5 or more; the others are lesions of their own, and further raters
    are matched to these as well.

    Args:
        outlines: ``{rater: [segmentation]}``.

    Returns:
        ``{rater: [number]}``, numbers from 1.

    >>> first, nearly, far = ([[x, 10, x + 20, 10, x + 20, 30, x, 30]] for x in (10, 12, 60))
    >>> same_lesions({'r1': [first], 'r2': [far, nearly]}, 100, 50)
    {'r1': [1], 'r2': [2, 1]}
    """
    return same_masks({rater: [encode_segmentation(each, height, width) for each in segmentations]
                       for rater, segmentations in outlines.items()})


def same_masks(rles):
    """As ``same_lesions``, of outlines as RLE."""
    lesions, numbers = [], {}
    for rater, own in rles.items():
        numbers[rater] = [0] * len(own)
        if lesions and own:
            numbers[rater] = (match(coco_mask.iou(own, lesions, [0] * len(lesions)), LEAST_JACCARD) + 1).tolist()
        for i, rle in enumerate(own):
            if not numbers[rater][i]:
                lesions.append(rle)
                numbers[rater][i] = len(lesions)
    return numbers
