"""All measured values of all lesions of a photograph."""

import numpy as np
from scipy.ndimage import find_objects

from lopm.measure.border import measure_border
from lopm.measure.color import measure_color
from lopm.measure.homogeneity import measure_homogeneity
from lopm.measure.lesion import cut
from lopm.measure.shape import measure_shape
from lopm.measure.table import NAMES
from lopm.measure.texture import measure_texture

PARTS = measure_color, measure_texture, measure_border, measure_homogeneity, measure_shape


def measure(image, lesion_map, num_lesions):
    """Measure every lesion of a photograph on its pixels and its outline.

    Args:
        image: uint8 [H, W, 3], RGB.
        lesion_map: integer [H, W]; 0 background, i the i-th lesion, 255 unknown.
        num_lesions: number of rows; a lesion that is not in the map is a row of nan.

    Returns:
        float32 [num_lesions, M], the values of `NAMES` in the units of `MEASURES`; nan where one
        cannot be taken.

    Raises:
        ValueError: The image is not uint8 or has another size than the map.
    """
    if image.shape != (*lesion_map.shape, 3) or image.dtype != np.uint8:
        raise ValueError(f'the image has shape {image.shape} and type {image.dtype}; it has to be '
                         f'uint8 {(*lesion_map.shape, 3)}, as the lesion map')
    values = np.full((num_lesions, len(NAMES)), np.nan, np.float32)
    for i, box in enumerate(find_objects(lesion_map, max_label=num_lesions) if num_lesions else ()):
        if box is not None:
            lesion = cut(image, lesion_map, i + 1, box)
            found = {name: value for part in PARTS for name, value in part(lesion).items()}
            values[i] = [found.get(name, np.nan) for name in NAMES]
    return values
