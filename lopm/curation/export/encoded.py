"""A photograph's bytes as they are exported: the picture and nothing else, showing every reader the same pixels.

Decoders disagree about orientation, color profiles and transparency, and what a camera writes beside the picture
(place, date, maker, previews) tells who the patient is. So a JPEG or PNG keeps its coding, bit for bit, without what
stands beside it; one that has nothing beside it is the very file. Where pixels depended on what stood there (a turned
photograph, another color space, transparency), and in any other format, what lopm reads is saved as PNG, without loss.
"""
import io
import re

import cv2
import numpy as np

from lopm.datasets.photographs import BadPhotograph, opened, read_photograph

JFIF, ADOBE, COMMENT, START_OF_SCAN, END_OF_IMAGE = 0xE0, 0xEE, 0xFE, 0xDA, 0xD9
MARKER = re.compile(rb'\xff[^\x00\xd0-\xd7\xff]')  # what ends a scan: no stuffed byte, restart marker or filler


def encode_photograph(path, pixels):
    """The bytes of a photograph and their format, ``jpg`` or ``png``.

    Args:
        pixels: What ``read_photograph(path)`` gave, uint8 BGR ``[H, W, 3]``; the bytes decode to them.
    """
    data = path.read_bytes()
    extension = _coding(data)
    if extension:
        stripped = strip_jpeg(data) if extension == 'jpg' else strip_png(data)
        if stripped == data or _decodes_to(stripped, pixels):
            return stripped, extension
    return encode_png(pixels), 'png'


def encode_png(pixels):
    """PNG bytes of a uint8 map ``[H, W]`` or photograph BGR ``[H, W, 3]``."""
    return cv2.imencode('.png', pixels)[1].tobytes()


def strip_jpeg(data):
    """A JPEG without its application segments and comments, but for those that say how color is coded.

    Also without what follows the picture, such as a second one. Empty where the segments are damaged.
    """
    kept, at = [data[:2]], 2
    try:
        while data[at + 1] != END_OF_IMAGE:
            marker, end = data[at + 1], at + 2 + int.from_bytes(data[at + 2:at + 4])
            if marker == START_OF_SCAN:
                following = MARKER.search(data, end)
                end = following.start() if following else len(data)
            if _shows_pixels(marker, end - at):
                kept.append(data[at:end])
            at = end
    except IndexError:
        return b''
    return b''.join([*kept, data[at:at + 2]])


def strip_png(data):
    """A PNG of its critical chunks alone (ISO/IEC 15948, 5.4): their names begin with a capital."""
    kept, at = [data[:8]], 8
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at:at + 4])
        if data[at + 4:at + 5].isupper():
            kept.append(data[at:end])
        at = len(data) if data[at + 4:at + 8] == b'IEND' else end
    return b''.join(kept)


def _coding(data):
    """``jpg`` or ``png`` where decoders agree how numbers become grey or RGB of 8 bits, else None."""
    with opened(io.BytesIO(data)) as image:
        if image.format == 'JPEG' and image.mode in ('RGB', 'L'):
            return 'jpg'
        return 'png' if image.format == 'PNG' and image.mode == 'RGB' and data[24] == 8 else None


def _shows_pixels(marker, length):
    """All but the application's own; of them JFIF (18 bytes if it has no preview) and Adobe name the color space."""
    application = JFIF <= marker < JFIF + 16 or marker == COMMENT
    return not application or marker == ADOBE or (marker == JFIF and length == 18)


def _decodes_to(data, pixels):
    try:
        return np.array_equal(read_photograph(io.BytesIO(data)), pixels)
    except BadPhotograph:
        return False
