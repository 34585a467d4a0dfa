"""One photograph laid upon another of the same place: by what surrounds the lesions, never by the lesions."""
from dataclasses import dataclass, field

import cv2
import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.ndimage import map_coordinates

from lopm.curation.same_mouth.geometry import match
from lopm.followup.view import HALF, SIDE
from lopm.sentence import Sentence, Share

PIXELS = 6  # of 640: how far from its place a point may lie, with mucosa that is stretched
ZOOMS = 4.  # by which one photograph may be nearer than the other
LEAST_SHARED = .15  # of the photograph: what both show, less than which is no ground to stand on
COVERED = .6  # of a photograph: where outlines and glare hide more, they are the likeliest reason
BLOCK, STEP, REACH = 41, 14, 10  # pixels of 320: a block that is looked for, from one to the next, how far around
WEIGHTS = .3, .7  # of lightness, which turns with the lamp where there is relief, and of redness
SHOWN = .6  # of a block that has to be seen, and not be lesion or glare
ALIKE = .4  # correlation from which a block is found again
LEAST_FOUND, LEAST_BLOCKS = .25, 25  # share and number of blocks: fewer is another place
ROUNDS = 2
STIFFNESS = 30.  # of the sheet through the blocks' places: higher bends less
COVERED_EARLIER, COVERED_LATER, TOO_LITTLE = REASONS = (
    'outlines and glare cover {share} of the earlier photograph: too little is left by which the place is known again; '
    'look at its outlines',
    'outlines and glare cover {share} of the later photograph: too little is left by which the place is known again; '
    'look at its outlines',
    'of what both should show {share} is found again, at {places} places, where {least} and {fewest} are the least: '
    'another place or another patient, or a picture that is too blurred')


class NotRegistered(ValueError):
    """Two photographs cannot be laid upon each other. ``args[0]``: why, a ``Sentence``."""


@dataclass(frozen=True)
class Registration:
    """How a later photograph (there) lies upon an earlier one (here).

    ``homography`` maps points here to points there, float ``[3, 3]`` in pixels of the photographs at 640; ``bend``
    float32 ``[h, w, 2]`` is added there, on the grid of the layers. ``found``: float ``[N, 2]``, where on the earlier
    one blocks were found again. ``quality``: share of what both show that was found again, 0 to 1. ``strays``: median
    pixels (of 640) that what was found lies off the sheet. ``scales``: of both photographs to 640. ``places``: by size,
    what was computed already.
    """

    homography: np.ndarray
    bend: np.ndarray
    found: np.ndarray
    quality: float
    strays: float
    scales: tuple
    places: dict = field(default_factory=dict, repr=False, compare=False)

    def there(self, points):
        """Points float ``[N, 2]`` (x, y) of the earlier photograph, on the later one."""
        here = np.asarray(points, np.float64) * self.scales[0]
        moved = cv2.perspectiveTransform(here[None], self.homography)[0] + self._bend_at(here)
        return moved / self.scales[1]

    def upon(self, layer, size):
        """A layer of the later photograph ``[H, W, ...]`` as the earlier one shows it, ``size`` (width, height)."""
        if size not in self.places:
            x, y = np.meshgrid(*(np.arange(side) for side in size))
            place = self.there(np.stack([x, y], -1).reshape(-1, 2)).reshape(*x.shape, 2)
            self.places[size] = place.astype(np.float32)
        return cv2.remap(layer, *cv2.split(self.places[size]), cv2.INTER_LINEAR)

    def surrounds(self, outline):
        """In how many of eight directions around a lesion bool ``[H, W]`` of the earlier photograph something was found
        again within a diameter of it."""
        y, x = np.nonzero(outline)
        off = self.found - (x.mean(), y.mean())
        near = np.hypot(*off.T) < 3 * np.sqrt(outline.sum() / np.pi) + 40 / self.scales[0]
        return len(set(np.floor(np.arctan2(*off[near].T) * 4 / np.pi).astype(int) % 8))

    def _bend_at(self, points):
        at = points.T[::-1] / HALF
        return np.stack([map_coordinates(plane, at, order=1, mode='nearest') for plane in cv2.split(self.bend)], 1)


