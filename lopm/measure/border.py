"""Border of a lesion: how sharply color changes across the rim, how regular the contour is."""

import cv2
import numpy as np
from scipy.spatial import ConvexHull
from skimage.measure import perimeter_crofton

from lopm.measure.lesion import surrounded

BAND = 0.125        # width of the inner and of the outer band, in equivalent diameters
KNOWN_RIM = 0.3     # share of the rim that has to be known


def measure_border(lesion):
    """Sharpness from the pixels about the rim, regularity from the contour alone.

    - rim_gradient: median over the rim of the length of the Lab derivative along the contour's
      normal, times 1 % of the equivalent diameter.
    - rim_sharpness: mean derivative along the normal, in the direction of the color step between
      the bands, times 1 % of the equivalent diameter, over that step plus 1 deltaE: 0 without a
      step.
    - rim_variation: standard deviation over mean of the derivative's length along the rim: high
      where a border is sharp in one place and blurred in another.
    - compactness: 4 pi area / perimeter^2, at most 1; perimeter by Crofton's formula in four
      directions.
    - solidity: area over that of the convex hull of the pixels' corners.
    - fractal_dimension: 2 minus the slope of log(area within r of the contour) over log(r), r
      from 2 pixels to a sixth of the equivalent diameter (Minkowski and Bouligand; unlike box
      counts the same wherever the lesion lies). nan under about 21 pixels of diameter.

    The rim is the pixels beside the contour, where all eight neighbors are lesion or background:
    not beside a neighbor lesion, the unknown or the photograph's edge. With less than 30 % of it
    left, the rim's values are nan.
    """
    return _sharpness(lesion) | _regularity(lesion)


def _sharpness(lesion):
    rim = np.abs(lesion.depth) < 1
    known = rim & surrounded(lesion.inside | lesion.background)
    if known.sum() < KNOWN_RIM * rim.sum():
        return {}
    derivative = _across(lesion)[known]
    lengths = np.linalg.norm(derivative, axis=1)
    step = (lesion.colors(lesion.inner_band(BAND)).mean(axis=1)
            - lesion.colors(lesion.outer_band(BAND)).mean(axis=1))
    height = np.linalg.norm(step)
    slope = derivative.mean(axis=0) @ step / max(height, 1e-6)
    percent = lesion.diameter / 100
    return {'rim_gradient': np.median(lengths) * percent,
            'rim_sharpness': slope * percent / (height + 1),
            'rim_variation': lengths.std() / max(lengths.mean(), 1e-6)}


def _across(lesion):
    """Lab derivative per pixel along the contour's normal, inwards: float32 [H, W, 3]."""
    depth = cv2.GaussianBlur(lesion.depth, (0, 0), 1.5)     # the distance to pixels is jagged
    normal = np.stack([_derivative(depth, 1, 0), _derivative(depth, 0, 1)])
    normal /= np.maximum(np.linalg.norm(normal, axis=0), 1e-6)
    return (normal[0, ..., None] * _derivative(lesion.lab, 1, 0)
            + normal[1, ..., None] * _derivative(lesion.lab, 0, 1))


def _derivative(image, dx, dy):
    return cv2.Scharr(image, cv2.CV_32F, dx, dy, scale=1 / 32)     # 32: the sum of its weights


def _regularity(lesion):
    pixels = lesion.inside.sum()
    perimeter = perimeter_crofton(lesion.inside, directions=4)
    values = {'compactness': min(1.0, 4 * np.pi * pixels / perimeter ** 2),
              'solidity': pixels / ConvexHull(contour_corners(lesion)).volume}
    radii = np.unique(np.rint(np.geomspace(2, max(lesion.diameter / 6, 2), 8)))
    if len(radii) >= 3:
        distances = np.abs(lesion.depth[np.abs(lesion.depth) <= radii[-1]])
        areas = np.histogram(distances, bins=[0, *np.nextafter(radii, np.inf)])[0].cumsum()
        values['fractal_dimension'] = 2 - np.polyfit(np.log(radii), np.log(areas), 1)[0]
    return values


def contour_corners(lesion):
    """Corners of the pixels along the contour: float [N, 2] of y, x."""
    pixels = np.argwhere(lesion.inside & (lesion.depth < 1))
    corners = np.array([(-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)])
    return (pixels[:, None] + corners).reshape(-1, 2)
