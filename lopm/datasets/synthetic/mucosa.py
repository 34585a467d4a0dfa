"""The healthy mouth around the lesions, in CIELAB: mucosa, vessels, folds, teeth, lips, per site.

Each site of the schema has a look of its own, given in one line of `SCENES`: a hint, not anatomy.
"""
from typing import NamedTuple

import cv2
import numpy as np

MUCOSA = (58., 27., 15.)   # CIELAB
TOOTH = (84., 1., 15.)
OUTSIDE = {'skin': (66., 15., 20.), 'retractor': (72., -2., -4.), 'dark': (12., 6., 4.)}


class Scene(NamedTuple):
    """Tone relative to MUCOSA, surface pattern, vessels (0 to 2), side of the teeth, what lies outside."""
    tone: tuple
    pattern: str
    vessels: float
    teeth: str
    outside: str
    outside_side: str


SCENES = {
    'vermilion_upper': Scene((2, 8, 0), 'lip_lines', 0, 'bottom', 'skin', 'top'),
    'vermilion_lower': Scene((2, 8, 0), 'lip_lines', 0, 'top', 'skin', 'bottom'),
    'labial_mucosa_upper': Scene((0, 3, 0), 'folds', 1.5, 'bottom', 'skin', 'top'),
    'labial_mucosa_lower': Scene((0, 3, 0), 'folds', 1.5, 'top', 'skin', 'bottom'),
    'commissure': Scene((1, 5, 2), 'folds', .5, '', 'skin', 'left'),
    'buccal': Scene((0, 0, 0), 'folds', 1, 'right', 'retractor', 'left'),
    'vestibule': Scene((0, 2, -1), 'folds', 2, 'bottom', 'retractor', 'top'),
    'retromolar': Scene((-2, 2, 0), 'folds', .5, 'left', 'dark', 'right'),
    'gingiva_upper': Scene((5, -3, -2), 'stipple', 0, 'bottom', 'retractor', 'top'),
    'gingiva_lower': Scene((5, -3, -2), 'stipple', 0, 'top', 'retractor', 'bottom'),
    'tongue_dorsum': Scene((3, -4, -2), 'papillae', 0, '', 'dark', 'top'),
    'tongue_lateral_border': Scene((1, 0, 0), 'papillae', .5, 'top', 'dark', 'right'),
    'tongue_ventral': Scene((-2, 2, -4), 'smooth', 2, '', 'dark', 'left'),
    'floor_of_mouth': Scene((-3, 4, -2), 'smooth', 2, 'bottom', 'dark', 'top'),
    'hard_palate': Scene((5, -5, 2), 'rugae', 0, 'top', 'retractor', 'bottom'),
    'soft_palate': Scene((-1, 4, 2), 'smooth', 1, '', 'dark', 'bottom'),
    'base_of_tongue': Scene((-3, 2, 1), 'bumps', .5, '', 'dark', 'top'),
    'other': Scene((0, 0, 0), 'smooth', .5, '', 'retractor', 'left'),
}


