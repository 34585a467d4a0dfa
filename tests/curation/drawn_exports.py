"""Small photographs and what two raters said of them, in the form that every format is read into."""
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lopm.curation.outlines import mask, polygon
from lopm.curation.source import Export, Photograph, Region
from lopm.datasets.masks import decode_segmentation

REPO = Path(__file__).parents[2]
FORMATS = 'label_studio', 'cvat', 'coco', 'labelme', 'via', 'masks'  # that hold all that a json says
SIZE = WIDTH, HEIGHT = 160, 120
NAMES = 'images/p1.png', 'images/患者 é.png'
shared = pytest.mark.skipif('LOPM_FORMATS' not in os.environ,
                            reason='LOPM_FORMATS does not name the folder of exports written by the tools themselves')


def draw_photographs(folder, names=NAMES, size=SIZE):
    noise = np.random.default_rng(0)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise.integers(0, 256, (*size[::-1], 3), dtype=np.uint8)).save(folder / name)
    return folder


def triangle(x=20.25, y=30.5, size=40):
    return polygon([(x, y), (x + size, y + 3), (x + 5, y + size)])


def disc(x=110, y=60, radius=15, hole=0):
    rows, columns = np.indices(SIZE[::-1])
    distance = np.hypot(rows - y, columns - x)
    return mask((distance < radius) & (distance >= hole))


def two_photographs():
    """The first with two lesions and words of all kinds, the second with none, but words."""
    first = Region(triangle(), {'label': ['lesion'], 'color': ['white', 'red'], 'diameter_mm': [23.5],
                                'biopsied': [True], 'note': ['fissured, at the rim']}, rater='1')
    second = Region(disc(), {'label': ['mouth_cavity'], 'color': ['red']}, rater='2')
    return [Photograph(NAMES[0], *SIZE, [first, second], {'': {'patient_id': ['P1'], 'visit': ['2026-01-02']},
                                                          '2': {'site': ['buccal']}}),
            Photograph(NAMES[1], *SIZE, [], {'': {'patient_id': ['P2']}})]


def read(form, *paths):
    """The photographs of files, or the first problem raised."""
    export = Export(paths[0].parent)
    for path in paths:
        form.read(path, export)
    export.refuse(paths[0])
    return export.photographs


def pixels(region):
    return decode_segmentation(region.segmentation, HEIGHT, WIDTH)


def apart(one, other):
    """Largest distance in pixels between the points of two polygons, point by point; inf where one has others."""
    if isinstance(one, dict) or isinstance(other, dict):
        return 0 if one == other else np.inf
    if [len(points) for points in one] != [len(points) for points in other]:
        return np.inf
    return max(np.abs(np.subtract(a, b)).max() for a, b in zip(one, other))
