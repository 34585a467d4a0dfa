"""From probabilities to a lesion map. Test time only."""
import cv2
import numpy as np
from scipy import ndimage
from skimage.morphology import reconstruction
from skimage.segmentation import watershed

from lopm.models.regions import LEAST_FOUND
from lopm.structures import MAX_LESIONS


def find_lesions(probability, core, threshold=0.5, split=0.05, min_area=LEAST_FOUND):
    """Lesion map ``[H, W]`` uint8 of one photograph: 0 background, i the i-th lesion.

    Two touching lesions are one component of the outline with two summits of the core's probability. A marker
    watershed from the summits that rise at least ``split`` above the pass to a higher one (h-maxima: Vincent, IEEE TIP
    1993) shares the outline out. A component with one summit, or with none, stays whole.

    Args:
        probability, core: ``[H, W]`` in [0, 1].
        split: Height from 0 to 1; 1 never splits a component.
        min_area: Share of the photograph below which a lesion is dropped as noise.
    """
    outline = probability > threshold
    components, count = ndimage.label(outline)
    if split < 1 and count:
        markers = summits(core * outline, split)
        bare = np.isin(components, np.unique(components[markers > 0]), invert=True) & outline
        markers = np.where(bare, components + markers.max(), markers)
        components = watershed(-core, markers, mask=outline)
    return drop_small(components, min_area * outline.size).astype(np.uint8)


def summits(height, split):
    """Markers of the summits that rise at least ``split`` above the pass to a higher one."""
    rise = height - reconstruction(np.maximum(height - split, 0), height)
    domes, count = ndimage.label(rise > 1e-6)
    high = ndimage.maximum(rise, domes, index=np.arange(count + 1)) > split - 1e-6
    return np.where(high[domes], domes, 0)


def drop_small(labels, min_area):
    """Labels of at least ``min_area`` pixels, renumbered from 1, largest first, at most 254."""
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    kept = [i for i in np.argsort(-areas, kind='stable') if areas[i] > 0 and areas[i] >= min_area][:MAX_LESIONS]
    table = np.zeros(len(areas), np.int32)
    table[kept] = np.arange(1, len(kept) + 1)
    return table[labels]


def resize_lesions(lesions, outline):
    """A lesion map at another resolution: each pixel of ``outline``, bool ``[H0, W0]``, gets its nearest lesion."""
    if not lesions.any():
        return np.zeros(outline.shape, np.uint8)
    _, (rows, columns) = ndimage.distance_transform_edt(lesions == 0, return_indices=True)
    nearest = lesions[rows, columns]
    return cv2.resize(nearest.astype(np.uint8), outline.shape[::-1], interpolation=cv2.INTER_NEAREST_EXACT) * outline
