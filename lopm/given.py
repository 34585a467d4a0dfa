"""Photographs as a caller gives them: a path, the bytes of a file, an array or an image, and the patient's record."""
import io
import logging
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from mmengine.logging import print_log
from PIL import Image

from lopm.datasets.photographs import read_image


class Given(NamedTuple):
    """A photograph as it was given, what it is called, and the patient's record."""

    image: object
    name: str
    record: dict


class Bytes(io.BytesIO):
    """The bytes of a file; messages call it by its name."""

    def __init__(self, content, name):
        super().__init__(content)
        self.name = name

    def __str__(self):
        return self.name


def with_records(photographs, records, folder):
    """Yield each photograph as ``Given``; arguments as of ``Predictor.stream``. Says which records are of none.

    Raises:
        ValueError: Two photographs bear the name of one record.
    """
    records = {name: record for name, record in records.items() if record}
    unused = set(records)
    for i, image in enumerate(photographs):
        name = name_of(image, i, folder)
        if name in records and name not in unused:
            raise ValueError(f'two photographs are called {name}, and a record is given for one; name the folder above '
                             'both instead')
        unused.discard(name)
        yield Given(image, name, records.get(name, {}))
    if unused:
        say(f'{len(unused)} records are of no photograph that was given, such as that of {min(unused, key=str)}')


def is_path(value):
    return isinstance(value, str | os.PathLike)


def name_of(image, number, folder=None):
    """What a photograph is called: its file, relative to the folder, or its number."""
    if not is_path(image):
        return str(number)
    return Path(image).relative_to(folder).as_posix() if folder else Path(image).name


def source_of(given):
    """What a photograph is read from: a path, an open file, or an array uint8 BGR ``[H, W, 3]``."""
    image = given.image
    if isinstance(image, bytes):
        return Bytes(image, given.name)
    if isinstance(image, Image.Image):
        return read_image(image, given.name)
    if isinstance(image, np.ndarray):
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
            raise ValueError(f'photograph {given.name}: {image.dtype} {list(image.shape)} is no photograph; give uint8 '
                             'RGB [height, width, 3]')
        return np.ascontiguousarray(image[..., ::-1])
    return image


def say(text):
    print_log(text, 'current', logging.WARNING)
