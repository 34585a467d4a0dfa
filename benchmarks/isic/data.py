"""The same photographs, in the form that each package reads by its own code."""
import json
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from pycocotools import mask as coco_mask

from isic.backbones import write_weights_for_peers

DIAGNOSES = ('nevus', 'melanoma', 'seborrheic_keratosis')


class Photograph(NamedTuple):
    """One entry of a part; ISIC has one lesion per photograph."""

    name: str
    file: str
    outline: dict  # compressed RLE
    diagnosis: int
    record: dict


def read_part(data, part, limit=None):
    """``[Photograph]`` of ``DATA/<part>.json``, in its order."""
    content = json.loads((Path(data) / f'{part}.json').read_text())
    lesion = {annotation['image_id']: annotation for annotation in content['annotations']}
    return [Photograph(Path(image['file_name']).stem, image['file_name'], lesion[image['id']]['segmentation'],
                       DIAGNOSES.index(lesion[image['id']]['attributes']['diagnosis']), image['record'])
            for image in content['images'][:limit]]


def write_for_peers(data, out):
    """Masks as png, lists of photographs and pretrained weights, as the peers read them, under ``OUT/peers``."""
    folder = Path(out) / 'peers'
    (folder / 'masks').mkdir(parents=True, exist_ok=True)
    for part in ('train', 'test'):
        photographs = read_part(data, part)
        for each in photographs:
            path = folder / 'masks' / f'{each.name}.png'
            if not path.is_file():
                cv2.imwrite(str(path), coco_mask.decode(each.outline))
        lines = {'names': (each.name for each in photographs),
                 'labels': (f'{each.file} {each.diagnosis}' for each in photographs)}
        for kind, some in lines.items():
            (folder / f'{part}_{kind}.txt').write_text('\n'.join(some) + '\n')
    write_weights_for_peers(folder)


def encode_outline(mask):
    """A bool mask as RLE that json can hold."""
    rle = coco_mask.encode(np.asfortranarray(mask, np.uint8))
    return {'size': rle['size'], 'counts': rle['counts'].decode()}