def register(here, there):
    """The ``Registration`` of two views (``View``).

    1. Points described alike (SIFT of redness and of lightness, see ``view``) propose some moves of the picture: a
       homography that most of them obey (USAC_MAGSAC), and similarities, which need few of them.
    2. Each is refined until redness outside of lesions agrees best (ECC: Evangelidis and Psarakis, IEEE TPAMI 2008).
    3. Blocks of mucosa are looked for nearby; a stiff sheet (thin plate) through where they are found takes up how the
       mouth is held. A block knows nothing of a lesion or of what is next to one, and the sheet bends less than a
       lesion is wide: so it cannot follow a lesion that grows. What moves otherwise, teeth and mirrors, is found
       elsewhere than its neighbors, and is left out.

    Raises:
        NotRegistered: Too little is found again: another place, another patient, a picture without detail.
    """
    best, found = None, _Blocks.none()
    for homography in _proposed(here, there):
        for refined in (_refined(here, there, homography), homography):
            if refined is not None and _is_plausible(refined, here):
                blocks = _found_again(here, there, _moved(here, refined))
                if blocks.quality > found.quality:
                    best, found = refined, blocks
    for _ in range(ROUNDS):  # what the first sheet has brought near is found now
        if len(found.at) >= LEAST_BLOCKS:
            sheet = _Sheet(found, best)
            found = _found_again(here, there, _moved(here, best) + sheet.bend(here))
    if found.quality < LEAST_FOUND or len(found.at) < LEAST_BLOCKS:
        raise NotRegistered(_reason(here, there, found))
    sheet = _Sheet(found, best)
    bend = HALF * sheet.bend(here)[REACH:-REACH, REACH:-REACH]
    return Registration(best, bend, found.at * HALF / here.scale, found.quality, HALF * sheet.strays,
                        (here.scale, there.scale))


def _reason(here, there, found):
    """Why two views cannot be laid upon each other, as far as one can tell: a ``Sentence``."""
    for reason, view in ((COVERED_EARLIER, here), (COVERED_LATER, there)):
        covered = 1 - float(view.seen.mean())
        if covered > COVERED:
            return Sentence(reason, share=Share(covered))
    return Sentence(TOO_LITTLE, share=Share(found.quality), places=len(found.at), least=Share(LEAST_FOUND),
                    fewest=LEAST_BLOCKS)


def _proposed(here, there):
    pairs = [match(one, other) for one, other in zip(here.points, there.points)]
    one, other = (np.concatenate([points['place'][pair[:, side]] for points, pair in zip(view.points, pairs)])
                  for side, view in enumerate((here, there)))
    if len(one) < 4:
        return
    homography, _ = cv2.findHomography(one, other, cv2.USAC_MAGSAC, PIXELS, maxIters=10000, confidence=.999)
    if homography is not None:
        yield homography
    for pixels in (PIXELS, 3 * PIXELS):
        similarity, _ = cv2.estimateAffinePartial2D(one, other, method=cv2.RANSAC, ransacReprojThreshold=pixels,
                                                    maxIters=10000, confidence=.999)
        if similarity is not None:
            yield np.vstack([similarity, [0, 0, 1]])


def _refined(here, there, homography):
    """The homography at which redness agrees best, or None where it is lost on the way."""
    small = (_TO_HALF @ homography @ np.linalg.inv(_TO_HALF)).astype(np.float32)
    small /= small[2, 2]
    try:
        for blur in (9, 5):
            _, small = cv2.findTransformECC(here.layers[1], there.layers[1], small, cv2.MOTION_HOMOGRAPHY,
                                            (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 40, 1e-4),
                                            here.seen.astype(np.uint8), blur)
    except cv2.error:
        return None
    return np.linalg.inv(_TO_HALF) @ small.astype(np.float64) @ _TO_HALF


_TO_HALF = np.diag([1 / HALF, 1 / HALF, 1])


def _is_plausible(homography, view):
    """Whether a homography keeps the picture's sense and nearly its shape."""
    height, width = HALF * np.array(view.seen.shape)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    if (np.c_[corners, np.ones(4)] @ homography[2] <= .1 * homography[2, 2]).any():
        return False
    moved = cv2.perspectiveTransform(corners[None], homography)[0].astype(np.float32)
    growth = cv2.contourArea(moved, oriented=True) / (width * height)
    return 1 / ZOOMS ** 2 < growth < ZOOMS ** 2 and cv2.isContourConvex(moved)


@dataclass(frozen=True)
class _Blocks:
    """Blocks that were found again: ``at`` float ``[N, 2]`` here, and where they lie ``there``, in pixels of the
    layers; ``quality``: share of those that were looked for."""

    at: np.ndarray
    there: np.ndarray
    quality: float

    @classmethod
    def none(cls):
        return cls(np.zeros((0, 2)), np.zeros((0, 2)), 0.)


