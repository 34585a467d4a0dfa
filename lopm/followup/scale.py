"""How many pixels a millimetre has: by a card (``card``), a ruler (``ruler``), two points a known way apart, or what a
DICOM file says."""
from typing import NamedTuple

import numpy as np

CLICK = 1.5  # pixels: standard deviation of where a person clicks
CARD, RULER = 'card', 'ruler'  # by what a scale is read


class Scale(NamedTuple):
    """How many pixels a millimetre has.

    Attributes:
        px_per_mm: Squared, of a square millimetre.
        plus_minus: Half width of its 95 % interval, of lengths in any direction.
        by: ``card`` or ``ruler``, from which it was read; ``''``: a person or a file says so.
        of_areas: As ``plus_minus``, of the root of an area, in which directions cancel out; None: it is the same.
    """

    px_per_mm: float
    plus_minus: float
    by: str = ''
    of_areas: float | None = None

    def uncertainty(self, dimensions):
        """Relative standard uncertainty of lengths (1) or of areas (2)."""
        wide = self.plus_minus if dimensions == 1 or self.of_areas is None else self.of_areas
        return dimensions * wide / 1.96 / self.px_per_mm

    def resized(self, factor):
        """That of a copy of the photograph, ``factor`` times as large."""
        return Scale(factor * self.px_per_mm, factor * self.plus_minus, self.by,
                     None if self.of_areas is None else factor * self.of_areas)


def scale_between(one, other, millimetres, click=CLICK):
    """The ``Scale`` by two points (x, y) of the photograph that lie so many millimetres apart.

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