def field(rng, shape, cell):
    """Smooth noise of unit variance, float32 `shape`, whose detail is about `cell` pixels wide."""
    cell = np.broadcast_to(cell, 2)
    step = np.clip(cell // 4, 1, 8)  # cubic on a coarse grid, linear from there: looks the same, in a third of the time
    coarse = [int(np.ceil(n / s)) for n, s in zip(shape, step)]
    small = rng.standard_normal([int(np.ceil(n / c)) + 3 for n, c in zip(shape, cell)], np.float32)
    size = [int(np.ceil(n * c / s)) for n, c, s in zip(small.shape, cell, step)]
    large = cv2.resize(small, size[::-1], interpolation=cv2.INTER_CUBIC)
    y, x = (int(rng.integers(0, max(1, s - n + 1))) for s, n in zip(size, coarse))
    window = large[y:y + coarse[0], x:x + coarse[1]] * np.float32(1.25)
    return cv2.resize(window, shape[::-1], interpolation=cv2.INTER_LINEAR)


def draw_mucosa(rng, site, shape):
    """The view without lesions.

    Returns:
        lab (float32 [H, W, 3]), height (float32 [H, W], relief in pixels), tissue (bool [H, W], where
        lesions may lie), cavity (bool [H, W], inside of the mouth: tissue and teeth).
    """
    scene = SCENES[site]
    base = np.add(MUCOSA, scene.tone) + rng.normal(0, (3.5, 3, 2.5))
    mottle = field(rng, shape, 60)
    lab = np.empty((*shape, 3), np.float32)
    lab[..., 0] = base[0] + 2.2 * mottle + 1.2 * field(rng, shape, 14)
    lab[..., 1] = base[1] - 2.0 * mottle + 1.5 * field(rng, shape, 30)
    lab[..., 2] = base[2] + 1.2 * field(rng, shape, 40)
    height = 5 * field(rng, shape, 90) + .5 * field(rng, shape, 16)
    height += _pattern(rng, scene.pattern, shape, lab)
    _draw_vessels(rng, lab, round(7 * scene.vessels))
    outside = np.zeros(shape, bool)
    if rng.random() < .75:
        outside = _edge_distance(rng, shape, scene.outside_side, depth=.13, wave=10) < 0
    teeth = _draw_teeth(rng, lab, height, scene.teeth) if scene.teeth and rng.random() < .85 else None
    teeth = np.zeros(shape, bool) if teeth is None else teeth & ~outside
    _paint_outside(rng, lab, height, outside, scene.outside)
    return lab, height, ~(outside | teeth), ~outside


def _pattern(rng, name, shape, lab):
    """Relief of the surface; papillae and lip lines also color it."""
    if name == 'papillae':
        grain = field(rng, shape, 6)
        lab[..., 0] += 1.8 * grain
        lab[..., 1] -= 1.2 * grain
        return .4 * grain
    if name == 'bumps':
        return 2.2 * np.abs(field(rng, shape, 24))
    if name == 'stipple':
        return .3 * field(rng, shape, 8)
    if name == 'rugae':
        y, x = (axis.astype(np.float32) for axis in np.ogrid[:shape[0], :shape[1]])
        bend = 14 * field(rng, shape, 110)
        fade = np.clip(1 - y / shape[0] * 1.1, 0, 1)
        return 3.5 * fade * np.maximum(0, np.sin((y + bend + .0009 * (x - shape[1] / 2) ** 2) / 7.5))
    if name == 'lip_lines':
        lines = np.maximum(0, field(rng, shape, (130, 9)) - .6)
        lab[..., 0] -= 4 * lines
        return -1.5 * lines
    if name == 'folds':
        return 3.5 * np.abs(field(rng, shape, (150, 55)))
    return np.zeros(shape, np.float32)


def _draw_vessels(rng, lab, count):
    """Thin red to violet branching lines: random walks, drawn with sub-pixel ends."""
    ink = np.zeros(lab.shape[:2], np.uint8)
    for _ in range(count):
        start = rng.uniform(0, lab.shape[1::-1])
        angle = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, .25, 26))
        path = start + np.cumsum(8 * np.stack([np.cos(angle), np.sin(angle)], 1), 0)
        branch = path[10] + np.cumsum(7 * np.stack([np.cos(angle + .7), np.sin(angle + .7)], 1), 0)
        points = [np.int32(16 * p) for p in (path, branch[:14])]
        cv2.polylines(ink, points, False, int(rng.uniform(90, 220)), int(rng.integers(1, 3)),
                      cv2.LINE_AA, 4)
    ink = cv2.GaussianBlur(ink, (0, 0), .9).astype(np.float32) / 255
    there = ink > 0
    lab[there] += np.multiply.outer(ink[there], np.float32([-13, 9, -3]))


def _edge_distance(rng, shape, side, depth, wave):
    """Pixels to a wavy, bowed line near one `side`, negative beyond it; `depth` is a share of the frame."""
    swapped = side in ('left', 'right')
    rows, cols = shape[::-1] if swapped else shape
    across = np.linspace(-1, 1, cols, dtype=np.float32)
    line = rows * depth * rng.uniform(.5, 1.1) * (1 + rng.uniform(-.2, .6) * across ** 2)
    line = line + wave * field(rng, (1, cols), (1, 80))[0]
    distance = np.arange(rows, dtype=np.float32)[:, None] - line
    distance = distance[::-1] if side in ('bottom', 'right') else distance
    return distance.T if swapped else distance


def _draw_teeth(rng, lab, height, side):
    """A row of teeth along one side, drawn in place. Returns where they are, bool [H, W]."""
    shape = lab.shape[:2]
    swapped = side in ('left', 'right')
    depth = _edge_distance(rng, shape, side, depth=.14, wave=3)
    cols = shape[0 if swapped else 1]
    place = np.arange(cols, dtype=np.float32) / np.float32(rng.uniform(58, 84)) + np.float32(rng.random())
    arch = np.sqrt(np.sin(np.pi * (place % 1)))     # 0 in the gap, 1 along the middle of a tooth
    own = rng.normal(0, 2.5, int(place.max()) + 1).astype(np.float32)[place.astype(int)]  # no two teeth are alike
    arch, own = (x[:, None] if swapped else x[None] for x in (arch, own))
    crown = depth + 16 * (1 - arch)                 # scalloped line of the gum
    teeth = crown < 0
    shade = (10 * arch - 8 + .06 * crown + own)[teeth]
    tone = np.add(TOOTH, rng.normal(0, (4, 1, 4)))
    lab[teeth] = tone + np.stack([shade, 0 * shade, -.3 * shade], -1)
    gum = ~teeth & (crown < 30)
    lab[gum, 0] -= 9 * np.exp(crown[gum] / -4)      # its shadow
    height[teeth] = 0
    return teeth


def _paint_outside(rng, lab, height, outside, kind):
    """Skin, a retractor or the dark beyond the mouth, drawn in place, with a shadow along its edge."""
    if not outside.any():
        return
    tone = np.add(OUTSIDE[kind], rng.normal(0, (4, 1.5, 2)))
    rough = field(rng, lab.shape[:2], 12 if kind == 'skin' else 70)[..., None]
    soft = cv2.GaussianBlur(outside.astype(np.float32), (0, 0), 2)
    lab[..., 0] -= 9 * cv2.blur(outside.astype(np.float32), (31, 31))
    there = soft > 0
    paint = np.float32(tone) + rough[there] * np.float32([2, .8, .8])
    lab[there] += soft[there][:, None] * (paint - lab[there])
    height *= 1 - soft
