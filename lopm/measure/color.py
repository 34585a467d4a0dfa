"""Color of a lesion against the healthy mucosa around it, in CIELAB.

Color words are about mucosa, so each pixel is read as its difference to the median color of the
surrounding ring, which also takes the light and the camera's white balance out.
"""

import numpy as np
from scipy.special import entr
from skimage.color import deltaE_ciede2000

# Differences (L, a, b) to healthy mucosa of sRGB (190, 110, 105), of typical colors: keratotic
# white (225, 205, 195), erythema (165, 55, 55), fibrin (215, 190, 130), blanched mucosa
# (212, 158, 150), melanin (95, 62, 55). The palette is ours: no source gives one.
PALETTE = {
    'white': (29, -26, -9),
    'red': (-16, 14, 9),
    'yellow_fibrinous': (23, -31, 17),
    'blanched': (15, -12, -5),
    'pigmented': (-25, -18, -6),
    'mucosa_colored': (0, 0, 0),
}
CELL = 10   # Lab units, of the cells whose entropy is taken


def measure_color(lesion):
    """Shares of the color words, entropy of the colors, contrast to the mucosa around.

    - white ... mucosa_colored: share of the lesion's pixels whose difference to the ring's median
      color is nearest (Euclidean, Lab) to that word's in `PALETTE`; they sum to 1.
    - color_entropy: bits, of the joint histogram of L, a, b in cells of 10 units; 0 for one color.
    - contrast: CIEDE2000 between the median colors of lesion and ring; contrast_L, _a, _b: lesion
      minus ring.

    Without a ring all but the entropy are nan.
    """
    colors = lesion.colors(lesion.inside)
    values = {'color_entropy': entropy_of(_cells(colors))}
    if not lesion.ring.any():
        return values
    mucosa = np.median(lesion.colors(lesion.ring), axis=1)
    center = np.median(colors, axis=1)
    words = _nearest(colors - mucosa[:, None], np.array(list(PALETTE.values()), np.float32))
    values |= zip(PALETTE, np.bincount(words, minlength=len(PALETTE)) / len(words))
    values |= zip(('contrast_L', 'contrast_a', 'contrast_b'), center - mucosa)
    values['contrast'] = float(deltaE_ciede2000(center, mucosa))
    return values


def entropy_of(labels):
    """Shannon entropy in bits of integer labels [N], none negative."""
    return entr(np.bincount(labels) / len(labels)).sum() / np.log(2)


def _cells(colors):
    """Number of the Lab cell of each color [3, N]: int [N]."""
    lightness, a, b = np.floor(colors / CELL).astype(int)
    return (lightness * 32 + a + 16) * 32 + b + 16


def _nearest(colors, palette):
    """Index of the palette color [P, 3] nearest to each color [3, N]: |c - p|^2 without |c|^2."""
    return np.argmin((palette ** 2).sum(axis=1, keepdims=True) - 2 * palette @ colors, axis=0)
