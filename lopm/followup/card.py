"""A card of ``lopm card`` in a photograph: how many pixels a millimetre has in its plane, and in what light it lies."""
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import cv2
import numpy as np
from scipy.optimize import approx_fprime, least_squares

from lopm.followup.card_face import CORNERS, MARKERS, PATCHES, both_ways, insides, marker_corners, places_around
from lopm.followup.light import BRIGHT, DARK, linear
from lopm.followup.scale import CARD, Scale
from lopm.followup.view import resized

SIDES = 1280, 640  # pixels of the longer side of copies that are looked through; what is blurred is sharper when small
SMALLEST = .02  # perimeter of a marker, of the longer side
BLUNT = 53  # pixels around each whose mean is black or white to it: for edges that are blurred, more than OpenCV has
LEAST = 2  # markers, and patches: one alone leaves nothing to check it by
SURE_OF_CORNER = .1  # pixels: standard deviation below which no corner is known, however well they fit
SURE_OF_PRINT = .005  # relative standard uncertainty of the printed size: what a person sees of 50 mm on a ruler
BENT = .1, .6  # millimetres and pixels, root mean square, by which corners may lie off those of a plane card
ASKEW = .5  # of the shortest to the longest millimetre, in the middle of the card: 60 degrees
LEAST_PIXELS = 16  # of a patch
GLARE = .05  # share of its pixels that may have lost their color to the lamp
APART = .25  # by which the log of the gain may differ between patches
NO_CARD, ONE, TWO, NOT_PLANE, ASIDE, NO_LIGHT, UNEVEN = REASONS = (
    'no card is seen', 'of a card one marker is seen, and two are the fewest', 'more than one card is seen',
    'the card is bent, or none that lopm card has printed', 'the card is seen from too far aside',
    'the gray patches of the card are too bright, too dark or too small',
    'the gray patches of the card do not agree: a shadow or glare lies upon one, or it is another card')


@dataclass(frozen=True)
class Card:
    """What a card says of the photograph that it lies in.

    Attributes:
        scale: ``Scale`` in the middle of the card and in its plane, or None. Its intervals are of places on the card
            and a centimetre around it, that of lengths of all directions: the more it is seen from aside, the wider.
        patches: ``[3, 3]``, light of each gray patch (``card_face.PATCHES``) in red, green and blue, linear, 0 to 1;
            nan of one that is too bright, too dark or too small.
        corners: ``[4, 2]``, x and y of the card's corners in pixels of the photograph, or None.
        reason: Of ``REASONS``: why there is no scale, or no gains; ``''`` where there are both.
    """

    scale: Scale | None = None
    patches: np.ndarray = field(default_factory=lambda: np.full((len(PATCHES), 3), np.nan))
    corners: np.ndarray | None = None
    reason: str = NO_CARD

    @property
    def gains(self):
        """By what red, green and blue light ``[3]`` has to be multiplied for paper to be white and gray to be neutral;
        None where fewer than two patches are usable. As good as the print is neutral, which nobody has measured."""
        return gains_between(np.array([[share] * 3 for _, share in PATCHES]), self.patches, np.inf)[0]


def gains_between(earlier, later, apart=APART):
    """``(gains [3], '')`` by which the light of a later photograph is that of an earlier one, of patches ``[P, 3]`` of
    the same printed card; what they truly reflect plays no part. ``(None, reason)`` where they cannot say.

    Args:
        apart: By which the log of the gain may differ from patch to patch.
    """
    logs = np.log(earlier / later)
    logs = logs[~np.isnan(logs).any(1)]
    if len(logs) < LEAST:
        return None, NO_LIGHT
    return (None, UNEVEN) if np.ptp(logs, axis=0).max() > apart else (np.exp(logs.mean(0)), '')


def find_card(photograph):
    """The ``Card`` in a photograph uint8 RGB ``[H, W, 3]``, also in the picture of a mirror.

    Each corner of each marker is found to a fraction of a pixel; a plane seen in perspective is laid through them by
    least squares, in which all markers may be a little larger or smaller than printed, as light that spills over an
    edge makes them. Lenses are taken for straight. Time: some 0.05 s.
    """
    best, copy = _Seen([], []), None
    for factor in dict.fromkeys(min(1., side / max(photograph.shape)) for side in SIDES):
        shown = resized(photograph, factor)
        for mirrored in (False, True):
            seen, others = _markers(shown)
            if len(seen.numbers) > len(best.numbers):
                best, copy = seen, (shown, factor, mirrored)
            if not others:
                break
            shown = np.ascontiguousarray(shown[:, ::-1])
        if len(best.numbers) == len(MARKERS):
            break
    if len(best.numbers) < LEAST:
        return Card(reason=ONE if len(best.numbers) else NO_CARD)
    return _of_photograph(_read(copy[0], best), *copy)


class _Seen(NamedTuple):
    """Which markers of a card are seen, ``[M]``, and the corners of each in pixels, ``[M, 4, 2]``."""

    numbers: np.ndarray
    corners: np.ndarray


