"""One lesion cut out of its photograph, at the resolution at which it is measured.

The equivalent diameter (of the disc of the same area) is the lesion's yardstick. A lesion of more
than 160 px is reduced to that by averaging, so that the time per lesion is bounded.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from scipy.ndimage import find_objects

UNKNOWN = 255
RING = 0.25             # width of the surrounding ring, in equivalent diameters
MAX_DIAMETER = 160      # px, above which the lesion is reduced
GRAIN = 256             # a pixel of the grain image is this part of the photograph's longer side


@dataclass(frozen=True)
class Lesion:
    """Pixels and outline of one lesion and of the ring around it.

    Attributes:
        lab: float32 [H, W, 3], CIELAB, L from 0 to 100.
        inside: bool [H, W], the lesion.
        background: bool [H, W], known, in the photograph, and of no lesion.
        area: px^2 of the photograph.
        pixel: px of the photograph in a pixel of these arrays, 1 or more.
        photograph: (height, width) in px.
    """

    lab: np.ndarray
    inside: np.ndarray
    background: np.ndarray
    area: int
    pixel: float
    photograph: tuple

    @property
    def diameter(self):
        """Equivalent diameter in pixels of these arrays."""
        return 2 * np.sqrt(self.area / np.pi) / self.pixel

    def colors(self, mask):
        """Colors of the pixels of a mask: float32 [3, N], in rows because they reduce faster."""
        return np.ascontiguousarray(self.lab[mask].T)

    @cached_property
    def depth(self):
        """Signed distance to the contour in pixels, positive inside: float32 [H, W]."""
        return depth_in(self.inside)

    def outer_band(self, width):
        """Background up to `width` equivalent diameters outside, at least a pixel: bool [H, W]."""
        return self.background & (self.depth >= -max(width * self.diameter, 0.5))

    def inner_band(self, width):
        """Lesion up to `width` equivalent diameters inside, at least a pixel: bool [H, W]."""
        return self.inside & (self.depth <= max(width * self.diameter, 0.5))

    @cached_property
    def ring(self):
        """The surrounding mucosa: background within `RING` equivalent diameters, bool [H, W]."""
        return self.outer_band(RING)

    @cached_property
    def grain(self):
        """Lightness (uint8, 0 to 255) and lesion (bool) in its box, at the scale of texture.

        Texture has the scale of the photograph, since a camera's distance varies less than the size
        of lesions: a pixel is 1/256 of the longer side, so that a photograph measures alike at 512
        and at 4,000 px. It is finer where the lesion would be less than 32 pixels across.
        """
        box = find_objects(self.inside.astype(np.uint8))[0]
        lightness = np.rint(self.lab[..., 0][box] * 2.55).clip(0, 255).astype(np.uint8)
        inside = self.inside[box]
        reduction = min(max(self.photograph) / GRAIN / self.pixel, self.diameter / 32)
        if reduction <= 1:
            return lightness, inside
        return reduce(lightness, reduction), reduce_mask(inside, reduction)


def cut(image, lesion_map, index, box):
    """Cut lesion `index` out, with room for its ring; beyond the photograph's edge is unknown.

    Args:
        image: uint8 [H, W, 3], RGB.
        lesion_map: integer [H, W]; 0 background, i lesion, 255 unknown.
        index: the lesion's value in the map.
        box: its bounding box, a pair of slices.
    """
    area = int((lesion_map[box] == index).sum())
    diameter = 2 * np.sqrt(area / np.pi)
    pixel = max(1.0, diameter / MAX_DIAMETER)
    margin = int(np.ceil(RING * diameter + 3 * pixel))
    window, padding = [], []
    for side, size in zip(box, lesion_map.shape):
        start, stop = side.start - margin, side.stop + margin
        window.append(slice(max(start, 0), min(stop, size)))
        padding += [max(-start, 0), max(stop - size, 0)]
    window = tuple(window)
    patch = np.ascontiguousarray(image[window])     # OpenCV takes no view of BGR as RGB
    patch = cv2.copyMakeBorder(patch, *padding, cv2.BORDER_REPLICATE)
    labels = cv2.copyMakeBorder(lesion_map[window].astype(np.uint8), *padding,
                                cv2.BORDER_CONSTANT, value=UNKNOWN)
    inside, other = labels == index, (labels != index) & (labels != 0)
    if pixel > 1:
        patch = reduce(patch, pixel)
        inside = reduce_mask(inside, pixel)
        other = reduce(other.astype(np.float32), pixel) > 0.01
    lab = cv2.cvtColor(patch.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return Lesion(lab, inside, ~inside & ~other, area, pixel, lesion_map.shape)


def depth_in(mask):
    """Signed distance to the contour of a mask bool [H, W] in pixels, positive inside: float32 [H, W]."""
    inside, outside = (cv2.distanceTransform(part.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
                       for part in (mask, ~mask))
    return np.where(mask, inside - 0.5, 0.5 - outside).astype(np.float32)


def surrounded(mask):
    """Pixels of a mask whose eight neighbors are in it too, and inside the array: bool [H, W]."""
    eroded = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8),
                       borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return eroded.astype(bool)


def reduce(array, factor):
    """Make an image smaller by averaging over `factor` pixels each way."""
    height, width = array.shape[:2]
    size = max(1, round(width / factor)), max(1, round(height / factor))
    return cv2.resize(array, size, interpolation=cv2.INTER_AREA)


def reduce_mask(mask, factor):
    """The same for a mask: pixels that it fills by half, or those it fills most where none is."""
    shares = reduce(mask.astype(np.float32), factor)
    return shares >= min(0.5, shares.max())
