"""What is compared, as a caller gives it."""
import cv2
import numpy as np

from lopm.datasets.photographs import read_photograph
from lopm.given import Given, name_of, source_of


def pixels_of(photograph):
    """uint8 RGB ``[H, W, 3]``, upright, of a path, the bytes of a file, such an array, or a PIL image.

    Raises:
        BadPhotograph, ValueError: It cannot be read.
    """
    source = source_of(Given(photograph, name_of(photograph, 0), {}))
    pixels = source if isinstance(source, np.ndarray) else read_photograph(source)
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
