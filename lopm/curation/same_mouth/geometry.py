"""Whether two photographs show one thing: their points match, and one move of the picture explains how they lie."""
import cv2
import numpy as np

from lopm.curation.same_mouth.features import vectors

STRONGEST = 500  # points that are compared first
RATIO = 0.8  # of the distances to the nearest and to the second (Lowe, IJCV 2004)
PIXELS = 4  # of 640: how far from its place a point may lie
LEAST = 15  # matches that make a pair
# How a scale, a date or a mark do not lie, even with some points elsewhere that fit by chance: of 1,028
# pairs of ISIC 2017 with 15 matches and more 1,022 share a scale alone; these two leave the six of one lesion.
SPREAD = 50  # pixels, of 640, that the middle half of the matches spans in every direction
SQUARE, SQUARES = 32, 10  # pixels of a side, and in how many such squares matches lie
PROMISING = 8  # matches among the strongest, from which all points are compared


def verified_matches(one, other):
    """How many points of two photographs (``features.local_features``) lie as one homography says.

    0 below 15, and where they crowd together on both photographs: what is the same there is not the mouth.
    """
    if max(len(one), len(other)) > STRONGEST and len(match(one[:STRONGEST], other[:STRONGEST])) < PROMISING:
        return 0
    matches = match(one, other)
    if len(matches) < LEAST:
        return 0
    here, there = one['place'][matches[:, 0]], other['place'][matches[:, 1]]
    # USAC draws with a seed of its own, so that equal photographs give equal results
    homography, inside = cv2.findHomography(here, there, cv2.USAC_MAGSAC, PIXELS, maxIters=2000, confidence=.999)
    inside = np.flatnonzero(inside) if homography is not None else ()
    is_pair = len(inside) >= LEAST and (_is_spread(here[inside]) or _is_spread(there[inside]))
    return len(inside) if is_pair else 0


def _is_spread(places):
    _, axes = np.linalg.eigh(np.cov(places.T))
    low, high = np.percentile(places @ axes, [25, 75], axis=0)
    squares = np.unique((places // SQUARE).astype(int), axis=0)
    return (high - low).min() >= SPREAD and len(squares) >= SQUARES


def match(one, other):
    """Pairs of points that are each other's nearest, and clearly nearer than the second: int ``[M, 2]``."""
    if min(len(one), len(other)) < 2:
        return np.zeros((0, 2), int)
    here, there = vectors(one), vectors(other)
    squares = (here ** 2).sum(1)[:, None] + (there ** 2).sum(1) - 2 * here @ there.T
    nearest = squares.argmin(1)
    second = np.partition(squares, 1, axis=1)[:, 1]
    row = np.arange(len(one))
    clear = squares[row, nearest] < RATIO ** 2 * second
    mutual = squares.argmin(0)[nearest] == row
    return np.stack([row, nearest], 1)[clear & mutual]