def _markers(photograph):
    """``(_Seen, how many markers are seen as in a mirror)``."""
    how = cv2.aruco.DetectorParameters()
    how.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    how.minMarkerPerimeterRate, how.adaptiveThreshWinSizeMax = SMALLEST, BLUNT
    corners, numbers, _ = cv2.aruco.ArucoDetector(both_ways(), how).detectMarkers(
        cv2.cvtColor(photograph, cv2.COLOR_RGB2GRAY))
    if numbers is None:
        return _Seen([], []), 0
    numbers, corners = numbers.ravel(), np.concatenate(corners).astype(float)
    plain = numbers < len(MARKERS)
    return _Seen(numbers[plain], corners[plain]), int((~plain).sum())


def _read(photograph, seen):
    """The ``Card`` whose markers are ``_Seen`` in a copy of the photograph, in pixels of that."""
    if len(set(seen.numbers)) < len(seen.numbers):
        return Card(reason=TWO)
    plane, strays, covariance = _fit(marker_corners()[seen.numbers], seen.corners)
    scale, corners = np.exp(_log_scale(plane)), _project(plane, CORNERS)
    if not strays <= BENT[0] * scale + BENT[1]:
        return Card(reason=NOT_PLANE)
    patches = np.array([_light(photograph, _project(plane, inside)) for inside in insides()])
    longest, shortest = _lengths(plane, np.zeros(2))
    if shortest < ASKEW * longest:
        return Card(None, patches, corners, ASIDE)
    slopes = approx_fprime(plane, _log_scale, 1e-6 * np.maximum(np.abs(plane), 1e-3))
    sure = slopes @ covariance @ slopes + SURE_OF_PRINT ** 2
    spread = _spread(np.array([_lengths(plane, place) for place in places_around()]) / scale)
    lengths, areas = (float(1.96 * scale * np.sqrt(sure + each)) for each in spread)
    card = Card(Scale(float(scale), lengths, CARD, areas), patches, corners, '')
    return card if card.gains is not None else replace(card, reason=NO_LIGHT)


def _spread(lengths):
    """Mean squares by which lengths in all directions, and roots of areas, differ from 1 at places where the longest
    and the shortest length ``[N, 2]`` are known."""
    mean, half = lengths.mean(1), np.ptp(lengths, axis=1) / 2  # a length between is near mean + half * cos(2 angle)
    return ((mean - 1) ** 2 + half ** 2 / 2).mean(), ((np.sqrt(lengths.prod(1)) - 1) ** 2).mean()


def _fit(corners, seen):
    """``(plane [8], how far corners lie off it in pixels, covariance [8, 8])`` of corners ``[M, 4, 2]`` in millimetres
    and in pixels."""
    middles = corners.mean(1, keepdims=True)

    def off(values):
        return (_project(values[:8], middles + values[8] * (corners - middles)) - seen).ravel()
    start = cv2.findHomography(corners.reshape(-1, 2), seen.reshape(-1, 2))[0]
    if start is None:
        return np.full(8, np.nan), np.inf, None
    found = least_squares(off, [*(start / start[2, 2]).ravel()[:8], 1.], x_scale='jac', method='lm')
    variance = max(2 * found.cost / (seen.size - len(found.x)), SURE_OF_CORNER ** 2)
    covariance = variance * np.linalg.pinv(found.jac.T @ found.jac)
    return found.x[:8], np.sqrt(4 * found.cost / seen.size), covariance[:8, :8]


def _project(plane, places):
    """Pixels ``[..., 2]`` of places ``[..., 2]`` in millimetres from the middle of the card."""
    matrix = np.append(plane, 1).reshape(3, 3)
    x, y, depth = np.moveaxis(places @ matrix[:, :2].T + matrix[:, 2], -1, 0)
    return np.stack([x / depth, y / depth], -1)


def _slopes(plane, place):
    """By how many pixels x and y of the picture grow with a millimetre to the right and down, ``[2, 2]``, there."""
    matrix = np.append(plane, 1).reshape(3, 3)
    return (matrix[:2, :2] - np.outer(_project(plane, place), matrix[2, :2])) / (matrix[2, :2] @ place + 1)


def _log_scale(plane):
    """Log of the pixels per millimetre in the middle of the card; squared they are those of a square millimetre."""
    return np.log(np.abs(np.linalg.det(_slopes(plane, np.zeros(2))))) / 2


def _lengths(plane, place):
    """Pixels of the longest and of the shortest millimetre at a place."""
    return np.linalg.svd(_slopes(plane, place), compute_uv=False)


def _light(photograph, quadrangle):
    """Light ``[3]`` within four corners; nan where there is too much, too little, or too few pixels."""
    inside = np.zeros(photograph.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, quadrangle.round().astype(np.int32), 1)
    pixels = photograph[inside > 0]
    if len(pixels) < LEAST_PIXELS or (pixels.max(1) >= BRIGHT).mean() > GLARE:
        return np.full(3, np.nan)
    middle = np.median(pixels, 0)
    return linear(middle) if middle.min() > DARK else np.full(3, np.nan)


def _of_photograph(card, shown, factor, mirrored):
    """A ``Card`` in pixels of the photograph, of which a copy was read, ``factor`` times as large and perhaps mirrored.
    """
    corners = card.corners
    if corners is not None:
        corners = [shown.shape[1] - 1, 0] + corners * [-1, 1] if mirrored else corners
        corners = (corners + .5) / factor - .5
    return replace(card, scale=card.scale and card.scale.resized(1 / factor), corners=corners)
