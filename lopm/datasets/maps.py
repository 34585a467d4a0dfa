"""Maps derived from a lesion map (uint8: 0 background, i the i-th lesion, 255 unknown). Vectorised over lesions."""
import random

import cv2
import numpy as np

from lopm.structures import UNKNOWN

CORE = 0.4  # share of a lesion's largest inner distance beyond which a pixel is its core


def draw_lesion_map(masks, shape):
    """Lesion map ``[H, W]`` of binary masks, the i-th mask as i+1; the smaller is drawn on top of the larger."""
    lesion_map = np.zeros(shape, np.uint8)
    areas = [np.count_nonzero(mask) for mask in masks]
    for i in sorted(range(len(masks)), key=lambda i: -areas[i]):
        np.copyto(lesion_map, np.uint8(i + 1), where=masks[i] > 0)
    return lesion_map


def box_mask(box, shape):
    """Mask ``[H, W]`` of all pixels that a box ``(x, y, width, height)`` touches, one at least."""
    def span(start, length, most):
        first = int(np.clip(start, 0, most - 1))
        return slice(first, max(first + 1, int(np.ceil(start + length))))
    left, top, width, height = box
    mask = np.zeros(shape, np.uint8)
    mask[span(top, height, shape[0]), span(left, width, shape[1])] = 1
    return mask


def keep_lesions(lesion_map, ids):
    """The map with these lesions alone."""
    table = np.zeros(UNKNOWN + 1, np.uint8)
    table[ids] = ids
    return table[lesion_map]


def areas(lesion_map, count):
    """Pixels of each of ``count`` lesions, float32 ``[count]``."""
    return cv2.calcHist([lesion_map], [0], None, [UNKNOWN + 1], [0, UNKNOWN + 1]).ravel()[1:count + 1]


def nearest_lesion(lesion_map):
    """Id of the nearest lesion at every pixel (0 where there is none) and the distance to it in pixels, 0 inside."""
    inside = (lesion_map > 0) & (lesion_map < UNKNOWN)
    if not inside.any():
        return np.zeros_like(lesion_map), np.full(lesion_map.shape, np.inf, np.float32)
    distance, source = cv2.distanceTransformWithLabels(
        (~inside).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    return lesion_map[inside][source - 1], distance  # sources are numbered from 1 in the order of the pixels


def inner_distance(lesion_map):
    """Distance of lesion pixels to their own lesion's contour in pixels, float32; 0 elsewhere.

    A neighbor lesion bounds a lesion like background does; the photograph's edge and unknown pixels do not,
    since the lesion may go on there.
    """
    rim = np.zeros(lesion_map.shape, bool)
    for a, b, rim_a, rim_b in ((lesion_map[1:], lesion_map[:-1], rim[1:], rim[:-1]),
                               (lesion_map[:, 1:], lesion_map[:, :-1], rim[:, 1:], rim[:, :-1])):
        edge = (a != b) & (a != UNKNOWN) & (b != UNKNOWN)
        rim_a |= edge
        rim_b |= edge
    inside = (lesion_map > 0) & (lesion_map < UNKNOWN)
    if not rim.any():
        return inside.astype(np.float32)
    distance = cv2.distanceTransform((~rim).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return (distance + 1) * inside


def core_map(lesion_map, depth):
    """1 well inside a lesion, 0 elsewhere, 255 unknown. ``depth`` is its ``inner_distance``.

    Well inside: deeper than 0.4 of the lesion's largest depth, so that the cores of touching lesions are apart.
    """
    deepest = np.zeros(UNKNOWN + 1, np.float32)
    np.maximum.at(deepest, lesion_map.ravel(), depth.ravel())
    core = (depth > CORE * deepest[lesion_map]).astype(np.uint8)
    core[lesion_map == UNKNOWN] = UNKNOWN
    return core


def jitter_lesions(lesion_map, nearest, distance, depth, odds, size):
    """A lesion map as somebody else, or a network, might outline it.

    With ``odds``, each lesion's contour moves outward or inward: evenly (dilation, erosion) and by a smooth random
    field (shifts, bulges), both of ``size`` times the lesion's radius at one standard deviation. A lesion that
    would vanish stays as it is; unknown pixels stay unknown.

    Args:
        nearest, distance: As of ``nearest_lesion``.
        depth: As of ``inner_distance``.
    """
    rng = np.random.default_rng(random.getrandbits(64))
    area = np.bincount(lesion_map.ravel(), minlength=UNKNOWN + 1)
    moved = (rng.random(UNKNOWN + 1) < odds) & (area > 0)
    moved[[0, UNKNOWN]] = False
    if not moved.any():
        return lesion_map
    scale = np.float32(size * np.sqrt(area / np.pi) * moved)
    even = rng.standard_normal(UNKNOWN + 1, np.float32) * scale
    wave = cv2.resize(rng.standard_normal((5, 5), np.float32), lesion_map.shape[::-1], interpolation=cv2.INTER_CUBIC)
    outward = even[nearest] + wave * scale[nearest]
    signed = np.where(depth > 0, 1 - depth, distance)  # 0 at the contour, negative inside, positive outside
    jittered = np.where(signed <= outward, nearest, 0).astype(np.uint8)
    vanished = (area > 0) & (np.bincount(jittered.ravel(), minlength=UNKNOWN + 1) == 0)
    stays = vanished[lesion_map] | (lesion_map == UNKNOWN)
    return np.where(stays, lesion_map, jittered)
