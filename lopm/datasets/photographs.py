"""Reads a photograph as its annotator saw it: upright, 8 bits, sRGB, on white where it is transparent."""
import functools
import io

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

SRGB = ImageCms.createProfile('sRGB')
SAME_COLOR = 3  # of 255: by so much do the sRGB profiles in use differ from one another
UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)  # what Pillow raises on a bad file


class BadPhotograph(ValueError):
    """A file that cannot be shown to the model; the message names the file, the reason and the fix."""


class WrongSize(BadPhotograph):
    """A photograph of another size than the json says."""


def read_photograph(path, size=None, at_least=None):
    """uint8 BGR ``[H, W, 3]``.

    The EXIF orientation is applied, an embedded color profile is converted to sRGB (as browsers and viewers do:
    phones write Display P3), CMYK, grey, palette and 16-bit files become RGB, transparent pixels white.

    Args:
        size: (width, height) that the upright photograph must have.
        at_least: (width, height) that are enough: a JPEG is then decoded at a half, a quarter or an eighth of its
            size, as long as it stays so large, in as much less time. Other formats come in full size.

    Raises:
        BadPhotograph: Missing, empty, truncated, no image, or (WrongSize) of another size than the json says.
    """
    try:
        with Image.open(path) as image:
            turned = is_turned(image)
            found = image.size[::-1] if turned else image.size
            if at_least:
                image.draft(None, at_least[::-1] if turned else at_least)
            bgr = upright_bgr(image)
    except UNREADABLE as error:
        raise BadPhotograph(f'{path}: {what_is_wrong(error)}; replace it, or remove it from the json') from None
    if size is not None and found != tuple(size):
        raise WrongSize(f'{path}: {found[0]} x {found[1]} when upright, but the json says {size[0]} x {size[1]}: '
                        'its outlines do not fit; use the photograph that was annotated, or outline it again')
    return bgr


def is_turned(image):
    """Whether an open PIL image stands upright only after a turn by a quarter (of a TIFF Pillow turns the size)."""
    return image.getexif().get(ExifTags.Base.Orientation) in (5, 6, 7, 8) and image.format != 'TIFF'


def upright_size(path):
    """(width, height) of the upright photograph, read from the file's head; None of a file that is no photograph."""
    try:
        with Image.open(path) as image:
            return image.size[::-1] if is_turned(image) else image.size
    except UNREADABLE:
        return None


def upright_bgr(image):
    """The pixels of an open PIL image as ``read_photograph`` gives them: uint8 BGR ``[H, W, 3]``, upright, sRGB."""
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    return cv2.cvtColor(np.asarray(_to_srgb(image)), cv2.COLOR_RGB2BGR)


def what_is_wrong(error):
    """Why a file could not be read, in words, from the error that Pillow raised."""
    if isinstance(error, FileNotFoundError):
        return 'the file is missing'
    if isinstance(error, UnidentifiedImageError):
        return 'the file is empty or no image'
    if isinstance(error, PermissionError):
        return f'the file cannot be opened ({error.strerror})'
    return f'damaged ({error})'


def _to_srgb(image):
    if image.mode.startswith('I'):  # 16 bits of grey: convert() would clip, not scale
        image = Image.fromarray((np.asarray(image).clip(0, 65535) // 257).astype(np.uint8))
    if image.mode in ('PA', 'LA', 'RGBA') or 'transparency' in image.info:
        image = image.convert('RGBA')
        white = Image.new('RGBA', image.size, 'white')
        return _convert_profile(Image.alpha_composite(white, image).convert('RGB'), image.info.get('icc_profile'))
    if image.mode not in ('RGB', 'CMYK', 'L'):
        image = image.convert('RGB')
    return _convert_profile(image, image.info.get('icc_profile')).convert('RGB')


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
