"""What is compared, as a caller gives it: a photograph, the outlines of its lesions, a scale where one is known."""
from dataclasses import dataclass, replace

import cv2
import numpy as np
from pycocotools import mask as coco_mask

from lopm.case import Case
from lopm.datasets.photographs import read_photograph
from lopm.drawn import as_lesions
from lopm.followup.card import Card, find_card
from lopm.followup.covered import covered
from lopm.followup.scale import Scale
from lopm.followup.view import resized
from lopm.given import Given, name_of, source_of

BOX = .08  # standard deviation of the log of a lesion's area by a box: each side is off by 4 % of its width, by hand
LARGEST = 1280  # pixels of the longer side at which photographs are compared


@dataclass(frozen=True)
class Visit:
    """A photograph on its way to being compared: ``pixels`` uint8 RGB ``[H, W, 3]``, ``outlines`` bool ``[L, H, W]``,
    both reduced by ``factor`` where it was large; ``boxes`` bool ``[L]``, which of them were boxes; ``card`` that lies
    in the photograph, and where, bool ``[H, W]``; ``scale`` of the photograph as it was given, or None."""

    pixels: np.ndarray
    outlines: np.ndarray
    factor: float
    boxes: np.ndarray
    card: Card
    covered: np.ndarray
    scale: Scale | None = None

    def scaled(self, scale):
        """The same with a ``Scale``, or so many pixels per millimetre, or None."""
        return replace(self, scale=scale if scale is None or isinstance(scale, Scale) else Scale(scale, 0.))

    def mirrored(self):
        """As a dental mirror or a selfie camera shows it."""
        return replace(self, pixels=np.ascontiguousarray(self.pixels[:, ::-1]), outlines=self.outlines[..., ::-1],
                       covered=self.covered[:, ::-1])

    @property
    def foreign(self):
        """What is no healthy mucosa: the outlines, and the card, bool ``[L + 1, H, W]``."""
        return np.concatenate([self.outlines, self.covered[None]])

    def square_millimetres(self, pixels):
        """The area of so many pixels of the reduced photograph."""
        return pixels / (self.factor * self.scale.px_per_mm) ** 2


def pixels_of(photograph):
    """uint8 RGB ``[H, W, 3]``, upright, of a path, the bytes of a file, such an array, or a PIL image.

    Raises:
        BadPhotograph, ValueError: It cannot be read.
    """
    source = source_of(Given(photograph, name_of(photograph, 0), {}))
    pixels = source if isinstance(source, np.ndarray) else read_photograph(source)
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def visit_of(photograph, outlined):
    """``Visit`` of a photograph.

    Args:
        photograph: As of ``pixels_of``.
        outlined: A ``Case`` of it, or an outline, or a list of them: a mask ``[H, W]``, polygons ``[[x0, y0, ...]]`` or
            COCO's RLE. What fills its box, and ``{'box': [x, y, width, height]}``, is taken for the ellipse in it, and
            its size for less certain.

    Raises:
        BadPhotograph, ValueError: It cannot be read; an outline is none, or outside.
    """
    pixels = pixels_of(photograph)
    height, width = pixels.shape[:2]
    factor = min(1., LARGEST / max(height, width))
    outlines, card = _outlines(outlined, (width, height)), find_card(pixels)
    boxes = [float(coco_mask.area(each)) == np.prod(coco_mask.toBbox(each)[2:]) for each in outlines]
    masks = [_ellipse(coco_mask.toBbox(each), (height, width)) if is_box else coco_mask.decode(each)
             for each, is_box in zip(outlines, boxes)]
    if factor < 1:
        pixels, masks = resized(pixels, factor), [resized(mask.astype(np.float32), factor) >= .5 for mask in masks]
    outlines, shape = np.array(masks, bool).reshape(-1, *pixels.shape[:2]), pixels.shape[:2]
    hidden = np.zeros(shape, bool) if card.corners is None else covered(factor * card.corners, shape)
    return Visit(pixels, outlines, factor, np.array(boxes, bool), card, hidden)


def _outlines(outlined, size):
    """COCO's RLE of each outline."""
    if isinstance(outlined, Case):
        if outlined.bad:
            raise ValueError(outlined.bad)
        if outlined.size != list(size):
            raise ValueError(f'{outlined.name}: the case is of a photograph of {outlined.size}, and this one has '
                             f'{list(size)}')
        return [lesion.outline['rle'] for lesion in outlined.lesions]
    if not isinstance(outlined, np.ndarray | dict | list | tuple):
        raise ValueError(f'outlines {outlined!r}: are none; give a list of masks, polygons or RLEs, or a Case')
    alone = isinstance(outlined, np.ndarray | dict) and np.ndim(outlined) < 3 or _is_polygons(outlined)
    outlines = [_corners(each['box']) if isinstance(each, dict) and 'box' in each else each
                for each in ([outlined] if alone else outlined)]
    return [each['segmentation'] for each in as_lesions(outlines, size)]


def _is_polygons(outlined):
    return isinstance(outlined, list) and bool(outlined) and isinstance(outlined[0], list) and all(
        isinstance(number, int | float) for number in outlined[0])


def _corners(box):
    if np.shape(box) != (4,) or not np.isfinite(box).all() or min(box[2:]) <= 0:
        raise ValueError(f'box {box}: is none; give [x, y, width, height] in pixels, width and height above 0')
    x, y, width, height = box
    x, y, right, bottom = (round(side) for side in (x, y, x + width, y + height))
    return [[x, y, right, y, right, bottom, x, bottom]]


def _ellipse(box, shape):
    x, y, width, height = box
    rows, columns = np.ogrid[:shape[0], :shape[1]]
    return (((columns + .5 - x) / width - .5) ** 2 + ((rows + .5 - y) / height - .5) ** 2 <= .25).astype(np.uint8)
