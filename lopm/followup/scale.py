"""How many pixels a millimetre has: by a ruler (``ruler``), two points a known way apart, or what a DICOM file says."""
from typing import NamedTuple

import numpy as np

CLICK = 1.5  # pixels: standard deviation of where a person clicks


class Scale(NamedTuple):
    """Pixels per millimetre, and the half width of its 95 % interval."""

    px_per_mm: float
    plus_minus: float

    @property
    def uncertainty(self):
        """Relative standard uncertainty."""
        return self.plus_minus / 1.96 / self.px_per_mm


def scale_between(one, other, millimetres, click=CLICK):
    """The ``Scale`` by two points (x, y) of the photograph that lie so many millimetres apart, such as on a card.

    Raises:
        ValueError: They are one point, or the length is no length.
    """
    pixels = float(np.hypot(*np.subtract(one, other)))
    if not (np.isfinite(pixels) and pixels > 2 * click and np.isfinite(millimetres) and millimetres > 0):
        raise ValueError(f'{one} and {other} are {pixels:g} pixels and {millimetres:g} mm apart; click on two marks '
                         'that are well apart, and say how many millimetres lie between them')
    return Scale(pixels / millimetres, 1.96 * 2 ** .5 * click / millimetres)


def scale_of_spacing(millimetres):
    """The ``Scale`` of a DICOM file whose pixels are so many millimetres wide (PixelSpacing, of a calibrated picture).

    Raises:
        ValueError: It is no length.
    """
    if not (np.isfinite(millimetres) and millimetres > 0):
        raise ValueError(f'PixelSpacing {millimetres!r} is no length in millimetres')
    return Scale(1 / millimetres, 0.)
