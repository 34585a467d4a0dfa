"""Lesions drawn from their labels, onto a view in CIELAB: outline, border, color, relief, texture.

Every word has one visible meaning, and each of them is drawn on its own, so no word gives another
away: sharpness is the width of the transition at the outline, regularity the lobes of the outline,
homogeneity the variation of the white layer's thickness, color what is added to the mucosa beneath,
texture and elementary lesion the relief that the light then shades.
"""
import cv2
import numpy as np

from lopm.datasets.synthetic.mucosa import field

DELTA = {  # CIELAB, added to the mucosa beneath at full strength
    'white': (24, -14, -6), 'red': (-12, 17, 8), 'yellow_fibrinous': (14, -14, 19),
    'blanched': (7, -14, 2), 'pigmented': (-20, -10, -3), 'mucosa_colored': (-5, 3, 1)}
TRANSITION = {'well_defined': (2, 2), 'partly_defined': (2, 40), 'ill_defined': (42, 42)}  # pixels
LOBES = {'regular': (2, 3, .01), 'intermediate': (4, 8, .05), 'irregular': (4, 9, .13)}
THICKNESS_NOISE = {'homogeneous': .05, 'intermediate': .35, 'non_homogeneous': .8}
PATCH = {'homogeneous': 80, 'intermediate': 45, 'non_homogeneous': 28}  # pixels, of each color
RELIEF = {  # pixels: a plateau with the border's own slope, and a dome
    'macule': (0, 0), 'plaque': (2.5, 0), 'papule_nodule': (2, 9), 'mass_exophytic': (3, 20),
    'vesicle_bulla': (1, 13), 'erosion': (-2.5, 0), 'ulcer': (0, 0)}
MARGIN = 22    # pixels around the outline that a soft border may reach
FAR = 99.      # pixels
SHADE = np.float32([1, -.25, .1])  # a lighter spot is also paler


def draw_lesion(lesion, growth, lab, height, gloss, room):
    """Draw one lesion in place; at `growth` 1.1 it is a tenth wider than it was, otherwise the same.

    Args:
        lab, height, gloss: The view: float32 [H, W, 3], [H, W] relief in pixels, [H, W] shine.
        room (float32 [H, W]): Signed distance to where the lesion may not lie, positive where it may.

    Returns:
        float32 [H, W]: Signed distance to its outline in pixels, positive inside; -FAR from afar.
    """
    rng = np.random.default_rng(lesion.seed)
    window = _window(lesion, lab.shape)
    radius, features = lesion.radius * growth, lesion.features
    y, x = (axis - middle for axis, middle in zip(np.ogrid[window], lesion.center[::-1]))
    inside = np.minimum(_lobed_ellipse(rng, features['border_regularity'], radius, x, y), room[window])
    distance = np.full(lab.shape[:2], -FAR, np.float32)
    distance[window] = inside
    if not (inside > 0).any():  # behind the teeth
        return distance
    angle = np.arctan2(y, x).astype(np.float32)
    width = _transition(rng, features['border_sharpness'], angle, radius)
    ramp = np.clip(.5 + inside / width, 0, 1)
    alpha = ramp * ramp * (3 - 2 * ramp)  # half of the lesion is there on the outline itself
    tint, shine = _color(rng, features, inside > 0), gloss[window]
    relief, shade, wet = _texture(rng, features['texture'], inside, radius, width)
    strength = np.float32(rng.uniform(.9, 1.25))
    word = features['elementary_lesion'][0]
    plateau, dome = RELIEF[word]
    slope = np.clip(1 - inside / (.7 * radius), 0, 1)
    tint += np.multiply.outer(strength * shade, SHADE)
    tint *= alpha[..., None]
    lab[window] += tint
    height[window] += alpha * (plateau + dome * (1 - slope * slope) + strength * relief)
    shine += alpha * (wet + 1.5 * (word == 'vesicle_bulla') - shine * .5)
    return distance


def _window(lesion, shape):
    """Slices of the box that holds the lesion at any growth: what is random in it never changes."""
    reach = 1.9 * lesion.radius + MARGIN
    return tuple(slice(max(0, int(c - reach)), min(n, int(c + reach)))
                 for c, n in zip(lesion.center[::-1], shape))


def _lobed_ellipse(rng, word, radius, x, y):
    """Signed distance, float32 [h, w], to an ellipse of random shape with lobes, around x = y = 0."""
    low, high, amplitude = LOBES[word]
    theta = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    aspect, turn = rng.uniform(1, 1.5), rng.uniform(0, np.pi)
    r = 1 / np.hypot(np.cos(theta - turn) / aspect ** .5, np.sin(theta - turn) * aspect ** .5)
    uneven = amplitude * (1 + .6 * np.cos(theta - rng.uniform(0, 2 * np.pi)))  # more on one side
    for k in range(low, high + 1):
        r += uneven * rng.uniform(.4, 1.2) * np.cos(k * theta + rng.uniform(0, 2 * np.pi))
    r = radius * np.clip(r, .4, 1.6)
    outline = np.stack([np.cos(theta) * r - x.min(), np.sin(theta) * r - y.min()], 1)
    paper = np.zeros((y.size, x.size), np.uint8)
    return signed_distance(cv2.fillPoly(paper, [np.int32(outline * 16)], 1, cv2.LINE_8, 4))


def _transition(rng, word, angle, radius):
    """Width of the border in pixels at each angle; partly defined: about half of the rim is sharp."""
    sharp, soft = np.minimum(TRANSITION[word], .75 * radius)
    share = np.clip(.5 + 1.6 * np.sin(angle + rng.uniform(0, 2 * np.pi)), 0, 1)
    return sharp + (soft - sharp) * share


