"""What lies where on the card of ``lopm card``: four markers, and patches of gray between them. Millimetres, from its
upper left corner; everything that is not named is paper."""
import cv2
import numpy as np

from lopm.followup.light import encoded

WIDE, HIGH = 34, 18
MARKER = 6  # side of a marker, whose squares then measure a millimetre
CELLS = 6  # squares of a marker in a row: four that code it, within a black rim
# Where each marker begins, by its number in OpenCV's DICT_4X4_50. Of that any two of these four differ most: in 6 of 16
# squares or more, however they are turned or mirrored.
MARKERS = {7: (2, 2), 20: (26, 2), 23: (2, 10), 24: (26, 10)}
PATCHES = (9.5, .10), (14.5, 1.), (19.5, .36)  # where each begins, and its share of the light that the paper gives back
PATCH_WIDE, PATCH_TOP, PATCH_HIGH = 5, 2, 14
INSET = 1.2  # of a patch, which blur may have mixed with what is next to it
AROUND = 10  # how far from the card a lesion may lie for what the card says of sizes
MIDDLE = np.array([WIDE / 2, HIGH / 2])
CORNERS = np.array([[0, 0], [WIDE, 0], [WIDE, HIGH], [0, HIGH]]) - MIDDLE


def dictionary():
    """OpenCV's of the four markers alone, in the order of ``MARKERS``: another's marker is then none."""
    known = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    return cv2.aruco.Dictionary(known.bytesList[list(MARKERS)], known.markerSize, 0)


def both_ways():
    """OpenCV's dictionary of the four markers, and behind them of the same as a mirror shows them."""
    plain = dictionary()
    cells = [cv2.aruco.Dictionary.getBitsFromByteList(code[None], plain.markerSize) for code in plain.bytesList]
    mirrored = [cv2.aruco.Dictionary.getByteListFromBits(np.ascontiguousarray(each[:, ::-1])) for each in cells]
    return cv2.aruco.Dictionary(np.concatenate([plain.bytesList, *mirrored]), plain.markerSize, 0)


def marker_corners():
    """``[4, 4, 2]``: the corners of each marker, clockwise from the upper left one, from the middle of the card."""
    square = MARKER * np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    return np.array(list(MARKERS.values()))[:, None] + square - MIDDLE


def places_around():
    """``[N, 2]``: places on the card and around it where a lesion may lie, from its middle."""
    x, y = (np.linspace(-half - AROUND, half + AROUND, 7) for half in MIDDLE)
    return np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)


def insides():
    """``[3, 4, 2]``: the corners of what may be read of each patch, from the middle of the card."""
    far, deep = PATCH_WIDE - INSET, PATCH_HIGH - INSET
    inside = np.array([[INSET, INSET], [far, INSET], [far, deep], [INSET, deep]])
    return np.array([[x, PATCH_TOP] for x, _ in PATCHES])[:, None] + inside - MIDDLE


def boxes():
    """``[(x, y, width, height, sRGB 0 to 255)]``, in the order in which they are painted upon white paper."""
    found = [(x, PATCH_TOP, PATCH_WIDE, PATCH_HIGH, int(encoded(share))) for x, share in PATCHES]
    known, side = dictionary(), MARKER / CELLS
    for number, (x, y) in enumerate(MARKERS.values()):
        cells = known.generateImageMarker(number, CELLS)
        found += [(x + column * side, y + row * side, side, side, 0) for row, column in zip(*np.nonzero(cells == 0))]
    return found
