"""Homogeneity of a lesion: how much its color and its fine structure vary from place to place."""

import cv2
import numpy as np
from skimage.filters.rank import entropy
from skimage.morphology import disk

LEVELS = 32
RADIUS = 4      # grain pixels, about 1/64 of the photograph's longer side
PATCH = 0.125   # width of a patch in equivalent diameters


def measure_homogeneity(lesion):
    """Entropy of small neighborhoods, dispersion of the colors as they are and of local averages.

    - local_entropy, local_entropy_spread: bits, mean and standard deviation over the lesion of the
      entropy of 32 gray levels in a disc of radius 4 at the scale of `Lesion.grain`, the lesion's
      pixels alone.
    - dispersion: root mean square Lab distance of the lesion's pixels to their mean.
    - patch_dispersion: the same after averaging over squares of an eighth of the equivalent
      diameter: patches of color stay, grain vanishes.
    """
    lightness, inside = lesion.grain
    levels = (lightness // (256 // LEVELS)).astype(np.uint16)   # uint8 would cost 256 bins
    local = entropy(levels, disk(RADIUS), mask=inside)[inside]
    return {'local_entropy': local.mean(),
            'local_entropy_spread': local.std(),
            'dispersion': _dispersion(lesion.colors(lesion.inside)),
            'patch_dispersion': _dispersion(_local_mean(lesion)[lesion.inside].T)}


def _dispersion(colors):
    """Root mean square distance of colors [3, N] to their mean."""
    return np.sqrt(np.ascontiguousarray(colors).var(axis=1).sum())


def _local_mean(lesion):
    """Mean color of the lesion's pixels in the patch around each pixel: float32 [H, W, 3]."""
    size = 2 * int(PATCH * lesion.diameter / 2) + 1
    inside = lesion.inside.astype(np.float32)
    total = cv2.boxFilter(lesion.lab * inside[..., None], -1, (size, size), normalize=False)
    count = cv2.boxFilter(inside, -1, (size, size), normalize=False)
    return total / np.maximum(count, 1)[..., None]