def signed_distance(mask):
    """Pixels to the edge of a uint8 mask, positive inside, float32; smoothed below a pixel."""
    distance = (cv2.distanceTransform(mask, cv2.DIST_L2, 5)
                - cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5))
    return cv2.GaussianBlur(distance - np.sign(distance) / 2, (0, 0), 1)


def _color(rng, features, inside):
    """What the lesion adds to the mucosa at full strength, CIELAB float32 [h, w, 3]."""
    colors, shape = features['color'], inside.shape
    cell = PATCH.get(features.get('homogeneity'), rng.uniform(28, 60))
    share = _shares(rng, len(colors), inside, cell)
    noise = THICKNESS_NOISE.get(features.get('homogeneity'), .15) * rng.uniform(.6, 1.4)
    thickness = np.clip(1 + noise * (field(rng, shape, 24) - .3 * (noise > .5)), .05, 1.3)
    total = np.zeros((*shape, 3), np.float32)
    for i, word in enumerate(colors):
        delta = np.add(DELTA[word], rng.normal(0, 1.5, 3)) * rng.uniform(.65, 1.05)
        amount = thickness if word == 'white' else 1
        if word == 'blanched':  # marbled
            amount = np.clip(.9 + .35 * field(rng, shape, 30), .2, 1.5)
        total += np.multiply.outer(share[i] * amount, np.float32(delta))
    return total


def _shares(rng, count, inside, cell):
    """The surface shared out in patches: [count, h, w], sum 1, each with about the same area inside."""
    if count == 1:
        return np.ones((1, *inside.shape), np.float32)
    score = np.stack([field(rng, inside.shape, cell) for _ in range(count)])
    own = score[:, inside]
    score = (score - own.mean(1)[:, None, None]) / (own.std(1)[:, None, None] + .1)
    share = np.exp(3 * (score - score.max(0)))
    return share / share.sum(0)


def _texture(rng, words, distance, radius, width):
    """Relief in pixels, shade (in units of SHADE) and shine [h, w]; two textures share the surface."""
    surfaces = [SURFACES[word](rng, distance.shape) for word in words if word != 'ulcerated']
    parts = _shares(rng, max(1, len(surfaces)), distance > 0, 55)
    total = [sum(part * layer for part, layer in zip(parts, layers)) for layers in zip(*surfaces)]
    if 'ulcerated' in words:
        crater = _crater(rng, distance, radius, width)
        total = [a + b for a, b in zip(total or (0, 0, 0), crater)]
    return total


def _cells(rng, shape, spacing):
    """Distance to the nearest of scattered points, and that point's own random number (0 to 1)."""
    y, x = np.mgrid[0:shape[0]:spacing, 0:shape[1]:spacing].reshape(2, -1)
    points = np.stack([y, x]) + rng.uniform(0, .85 * spacing, (2, len(y)))
    y, x = points.astype(int)
    keep = (y < shape[0]) & (x < shape[1])
    paper = np.ones(shape, np.uint8)
    paper[y[keep], x[keep]] = 0
    near, label = cv2.distanceTransformWithLabels(paper, cv2.DIST_L2, 5,
                                                  labelType=cv2.DIST_LABEL_PIXEL)
    return near, rng.random(label.max() + 1, np.float32)[label], label


def _smooth(rng, shape):
    return np.zeros(shape, np.float32), np.ones(shape, np.float32), 1.6


def _fissured(rng, shape):
    """A net of dark cracks."""
    _, _, label = _cells(rng, shape, 36)
    edges = cv2.morphologyEx(label.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((4, 4))) > 0
    cracks = cv2.GaussianBlur(edges.astype(np.float32), (0, 0), 1.2)
    return -3 * cracks, 2 - 30 * cracks, .3


def _wrinkled(rng, shape):
    """Near parallel ridges."""
    angle, wave = rng.uniform(0, np.pi), rng.uniform(16, 21)
    y, x = np.ogrid[:shape[0], :shape[1]]
    phase = (np.cos(angle) * x + np.sin(angle) * y) / wave + .4 * field(rng, shape, 60)
    ridges = np.sin(2 * np.pi * phase).astype(np.float32)
    return 3.5 * ridges, 9 * ridges, .6


def _verrucous(rng, shape):
    """Crowded warty projections of uneven height with dark clefts between."""
    near, own, _ = _cells(rng, shape, 19)
    wart = (5 + 8 * own) * np.clip(1 - near / 12, 0, 1)
    return cv2.GaussianBlur(wart, (0, 0), 1), 22 * np.clip(.5 - near / 12, -.7, .5), .2


def _nodular(rng, shape):
    """Round granules, apart from each other."""
    near, own, _ = _cells(rng, shape, 36)
    size = 9 + 4 * own
    granule = np.sqrt(np.clip(1 - (near / size) ** 2, 0, 1))
    return cv2.GaussianBlur(13 * granule, (0, 0), 1), 12 * granule, .6


def _velvety(rng, shape):
    """A fine matte pile."""
    pile = field(rng, shape, 6)
    return 1.5 * pile, 8 * pile, -1


def _crater(rng, distance, radius, width):
    """The ulcer in the middle: a wet uneven floor, and a wall as steep as the border is sharp."""
    rim = distance - radius * .16 + 4 * field(rng, distance.shape, 25)
    depth = np.clip(.5 + rim / np.maximum(7, .6 * width), 0, 1)
    floor = field(rng, distance.shape, 11)
    wall = 4 * depth * (1 - depth)
    return -16 * depth + depth * floor, -13 * depth - 16 * wall + 3 * depth * floor, 1.2 * depth


SURFACES = {'smooth_flat': _smooth, 'fissured_cracked': _fissured, 'wrinkled_corrugated': _wrinkled,
            'verrucous_papillary': _verrucous, 'nodular_granular': _nodular, 'velvety': _velvety}
