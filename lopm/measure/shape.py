"""Size, elongation and asymmetry of a lesion."""

import cv2
import numpy as np
from scipy.ndimage import find_objects
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist
from skimage.measure import regionprops

from lopm.measure.border import contour_corners
from lopm.measure.lesion import reduce

AXES = 24               # mirror axes that are tried, 7.5 degrees apart
MIRROR_DIAMETER = 64    # pixels; mirroring needs no more


def measure_shape(lesion):
    """Sizes in pixels of the photograph, and what is left of the shape without its size.

    - area (px^2); area_share: area over that of the photograph.
    - equivalent_diameter (px): of the disc of the same area. major_axis (px): long axis of the
      ellipse of the same second moments. feret_diameter (px): greatest distance of two corners of
      pixels.
    - elongation: 1 minus the short over the long axis of that ellipse; 0 for a disc or a square.
    - asymmetry: area that the own mirror image leaves bare over the area, mean of two perpendicular
      axes through the center, which are turned until it is least (the A of the ABCD rule, which is
      dermatology's: Stolz et al., Eur J Dermatol 1994).
    - color_asymmetry (deltaE): root mean square of the plane fitted to L, a and b over the lesion:
      how far the color drifts from one side to the other, whatever the direction.
    """
    region = regionprops(lesion.inside.astype(np.uint8))[0]
    hull = ConvexHull(contour_corners(lesion))
    # 1/12: the second moment of a pixel, which skimage leaves out; a row of pixels has a width
    long, short = 4 * np.sqrt(np.array(region.inertia_tensor_eigvals) + 1 / 12)
    return {'area': lesion.area,
            'area_share': lesion.area / np.prod(lesion.photograph),
            'equivalent_diameter': lesion.diameter * lesion.pixel,
            'major_axis': long * lesion.pixel,
            'feret_diameter': pdist(hull.points[hull.vertices]).max() * lesion.pixel,
            'elongation': 1 - short / long,
            'asymmetry': _asymmetry(lesion),
            'color_asymmetry': _drift(lesion)}


def _asymmetry(lesion):
    """Share of the lesion outside its mirror image, mean of the best two perpendicular axes."""
    mask = lesion.inside[find_objects(lesion.inside.astype(np.uint8))[0]].astype(np.float32)
    mask = reduce(mask, max(1, lesion.diameter / MIRROR_DIAMETER))
    y, x = np.indices(mask.shape)
    center = np.array([(x * mask).sum(), (y * mask).sum()]) / mask.sum()
    bare = []
    for angle in np.arange(AXES) * np.pi / AXES:
        mirror = np.array([[np.cos(2 * angle), np.sin(2 * angle)],
                           [np.sin(2 * angle), -np.cos(2 * angle)]])
        matrix = np.column_stack([mirror, center - mirror @ center])
        mirrored = cv2.warpAffine(mask, matrix, mask.shape[::-1])
        bare.append(1 - np.minimum(mask, mirrored).sum() / mask.sum())
    return np.add(bare, np.roll(bare, AXES // 2)).min() / 2


def _drift(lesion):
    """Root mean square deltaE of the least-squares plane through the lesion's colors."""
    places = np.argwhere(lesion.inside).T.astype(np.float32)
    places -= places.mean(axis=1, keepdims=True)
    colors = lesion.colors(lesion.inside)
    colors -= colors.mean(axis=1, keepdims=True)
    covariance = colors @ places.T / colors.shape[1]        # [3, 2]
    slopes = covariance @ np.linalg.pinv(places @ places.T / colors.shape[1])
    return np.sqrt((slopes * covariance).sum())
