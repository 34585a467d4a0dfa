"""Reads a photograph as its annotator saw it: upright, 8 bits, sRGB, on white where it is transparent."""
import io

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

SRGB = ImageCms.createProfile('sRGB')


class BadPhotograph(ValueError):
    """A file that cannot be shown to the model; the message names the file, the reason and the fix."""


def read_photograph(path, size=None, at_least=None):
    """uint8 BGR ``[H, W, 3]``.

    The EXIF orientation is applied, an embedded color profile is converted to sRGB (as browsers and viewers do:
    phones write Display P3), CMYK, grey, palette and 16-bit files become RGB, transparent pixels white.

    Args:
        size: (width, height) that the upright photograph must have.
        at_least: (width, height) that are enough: a JPEG is then decoded at a half, a quarter or an eighth of its
            size, as long as it stays so large, in as much less time. Other formats come in full size.

    Raises:
        BadPhotograph: Missing, empty, truncated, no image, or of another size than the json says.
    """
    try:
        with Image.open(path) as image:
            turned = image.getexif().get(ExifTags.Base.Orientation) in (5, 6, 7, 8)  # by a quarter
            found = image.size[::-1] if turned else image.size
            if at_least:
                image.draft(None, at_least[::-1] if turned else at_least)
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            rgb = np.asarray(_to_srgb(image))
    except FileNotFoundError:
        raise BadPhotograph(f'{path}: the file is missing; copy it there, or remove it from the json') from None
    except UnidentifiedImageError:
        raise BadPhotograph(f'{path}: the file is empty or no image; replace it, or remove it from the json') from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadPhotograph(f'{path}: damaged ({error}); replace it, or remove it from the json') from None
    if size is not None and found != tuple(size):
        raise BadPhotograph(f'{path}: {found[0]} x {found[1]} when upright, but the json says {size[0]} x {size[1]}: '
                            'its outlines do not fit; use the photograph that was annotated, or outline it again')
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)


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
    if not profile or b'sRGB' in profile or b's\0R\0G\0B' in profile:
        return image
    try:
        return ImageCms.profileToProfile(image, io.BytesIO(profile), SRGB, outputMode='RGB')
    except ImageCms.PyCMSError:  # a damaged or unfitting profile is what viewers ignore, too
        return image
