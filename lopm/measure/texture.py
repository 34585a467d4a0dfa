"""Surface texture of a lesion: co-occurrence and local binary patterns of its lightness."""

import numpy as np
from scipy.special import entr
from skimage.feature import graycomatrix, graycoprops, local_binary_pattern

from lopm.measure.lesion import surrounded

LEVELS = 32
ANGLES = (0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)


def measure_texture(lesion):
    """Co-occurrence of the gray levels of neighbors, and shares of local binary patterns.

    Both look at the lightness at the scale of `Lesion.grain`, and only at neighbors that are both
    in the lesion. nan where there are none.

    - glcm_contrast (L^2), glcm_correlation, glcm_entropy (bits): Haralick, Shanmugam and Dinstein,
      IEEE Trans. SMC 1973; 32 gray levels over L from 0 to 100, distance 1, the four directions
      pooled, symmetric. The correlation of a lesion of one gray level is 1.
    - lbp_flat, lbp_edge, lbp_irregular: Ojala, Pietikainen and Maenpaa, IEEE TPAMI 2002; uniform
      patterns of 8 neighbors at radius 1. Shares of the pixels with 0, 1, 7 or 8 brighter neighbors
      in one run, of those with 3 to 5 (edges), and of those whose neighbors change more than twice.
    """
    lightness, inside = lesion.grain
    return _cooccurrence(lightness, inside) | _patterns(lightness, inside)


def _cooccurrence(lightness, inside):
    levels = np.where(inside, lightness // (256 // LEVELS) + 1, 0).astype(np.uint8)
    counts = graycomatrix(levels, [1], ANGLES, levels=LEVELS + 1, symmetric=True)
    counts = counts[1:, 1:].sum(axis=3, keepdims=True)      # level 0 is outside the lesion
    if not counts.any():
        return {}
    pairs = counts / counts.sum()
    step = 100 / LEVELS
    return {'glcm_contrast': graycoprops(pairs, 'contrast').item() * step ** 2,
            'glcm_correlation': graycoprops(pairs, 'correlation').item(),
            'glcm_entropy': entr(pairs).sum() / np.log(2)}


def _patterns(lightness, inside):
    whole = surrounded(inside)      # all eight neighbors in the lesion
    if not whole.any():
        return {}
    patterns = local_binary_pattern(lightness, P=8, R=1, method='uniform')[whole].astype(int)
    shares = np.bincount(patterns, minlength=10) / len(patterns)
    return {'lbp_flat': shares[[0, 1, 7, 8]].sum(),
            'lbp_edge': shares[3:6].sum(),
            'lbp_irregular': shares[9]}