def _moved(view, homography):
    """Where each point of ``_grid`` lies on the layers of the other view: float32, as the grid."""
    grid = _grid(view)
    small = _TO_HALF @ homography @ np.linalg.inv(_TO_HALF)
    return cv2.perspectiveTransform(grid.reshape(1, -1, 2), small).reshape(grid.shape)


def _grid(view):
    """The pixels of a view's layers and ``REACH`` more on each side: float32 ``[h, w, 2]``, x and y."""
    sides = (np.arange(-REACH, side + REACH, dtype=np.float32) for side in view.seen.shape[::-1])
    return np.stack(np.meshgrid(*sides), -1)


def _found_again(here, there, place):
    """``_Blocks`` of the layers, looked for around ``place`` (see ``_moved``). Of lesions and glare, which may have
    changed, a block knows nothing: they count as the mean, on both."""
    x, y = cv2.split(place)
    seen = cv2.remap(there.seen.astype(np.uint8), x, y, cv2.INTER_NEAREST, borderValue=0) > 0
    layers = np.stack([cv2.remap(layer, x, y, cv2.INTER_LINEAR) * seen for layer in there.layers])
    both = here.seen & seen[REACH:-REACH, REACH:-REACH]
    if both.mean() < LEAST_SHARED:
        return _Blocks.none()
    share = cv2.blur(both.astype(np.float32), (BLOCK, BLOCK), borderType=cv2.BORDER_CONSTANT)
    half = BLOCK // 2
    rows, columns = (range(half, side - half, STEP) for side in both.shape)
    at = np.array([(x, y) for y in rows for x in columns if share[y, x] > SHOWN])
    if len(at) < LEAST_BLOCKS:
        return _Blocks.none()
    known, wide = here.layers * here.seen, 2 * (half + REACH) + 1
    found = [_look_for(known[:, y - half:y + half + 1, x - half:x + half + 1],
                       layers[:, y - half:y - half + wide, x - half:x - half + wide]) for x, y in at]
    likeness, off = np.array([each[0] for each in found]), np.array([each[1] for each in found])
    good = (likeness > ALIKE) & _agrees(at, off)
    lies = np.stack([map_coordinates(plane, (at + off)[good].T[::-1] + REACH, order=1) for plane in (x, y)], 1)
    return _Blocks(at[good].astype(float), lies.reshape(-1, 2), float(good.mean()))


def _look_for(block, around):
    """Correlation of the best place of a block, of both layers together, and its shift from the middle, (x, y)."""
    found = sum(weight * cv2.matchTemplate(wide, narrow, cv2.TM_CCOEFF_NORMED)
                for weight, wide, narrow in zip(WEIGHTS, around, block))
    y, x = np.unravel_index(found.argmax(), found.shape)
    if not (0 < y < found.shape[0] - 1 and 0 < x < found.shape[1] - 1):
        return 0., (0., 0.)
    return float(found[y, x]), [at - REACH + (high - low) / (4 * found[y, x] - 2 * low - 2 * high + 1e-9)
                                for at, low, high in ((x, found[y, x - 1], found[y, x + 1]),
                                                      (y, found[y - 1, x], found[y + 1, x]))]


def _agrees(at, off):
    """Whether each block has moved as those around it: within 3 pixels of their median."""
    near = np.abs(at[:, None] - at[None]).max(-1) <= 2 * STEP
    middle = np.stack([np.nanmedian(np.where(near, column, np.nan), axis=1) for column in off.T], 1)
    return np.linalg.norm(off - middle, axis=1) < 3


class _Sheet:
    """The stiff sheet through where blocks lie, as what it adds to a homography. ``strays``: median pixels off it."""

    def __init__(self, blocks, homography):
        small = _TO_HALF @ homography @ np.linalg.inv(_TO_HALF)
        off = blocks.there - cv2.perspectiveTransform(blocks.at[None], small)[0]
        self.through = RBFInterpolator(blocks.at / SIDE, off, kernel='thin_plate_spline', smoothing=STIFFNESS / SIDE,
                                       degree=1)
        self.strays = float(np.median(np.linalg.norm(self.through(blocks.at / SIDE) - off, axis=1)))

    def bend(self, view):
        """float32 on the ``_grid`` of a view, computed at every eighth point: it is smooth."""
        grid = _grid(view)
        coarse = grid[::8, ::8]
        values = self.through(coarse.reshape(-1, 2) / SIDE).reshape(coarse.shape).astype(np.float32)
        return cv2.remap(values, *cv2.split((grid + REACH) / 8), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
