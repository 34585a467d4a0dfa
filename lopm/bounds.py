"""How large what others wrote may be. What is larger is refused in words, before it costs memory or time.

All limits stand here. They lie far beyond what clinics, cameras and annotation tools write.
"""
import os
import stat

SIDE = 65_535  # pixels of a photograph's or mask's side: what a JPEG can have
PIXELS = 250_000_000  # of a photograph or mask: phones have 12 to 200 million; so large a one takes 3 GB to decode
PHOTOGRAPH_BYTES = 1 << 30
RADIUS = 1_000_000  # pixels of a circle or ellipse: beyond any photograph
EXPORT_BYTES = 1 << 30  # of an annotation file: json, XML, csv
YAML_BYTES, YAML_NESTED = 1 << 19, 20
UNPACKED_BYTES = 1 << 38  # of a zip's files together
RATIO, RATIO_FROM = 200, 1 << 26  # a zip's file of so many bytes may be unpacked to so many times its size in the zip
MEMBERS = 1_000_000  # files of a zip


class OutOfBounds(ValueError):
    """What is larger, or of another kind, than what is read; ``reason`` says it without the name of the file."""

    def __init__(self, reason, path=None):
        super().__init__(reason if path is None else f'{path}: {reason}')
        self.reason = reason


def checked_size(width, height):
    """``(width, height)`` as whole numbers.

    Raises:
        OutOfBounds: One is no positive whole number, or they are more than any photograph has.

    >>> checked_size(4032, 3024.0)
    (4032, 3024)
    >>> checked_size(70_000, 10)
    Traceback (most recent call last):
    ...
    lopm.bounds.OutOfBounds: a size of 70000 x 10, more than 65,535 pixels a side ...
    """
    for side in (width, height):
        if isinstance(side, bool) or not isinstance(side, (int, float)) or side != side or side < 1 or side % 1:
            raise OutOfBounds(f'a size of {width!r} x {height!r}; wanted are the pixels of the upright photograph')
    if max(width, height) > SIDE or width * height > PIXELS:
        raise OutOfBounds(f'a size of {str(width)[:20]} x {str(height)[:20]}, more than {SIDE:,} pixels a side or '
                          f'{PIXELS:,} together; make it smaller, or correct the size that is said')
    return int(width), int(height)


def refuse_special(path):
    """Refuse what is no regular file, such as a pipe, at which one would wait for ever.

    Raises:
        OutOfBounds: A folder, pipe, socket or device.
        OSError: Nothing is there.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OutOfBounds('no regular file (a folder, pipe, socket or device); name a file, or take it away', path)


def read_bounded(path, most):
    """The bytes of a regular file of at most ``most`` bytes.

    Raises:
        OutOfBounds: No regular file, or a larger one.
        OSError: Nothing is there, or it may not be read.
    """
    refuse_special(path)
    with open(path, 'rb') as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OutOfBounds(f'more than {most:,} bytes, the most that is read of one such file; divide it', path)
    return content
