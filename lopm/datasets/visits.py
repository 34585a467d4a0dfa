"""Follow-up that is known: one view photographed again, its lesions grown or recolored by what is asked for, the mouth
moved, the picture taken from elsewhere in another light. What lies where is known for every pixel."""
from dataclasses import dataclass, replace

import cv2
import numpy as np

from lopm.datasets.synthetic import camera as cameras
from lopm.datasets.synthetic.generate import draw_view
from lopm.datasets.synthetic.mucosa import field
from lopm.datasets.synthetic.patients import CANVAS_HEIGHT, CANVAS_WIDTH, HEIGHT, WIDTH, draw_photographs

STRETCH, CELL = 4., 220  # pixels: standard deviation and width of how soft tissue is pulled out of its place
TEETH = 5.  # pixels: standard deviation of how far teeth move against it
ZOOM, TURN, SHIFT, TILT = (.92, 1.12), 10., 20., 1.2e-4  # of the camera between visits; tilt: perspective per pixel
REDDER = np.float32([-6, 9, 3])  # CIELAB that a recolored lesion gains


@dataclass(frozen=True)
class DrawnVisit:
    """A photograph of a visit. ``photograph``: uint8 RGB ``[H, W, 3]``. ``outlines``: bool ``[L, H, W]``.
    ``place``: float32 ``[H, W, 2]``, the point (x, y) of the mouth that each pixel shows, in pixels of the view:
    equal in two visits where they show the same. ``areas`` ``[L]``: of the lesions on the mouth, in pixels of the view
    (one that meets its neighbor or the teeth grows less than it would)."""

    photograph: np.ndarray
    outlines: np.ndarray
    place: np.ndarray
    areas: np.ndarray


def draw_views(number, seed=0):
    """So many views of mouths with lesions, each of another patient, as ``draw_visit`` takes them."""
    views, seen = [], set()
    for photograph in draw_photographs(4 * number + 8, seed):
        if photograph.patient_id not in seen and photograph.lesions:
            views.append(replace(photograph, growth=1.))
        seen.add(photograph.patient_id)
    return views[:number]


def draw_visit(view, seed, area=1., redder=0., moved=True, shifted=False):
    """``DrawnVisit`` of a view.

    Args:
        view: Of ``draw_views``.
        seed: Of all that is not the lesion: pose, light, how the mouth is held.
        area: By which the lesions' area has grown.
        redder: Share of ``REDDER`` (11 deltaE) that the lesions have gained.
        moved: Whether mucosa is stretched and teeth move against it; else the camera alone moves.
        shifted: Another camera: darker, softer, other casts.
    """
    rng = np.random.default_rng([seed, view.view_seed])
    lab, height, gloss, _, distances = draw_view(replace(view, growth=area ** .5))
    for distance in distances:
        lab += np.clip(distance / 6, 0, 1)[..., None] * redder * REDDER
    place = _look(rng, lab, moved)
    camera = cameras.SHIFTED if shifted else cameras.USUAL
    photograph = cameras.expose(rng, camera, *(_sample(layer, place) for layer in (lab, height, gloss)))
    outlines = [_sample(distance, place) > 0 for distance in distances]
    return DrawnVisit(photograph, np.stack(outlines), place, np.array([(each > 0).sum() for each in distances]))


def _look(rng, lab, moved):
    """Where on the view each pixel of the photograph looks: float32 ``[H, W, 2]``."""
    canvas = np.array([CANVAS_WIDTH, CANVAS_HEIGHT]) / 2
    pose = np.eye(3)
    pose[:2] = cv2.getRotationMatrix2D(tuple(canvas), rng.uniform(-TURN, TURN), rng.uniform(*ZOOM))
    tilt = np.eye(3)
    tilt[2, :2] = rng.normal(0, TILT, 2)
    to_photograph = np.eye(3)
    to_photograph[:2, 2] = np.array([WIDTH, HEIGHT]) / 2 + rng.uniform(-SHIFT, SHIFT, 2)
    centered = np.eye(3)
    centered[:2, 2] = -canvas
    back = np.linalg.inv(to_photograph @ tilt @ centered @ pose)
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    place = cv2.perspectiveTransform(np.stack([x, y], -1).reshape(1, -1, 2).astype(np.float32), back)
    place = place.reshape(HEIGHT, WIDTH, 2)
    if moved:
        is_tooth = ((lab[..., 1] < 12) & (lab[..., 0] > 60)).astype(np.float32)  # also a retractor, which moves as well
        share = _sample(cv2.GaussianBlur(is_tooth, (0, 0), 6), place)[..., None]
        soft = np.stack([field(rng, (HEIGHT, WIDTH), CELL) for _ in 'xy'], -1) * np.float32(STRETCH)
        place = place + (1 - share) * soft + share * rng.normal(0, TEETH, 2).astype(np.float32)
    return place


def _sample(layer, place):
    return cv2.remap(layer, place[..., 0], place[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
