"""Whether a photograph shows the mouth of another patient: most likely it was put with the wrong one.

Those whose points are described most alike (VLAD, ``lopm.curation.same_mouth``) are compared point by point, on the
small pictures that the pages show. The kinds of points are those of drawings (``mouth_kinds.npy``, 32 of them;
benchmarks/web_mouths.py has made it): they do not change with a base, so that what was described once stays.
``remarks.py`` asks.
"""
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from lopm.curation.same_mouth.candidates import describe
from lopm.curation.same_mouth.features import local_features
from lopm.curation.same_mouth.geometry import verified_matches
from lopm.curation.same_mouth.mirror import mirrored

THUMB = 480  # pixels of the longer side of a small picture
LEVELS = 718  # of an entry of 1: the largest are 1 / sqrt(32), and fit into int8


@cache
def kinds():
    return np.load(Path(__file__).with_name('mouth_kinds.npy')).astype(np.float32)


def look_of(points):
    """A photograph's points as one vector, int8 ``[4096]``."""
    return (LEVELS * describe(points, kinds())).round().clip(-127, 127).astype(np.int8)


def points_of(path):
    """The points of a small picture; none where it is gone."""
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    return local_features(grey if grey is not None else np.zeros((2, 2), np.uint8))


def alike(points, looks):
    """How alike the points of a photograph, or of its mirror image, are to ``looks`` int8 ``[N, 4096]``: ``[N]``."""
    return np.maximum(*(looks.astype(np.float32) @ look_of(each).astype(np.float32)
                        for each in (points, mirrored(points))))


def is_same(here, there):
    return bool(verified_matches(here, there) or verified_matches(mirrored(here), there))
