"""Outlines on their way into a network and out of it: as people draw them, and as data of a case."""
import numpy as np
from pycocotools import mask as coco_mask

from lopm.datasets.masks import encode_mask, encode_segmentation, outer_rings


def as_lesions(outlines, size):
    """Annotations of outlines that a person has drawn; arguments as of ``Predictor.outlined``."""
    width, height = size
    found = []
    for i, outline in enumerate(outlines):
        if isinstance(outline, np.ndarray):
            if outline.shape != (height, width):
                raise ValueError(f'outline {i}: a mask of {list(outline.shape)}, and the photograph has '
                                 f'{[height, width]}; draw it on the upright photograph')
            rle = encode_mask(outline)
        else:
            rle = encode_segmentation(outline, height, width)
        if not coco_mask.area(rle):
            raise ValueError(f'outline {i}: holds no pixel of the photograph, which has {width} x {height}')
        found.append({'id': i, 'lesion_id': f'{i}', 'segmentation': rle})
    return found


def outline_of(mask):
    """A lesion's outline as data, from its mask ``[H, W]``."""
    rle = encode_mask(mask)
    return {'polygons': [ring.round(1).ravel().tolist() for ring in outer_rings(mask)], 'rle': rle,
            'box': coco_mask.toBbox(rle).tolist()}

