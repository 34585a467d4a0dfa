"""What of a photograph is known again at the next visit, whatever the light: redness and relief, not the lesions."""
from typing import NamedTuple

import cv2
import numpy as np

from lopm.curation.same_mouth.features import describe_points

SIDE = 640  # pixels of the longer side at which points are looked for
HALF = 2  # by which the layers that are laid upon each other are smaller
BLURS = 2, 4  # pixels: fine points and coarse ones, where noise hides the fine
AROUND = 40  # pixels over which a layer is made even: light falls off more slowly
MARGIN = .1  # of a lesion's diameter around its outline that is not looked at either
GLARE = 225  # a pixel whose channels are all above shows the lamp
FAINT = .02  # contrast of a point that counts (SIFT's threshold)


class View(NamedTuple):
    """Of a photograph, with its longer side at 640 pixels:

    ``points``: SIFT points (``POINT [N]``) for each blur of lightness and redness. ``layers``: float32 ``[2, h, w]``,
    lightness and redness at half of that size, evened out to mean 0 and deviation 1. ``seen``: bool ``[h, w]``, what is
    neither lesion nor glare. ``scale``: by which the photograph was made smaller to 640.
    """

    points: list
    layers: np.ndarray
    seen: np.ndarray
    scale: float


def view_of(photograph, outlines):
    """``View`` of a photograph uint8 RGB ``[H, W, 3]`` whose lesions ``outlines`` bool ``[L, H, W]`` are hidden.

    Redness (log of red over green) is what blood gives, and light, shade and camera change little of it; lightness has
    the edges of teeth and folds. Glare moves with the lamp, not with the mouth: it is hidden as lesions are.
    """
    scale = SIDE / max(photograph.shape)
    small = resized(photograph, scale)
    seen = ~hidden(small, [resized(each.astype(np.uint8), scale) > 0 for each in outlines])
    points = []
    for blur in BLURS:
        layers = _layers(small, blur)
        for layer in layers:
            found = describe_points(np.clip(128 + 45 * layer, 0, 255).astype(np.uint8), FAINT)
            x, y = found['place'].round().astype(int).T
            points.append(found[seen[y.clip(0, len(seen) - 1), x.clip(0, seen.shape[1] - 1)]])
    return View(points, np.stack([resized(layer, 1 / HALF) for layer in layers]),
                resized(seen.astype(np.uint8), 1 / HALF) > 0, scale)


def resized(layer, factor):
    """A layer ``[H, W, ...]`` made smaller or larger, a pixel at least; of a mask in uint8 the nearest pixels."""
    size = [max(1, round(factor * side)) for side in layer.shape[1::-1]]
    nearest = layer.dtype == np.uint8 and layer.ndim == 2
    return cv2.resize(layer, size, interpolation=cv2.INTER_NEAREST if nearest else
                      cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)


def _layers(photograph, blur):
    logs = np.log1p(cv2.GaussianBlur(photograph.astype(np.float32), (0, 0), blur))
    return [_even(logs.mean(2)), _even(logs[..., 0] - logs[..., 1])]


def _even(layer):
    layer = layer - cv2.GaussianBlur(layer, (0, 0), AROUND)
    return layer / (np.sqrt(cv2.GaussianBlur(layer ** 2, (0, 0), AROUND)) + 1e-3)


def hidden(photograph, outlines):
    """Where a photograph uint8 RGB ``[H, W, 3]`` shows glare, a lesion, or what is next to one: bool ``[H, W]``."""
    hidden = cv2.dilate((photograph.min(2) > GLARE).astype(np.uint8), np.ones((5, 5), np.uint8))
    for outline in outlines:
        reach = 2 * int(MARGIN * 2 * np.sqrt(outline.sum() / np.pi) + 1) + 1
        hidden |= cv2.dilate(outline.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    return hidden > 0
