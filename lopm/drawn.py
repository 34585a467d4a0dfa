"""Outlines on their way into a network and out of it: as people draw them, as maps of a batch, as data of a case."""
import cv2
import numpy as np
import torch
from pycocotools import mask as coco_mask

from lopm.datasets.masks import encode_mask, encode_segmentation, outer_rings
from lopm.evaluation.rows import as_array
from lopm.structures import UNKNOWN


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


def as_batch(inputs, samples):
    """The predicted lesion maps at the size of the inputs, ``[B, H, W]``, unknown in the padding."""
    maps = np.full((len(inputs), *inputs.shape[-2:]), UNKNOWN, np.uint8)
    for own, sample in zip(maps, samples):
        height, width = sample.img_shape[:2]
        own[:height, :width] = cv2.resize(as_array(sample.pred_map), (width, height), interpolation=cv2.INTER_NEAREST)
    return torch.from_numpy(maps).to(inputs.device)


def outline_of(mask):
    """A lesion's outline as data, from its mask ``[H, W]``."""
    rle = encode_mask(mask)
    return {'polygons': [ring.round(1).ravel().tolist() for ring in outer_rings(mask)], 'rle': rle,
            'box': coco_mask.toBbox(rle).tolist()}

