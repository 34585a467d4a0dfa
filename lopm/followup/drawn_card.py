"""A card laid into a photograph by a camera whose pose, light and faults are known: to see how well it is read."""
from dataclasses import dataclass

import cv2
import numpy as np

from lopm.followup.card_face import CORNERS, HIGH, MIDDLE, WIDE, boxes
from lopm.followup.light import encoded, linear

FINE = 24  # pixels of a millimetre of the card before it is photographed
OVER = 3  # times as fine as the picture it is laid into, and averaged
PAPER = .85  # light of the card's paper, of what is white on the photograph


@dataclass(frozen=True)
class Pose:
    """How a card lies before a camera without distortion.

    Attributes:
        middle: x and y of its middle, in pixels. px_per_mm: There, of a millimetre that is not foreshortened.
        turn: Degrees in the picture. tilt: Degrees by which it is turned away. toward: Degrees of the axis of that.
        distance: Of the camera, in millimetres.
    """

    middle: tuple
    px_per_mm: float
    turn: float = 0.
    tilt: float = 0.
    toward: float = 0.
    distance: float = 250.

    def plane(self, size):
        """``[3, 3]``: from millimetres, from the middle of the card, to pixels of a photograph (width, height)."""
        turned, aside = (np.deg2rad(each) for each in (self.turn, self.toward))
        axis = np.array([np.cos(aside), np.sin(aside), 0])
        pose = cv2.Rodrigues(np.deg2rad(self.tilt) * axis)[0] @ cv2.Rodrigues(np.array([0, 0, turned]))[0]
        focal, center = self.px_per_mm * self.distance, np.array(size) / 2
        lens = np.array([[focal, 0, center[0]], [0, focal, center[1]], [0, 0, 1]])
        place = [*(np.array(self.middle) - center) / self.px_per_mm, self.distance]
        return lens @ np.stack([*pose.T[:2], place], 1)


def with_card(photograph, pose, light=(1, 1, 1), blur=0., noise=0., quality=None, gray=None, seed=0):
    """A photograph uint8 RGB ``[H, W, 3]`` with a card in it, taken again.

    Args:
        light: By which red, green and blue of all of it are multiplied. blur: Standard deviation in pixels, of light.
        noise: Standard deviation, of 255. quality: Of the JPEG that it becomes. gray: What a printer makes of the light
            of each gray patch: a function; None: as it is meant.
    """
    size = photograph.shape[1::-1]
    finer = np.array([[OVER, 0, (OVER - 1) / 2], [0, OVER, (OVER - 1) / 2], [0, 0, 1]])
    shrink = np.array([[1 / FINE, 0, (.5 / FINE) - MIDDLE[0]], [0, 1 / FINE, (.5 / FINE) - MIDDLE[1]], [0, 0, 1]])
    matrix = finer @ pose.plane(size) @ shrink
    laid = PAPER * cv2.warpPerspective(_face(gray), matrix, [OVER * side for side in size], flags=cv2.INTER_AREA)
    there = np.zeros(laid.shape, np.float32)
    corners = cv2.perspectiveTransform(CORNERS[None], finer @ pose.plane(size))[0]
    cv2.fillConvexPoly(there, corners.round().astype(np.int32), 1.)
    laid, there = (cv2.resize(each, size, interpolation=cv2.INTER_AREA)[..., None] for each in (laid * there, there))
    seen = (linear(photograph) * (1 - there) + laid) * np.asarray(light, np.float32)
    if blur:
        seen = cv2.GaussianBlur(seen, (0, 0), blur)
    taken = encoded(seen) + np.random.default_rng(seed).normal(0, noise, seen.shape)
    taken = taken.round().clip(0, 255).astype(np.uint8)
    if quality is None:
        return taken
    kept = cv2.imencode('.jpg', taken[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(kept, cv2.IMREAD_COLOR)[..., ::-1])


def _face(gray):
    """Light of the card, float32 ``[H, W]``, where paper gives back all."""
    face = np.full((FINE * HIGH, FINE * WIDE), 255, np.uint8)
    for x, y, wide, high, value in boxes():
        left, top, right, bottom = (round(FINE * side) for side in (x, y, x + wide, y + high))
        face[top:bottom, left:right] = value
    light = linear(face).astype(np.float32)
    return gray(light) if gray else light
