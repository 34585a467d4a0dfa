"""Reads a photograph as its annotator saw it: upright, 8 bits, sRGB, on white where it is transparent."""
import os
import warnings
from contextlib import contextmanager

from PIL import Image, UnidentifiedImageError

from lopm.bounds import PIXELS, OutOfBounds, checked_size, refuse_special
from lopm.datasets.pixels import UnknownScale, upright_bgr, upright_size_of

# Pillow's other readers are kept from unknown files: that of PostScript, say, starts a program
FORMATS = ('JPEG', 'PNG', 'TIFF', 'WEBP', 'BMP', 'GIF', 'AVIF', 'JPEG2000', 'PPM')
ENDINGS = '.jpg', '.JPG', '.jpeg', '.JPEG', '.png', '.PNG', '.tif', '.tiff', '.heic', '.HEIC'  # of what may be meant
# Pillow refuses twice of this, before it makes room for the pixels; what it only warns of is refused below
Image.MAX_IMAGE_PIXELS = PIXELS
warnings.simplefilter('ignore', Image.DecompressionBombWarning)


class BadPhotograph(ValueError):
    """A file that cannot be shown to the model; the message names the file, the reason and the fix."""


class WrongSize(BadPhotograph):
    """A photograph of another size than the json says."""


def listed(problem, place):
    """What is wrong with a photograph, which names it, and where it is listed."""
    return f'{problem} (listed in {place})'


def read_photograph(path, size=None, at_least=None):
    """uint8 BGR ``[H, W, 3]``.

    The EXIF orientation is applied, an embedded color profile is converted to sRGB (as browsers and viewers do:
    phones write Display P3), CMYK, grey, palette and 16-bit files become RGB, transparent pixels white. Floats of 0 to
    1, to 255 or to 65535 become 8 bits.

    Args:
        path: Of a regular file, or an open binary file.
        size: (width, height) that the upright photograph must have.
        at_least: (width, height) that are enough: a JPEG is then decoded at a half, a quarter or an eighth of its
            size, as long as it stays so large, in as much less time. Other formats come in full size.

    Raises:
        BadPhotograph: Missing, empty, truncated, no image, too large (``lopm.bounds``), whatever a decoder makes of a
            damaged file, or (WrongSize) of another size than the json says.
    """
    with opened(path) as image:
        found = upright_size_of(image)
        if size is None or found == tuple(size):
            if at_least:
                image.draft(None, at_least if found == image.size else at_least[::-1])
            return upright_bgr(image)
    raise WrongSize(f'{path}: {found[0]} x {found[1]} when upright, but the json says {size[0]} x {size[1]}: '
                    'its outlines do not fit; use the photograph that was annotated, or outline it again')


def read_image(image, name):
    """As ``read_photograph``, of a PIL image, which may not have been decoded yet.

    Raises:
        BadPhotograph: Calls it by ``name``.
    """
    with judged(name):
        checked_size(*image.size)
        return upright_bgr(image)


def read_size(path):
    """(width, height) of the upright photograph, read from the file's head.

    Raises:
        BadPhotograph: As of ``read_photograph``, as far as the head tells.
    """
    with opened(path) as image:
        return upright_size_of(image)


def upright_size(path):
    """As ``read_size``; None of a file that is no photograph."""
    try:
        return read_size(path)
    except BadPhotograph:
        return None


@contextmanager
def opened(path):
    """A PIL image, its head read; whatever is raised on it, there or in the block, becomes a BadPhotograph."""
    with judged(path):
        if isinstance(path, str | os.PathLike):
            refuse_special(path)
        with Image.open(path, formats=FORMATS + ('HEIF',) * ('HEIF' in Image.OPEN)) as image:
            checked_size(*image.size)
            yield image


@contextmanager
def judged(name):
    """Whatever is raised in the block says that a photograph is bad."""
    try:
        yield
    except Exception as error:  # decoders raise whatever they meet in a hostile file
        raise BadPhotograph(f'{name}: {what_is_wrong(error)}; replace it, or take it away') from None


def what_is_wrong(error):
    """Why a file could not be read, in words, from whatever was raised on it."""
    if isinstance(error, OutOfBounds):
        return error.reason
    if isinstance(error, BadPhotograph | UnknownScale):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return f'the file is missing{_near(error.filename)}'
    if isinstance(error, UnidentifiedImageError):
        return 'the file is empty or no image'
    if isinstance(error, PermissionError):
        return f'the file cannot be opened ({error.strerror})'
    if isinstance(error, Image.DecompressionBombError):
        return f'more than {2 * PIXELS / 1e6:.0f} million pixels, where {PIXELS / 1e6:.0f} are the most'
    if isinstance(error, MemoryError):
        return 'there is too little memory to decode it'
    return f'damaged ({error})' if isinstance(error, OSError | ValueError | SyntaxError) else \
        f'damaged ({type(error).__name__}: {error})'


def _near(path):
    """What lies there under nearly this name, as systems and programs change it: the case, or .jpeg for .jpg."""
    if not isinstance(path, str | os.PathLike):
        return ''
    folder, name = os.path.split(path)
    stem, ending = os.path.splitext(name)
    endings = dict.fromkeys([ending.lower(), ending.upper(), *ENDINGS])
    for each in (spelled + other for spelled in dict.fromkeys([stem, stem.lower(), stem.upper()]) for other in endings):
        if os.path.isfile(os.path.join(folder, each)):
            return f', but {each} is there'
    return ''
