"""Pixels of any mode that a picture may have become 8 bits of sRGB, as browsers and viewers show them."""
import functools
import io

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageCms

SRGB = ImageCms.createProfile('sRGB')
SAME_COLOR = 3  # of 255: by so much do the sRGB profiles in use differ from one another
UPRIGHT = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
           5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
           8: Image.Transpose.ROTATE_90}  # by the orientation that EXIF gives
QUARTER_TURNS = 5, 6, 7, 8
WHITE = {'F': (1, 255, 65535), 'I': (255, 65535)}  # what is white in floats and in integers of 32 bits


class UnknownScale(ValueError):
    """Numbers of which nobody can say how bright they are."""


def upright_bgr(image):
    """The pixels of an open PIL image, uint8 BGR ``[H, W, 3]``, upright, sRGB, on white where it is transparent."""
    image.load()
    turn = UPRIGHT.get(orientation(image))
    if turn is not None:
        image = image.transpose(turn)
    return cv2.cvtColor(np.asarray(_to_srgb(image)), cv2.COLOR_RGB2BGR)


def orientation(image):
    """The orientation, 1 to 8, by which an open PIL image still has to be turned.

    EXIF that cannot be read says nothing, as in browsers: the annotator saw the photograph as it is stored. A TIFF is
    turned by Pillow.
    """
    if image.format == 'TIFF':
        return 1
    try:
        said = image.getexif().get(ExifTags.Base.Orientation)
        return said if said in UPRIGHT else 1
    except Exception:  # Pillow raises whatever it meets in a damaged directory: struct.error, TypeError, AttributeError
        return 1


def upright_size_of(image):
    """(width, height) of an open PIL image when it stands upright."""
    return image.size[::-1] if orientation(image) in QUARTER_TURNS else image.size


def _to_srgb(image):
    if image.mode.startswith('I;16'):
        image = Image.fromarray((np.asarray(image).astype(np.uint16) // 257).astype(np.uint8))
    elif image.mode in WHITE:
        image = Image.fromarray(scaled(np.asarray(image), WHITE[image.mode]))
    if image.mode in ('PA', 'LA', 'RGBA', 'RGBa', 'La') or 'transparency' in image.info:
        image, profile = image.convert('RGBA'), image.info.get('icc_profile')
        white = Image.new('RGBA', image.size, 'white')
        return _convert_profile(Image.alpha_composite(white, image).convert('RGB'), profile)
    if image.mode not in ('RGB', 'CMYK', 'L'):
        image = image.convert('RGB')
    return _convert_profile(image, image.info.get('icc_profile')).convert('RGB')


def scaled(values, whites):
    """uint8 of numbers whose largest tells what is white: the first of ``whites`` that none exceeds.

    Raises:
        UnknownScale: Negative, not finite, or larger than all: to stretch them would invent a brightness.
    """
    low, high = values.min(), values.max()
    white = next((white for white in whites if 0 <= low and high <= white), None)
    if white is None:
        raise UnknownScale(f'numbers from {low:g} to {high:g}, where a photograph has 0 to '
                           f'{" or to ".join(map(str, whites))}; save it with 8 bits')
    return (values.astype(np.float32) * np.float32(255 / white) + np.float32(0.5)).astype(np.uint8)


def _convert_profile(image, profile):
    if not profile or image.mode == 'RGB' and is_srgb(profile):
        return image
    try:
        return ImageCms.profileToProfile(image, io.BytesIO(profile), SRGB, outputMode='RGB')
    except ImageCms.PyCMSError:  # a damaged or unfitting profile is what viewers ignore, too
        return image


@functools.lru_cache
def is_srgb(profile):
    """Whether an embedded profile, None or its bytes, leaves colors as they are: none is sRGB by convention. Tried on
    colors, for its name may say "sRGB" of its curve alone."""
    if not profile:
        return True
    levels = np.arange(0, 256, 51, dtype=np.uint8)
    colors = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(1, -1, 3)
    try:
        converted = ImageCms.profileToProfile(Image.fromarray(colors), io.BytesIO(profile), SRGB)
    except ImageCms.PyCMSError:
        return True
    return np.abs(np.asarray(converted).astype(int) - colors).max() <= SAME_COLOR
