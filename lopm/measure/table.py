"""The table of measured values: name, unit, definition, and how each is made comparable.

Lengths are relative to the equivalent diameter (of the disc of the same area) unless the unit is
px. L, a, b and color differences (deltaE) are CIELAB (D65) of the sRGB photograph. A value that
cannot be taken (no mucosa around, too few pixels) is nan.
"""

from typing import NamedTuple

import numpy as np


class Measure(NamedTuple):
    """One measured value. `center` and `scale` are its usual value and spread, in `unit`.

    They are rounded from ISIC 2017 (skin) and the built-in photographs, so that standardized
    values are of order 1; nothing depends on their being exact. With `log` the scale is that of the
    natural logarithm: sizes and strengths vary by factors.
    """

    name: str
    unit: str
    definition: str
    center: float
    scale: float
    log: bool = False


MEASURES = (
    # color.py
    Measure('white', 'share', 'pixels nearest to white, seen from the mucosa around', 0.1, 0.2),
    Measure('red', 'share', 'pixels nearest to red', 0.1, 0.3),
    Measure('yellow_fibrinous', 'share', 'pixels nearest to fibrinous yellow', 0.05, 0.15),
    Measure('blanched', 'share', 'pixels nearest to blanched mucosa', 0.2, 0.3),
    Measure('pigmented', 'share', 'pixels nearest to brown or black', 0.05, 0.2),
    Measure('mucosa_colored', 'share', 'pixels nearest to the mucosa around', 0.4, 0.3),
    Measure('color_entropy', 'bit', 'Shannon entropy of Lab colors in cells of 10 units', 3.3, 0.9),
    Measure('contrast', 'deltaE 2000', 'median color against that of the mucosa around', 10, 7),
    Measure('contrast_L', 'L', 'median lightness minus that of the mucosa around', 0, 15),
    Measure('contrast_a', 'a', 'the same for green to red', 0, 9),
    Measure('contrast_b', 'b', 'the same for blue to yellow', 0, 6),
    # texture.py
    Measure('glcm_contrast', 'L^2', 'mean squared lightness step between neighbors', 12, 0.8, True),
    Measure('glcm_correlation', '-1 to 1', 'correlation of the lightness of neighbors', 0.9, 0.07),
    Measure('glcm_entropy', 'bit', 'entropy of pairs of neighboring gray levels', 5.5, 1.2),
    Measure('lbp_flat', 'share', 'local binary patterns of spots and flat places', 0.17, 0.07),
    Measure('lbp_edge', 'share', 'local binary patterns of straight edges', 0.6, 0.12),
    Measure('lbp_irregular', 'share', 'local binary patterns that are not uniform', 0.07, 0.04),
    # border.py
    Measure('rim_gradient', 'deltaE per %', 'median color gradient across the rim, per 1 % of the '
            'equivalent diameter', 2, 0.8, True),
    Measure('rim_sharpness', 'share per %', 'share of the color step from the inner to the outer '
            'band that is crossed at the rim within 1 % of the equivalent diameter', 0.1, 0.08),
    Measure('rim_variation', 'ratio', 'standard deviation over mean of the gradient along the rim',
            0.6, 0.25),
    Measure('compactness', '0 to 1', '4 pi area / perimeter^2, 1 for a disc', 0.8, 0.2),
    Measure('solidity', '0 to 1', 'area over that of the convex hull', 0.94, 0.07),
    Measure('fractal_dimension', '1 to 2', 'Minkowski dimension of the contour', 1.03, 0.05),
    # homogeneity.py
    Measure('local_entropy', 'bit', 'mean over the lesion of the entropy of gray levels nearby',
            2.2, 0.6),
    Measure('local_entropy_spread', 'bit', 'standard deviation of the same', 0.5, 0.15),
    Measure('dispersion', 'deltaE', 'root mean square distance of the colors to their mean', 11, 5),
    Measure('patch_dispersion', 'deltaE', 'the same for colors averaged over an eighth of the '
            'equivalent diameter', 8, 5),
    # shape.py
    Measure('area', 'px^2', 'pixels inside the outline', 11_000, 1.2, True),
    Measure('area_share', 'share', 'area over that of the photograph', 0.08, 1.2, True),
    Measure('equivalent_diameter', 'px', 'diameter of the disc of the same area', 120, 0.6, True),
    Measure('major_axis', 'px', 'long axis of the ellipse of the same second moments',
            140, 0.6, True),
    Measure('feret_diameter', 'px', 'greatest distance of two points of the outline',
            145, 0.6, True),
    Measure('elongation', '0 to 1', '1 minus the short over the long axis of that ellipse',
            0.25, 0.15),
    Measure('asymmetry', '0 to 1', 'share that the own mirror image leaves bare, mean of two axes',
            0.07, 0.06),
    Measure('color_asymmetry', 'deltaE', 'color change from side to side: root mean square of the '
            'best plane through the colors', 3.5, 2.5),
)

NAMES = tuple(measure.name for measure in MEASURES)

_LOG = np.array([measure.log for measure in MEASURES])
_CENTER = np.array([np.log(m.center) if m.log else m.center for m in MEASURES], np.float32)
_SCALE = np.array([measure.scale for measure in MEASURES], np.float32)


def standardize(values):
    """Measured values [..., M] in units of their usual spread: float32, within -5 and 5, nan as 0.

    No fitted state: the centers and scales are those of `MEASURES`.
    """
    values = np.asarray(values, np.float32)
    logs = np.log(np.maximum(values, 1e-6))
    scores = (np.where(_LOG, logs, values) - _CENTER) / _SCALE
    return np.nan_to_num(np.clip(scores, -5, 5), nan=0)
