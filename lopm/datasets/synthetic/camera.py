"""The photograph of a view: pose, light, saliva, color cast, focus, noise, JPEG and EXIF."""
from typing import NamedTuple

import cv2
import numpy as np
from PIL import ExifTags, Image

from lopm.datasets.synthetic.mucosa import field
from lopm.datasets.synthetic.patients import HEIGHT, WIDTH

QUARTER_TURNS = {1: 0, 3: 2, 6: 1, 8: -1}  # EXIF orientation: how the upright picture is stored


class Camera(NamedTuple):
    """A camera and the light it is used in; pairs are ranges."""
    make: str
    models: tuple
    exposure: tuple    # gain of the picture
    falloff: tuple     # loss of light from the lit side to the far corner
    cast: float        # standard deviation of the log gain of red and blue
    blur: tuple        # focus, standard deviation in pixels
    noise: tuple       # of 255
    quality: tuple     # JPEG


USUAL = Camera('Synthetic Optics', ('SO-100', 'SO-200'), (.88, 1.14), (.15, .5), .06, (.3, 1.3),
               (1, 5), (75, 95))
SHIFTED = Camera('Another Camera', ('AC-1',), (.65, 1.0), (.4, .75), .13, (1.2, 2.4), (4, 9), (45, 70))


def draw_pose(rng):
    """The affine map [2, 3] from the view's canvas to the photograph: zoom, turn, shift; and the zoom."""
    zoom, turn = rng.uniform(.95, 1.1), rng.uniform(-7, 7)
    canvas = np.array([WIDTH, HEIGHT]) * 1.125 / 2
    matrix = cv2.getRotationMatrix2D(tuple(canvas), turn, zoom)
    matrix[:, 2] += np.array([WIDTH, HEIGHT]) / 2 - canvas + rng.uniform(-16, 16, 2)
    return matrix, zoom


def warp(layer, matrix):
    return cv2.warpAffine(layer, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR,
                          borderMode=cv2.BORDER_REFLECT_101)


def expose(rng, camera, lab, height, gloss):
    """The picture, uint8 RGB [H, W, 3], of a view as the camera frames it (CIELAB, relief, shine)."""
    angle = rng.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * cv2.Sobel(height, cv2.CV_32F, 1, 0) / 8
    slope += np.sin(angle) * cv2.Sobel(height, cv2.CV_32F, 0, 1) / 8
    lab[..., 0] += 15 * np.tanh(1.2 * slope)
    rgb = cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)
    shine, light = _saliva(rng, slope, gloss), 255 * _light(rng, camera, angle)
    tint = np.exp(rng.normal(0, camera.cast, 3) * (1, .3, 1)).astype(np.float32)
    rgb = cv2.merge([(shine + (1 - shine) * plane) * (light * gain) for plane, gain in zip(cv2.split(rgb), tint)])
    rgb = cv2.GaussianBlur(rgb, (0, 0), rng.uniform(*camera.blur))
    rgb += (rng.standard_normal(rgb.shape[:2], np.float32) * np.float32(rng.uniform(*camera.noise)))[..., None]
    return cv2.convertScaleAbs(np.maximum(rgb, 0, out=rgb))  # rounds, and stops at 255


def _saliva(rng, slope, gloss):
    """Opacity of the white highlights, 0 to .95: small glints, more on wet surfaces tilted to the light."""
    shape = slope.shape
    glint = field(rng, shape, (7, 12)) + .6 * field(rng, shape, 50) + 1.5 * slope
    sharp = 3.6 - .45 * np.clip(gloss, -1.5, 2) - rng.uniform(0, .5)
    return np.clip(1.4 * (glint - sharp), 0, .95)


def _light(rng, camera, angle):
    """Uneven light [H, W]: brighter on the side of the lamp, darker in the corners."""
    y, x = (axis.astype(np.float32) for axis in np.ogrid[-1:1:HEIGHT * 1j, -1:1:WIDTH * 1j])
    away = 1 + np.cos(angle) * x + np.sin(angle) * y
    corner = .18 * (x * x + y * y)
    return rng.uniform(*camera.exposure) * (1.1 - rng.uniform(*camera.falloff) * .35 * away - corner)


def save(path, rgb, rng, camera, date):
    """Write the JPEG as a camera does: a third of them stored turned, the EXIF saying so. No place."""
    orientation = int(rng.choice([1, 3, 6, 8], p=[.66, .08, .18, .08]))
    stamp = f'{date:%Y:%m:%d} {rng.integers(8, 18):02}:{rng.integers(60):02}:00'
    model = str(rng.choice(camera.models))
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = camera.make
    exif[ExifTags.Base.Model] = model
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.DateTime] = stamp
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = stamp
    stored = np.ascontiguousarray(np.rot90(rgb, QUARTER_TURNS[orientation]))
    Image.fromarray(stored).save(path, quality=int(rng.integers(*camera.quality)), exif=exif)
    return f'{camera.make} {model}'
