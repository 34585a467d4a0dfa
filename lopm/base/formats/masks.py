"""A folder of mask images and a csv table that says whose they are.

Columns: ``photograph``, ``mask`` (an image beside the table, of the photograph's size: 0 outside, one other value
inside), then any words: ``label``, ``lesion_id``, ``rater``, ``patient_id``, ``color`` ... A row without a mask speaks
of the whole photograph. Empty cells say nothing; several values of one cell are separated by a comma within quotes.
"""
import csv

import numpy as np
from PIL import Image, UnidentifiedImageError

from lopm.base import outlines
from lopm.base.source import Photograph, SourceError, drawn, once, take, with_rater
from lopm.base.tables import read_table
from lopm.datasets.masks import decode_segmentation

SUFFIX = '.csv'
OWN = 'photograph', 'mask'  # columns that are no words


def read(path, export):
    """Add the photographs of one table."""
    rows = read_table(path, OWN)
    photographs, masks = {}, set()
    for line, row in rows:
        place = f'{path}, line {line}'
        with export.at(place):
            words = {name: [value] for name, value in row.items() if value.strip() and name not in OWN}
            photograph = photographs.setdefault(row['photograph'], Photograph(row['photograph'], place=place))
            if row['mask'].strip():
                once(row['mask'], masks, 'the mask')
                segmentation = _read_mask(path.parent / row['mask'], path.parent)
                height, width = segmentation['size']
                if (photograph.width or width, photograph.height or height) != (width, height):
                    raise SourceError(f'the mask is {width} x {height}, another one of this photograph '
                                      f'{photograph.width} x {photograph.height}')
                photograph.width, photograph.height = width, height
                photograph.regions.append(drawn(segmentation, words, place))
            else:
                rater = take(words, 'rater')
                photograph.words.setdefault(rater, {}).update(words)
    export.photographs += photographs.values()


def _read_mask(path, folder):
    if not path.resolve().is_relative_to(folder.resolve()):
        raise SourceError(f'{path} lies outside the folder of the table; copy the mask into it')
    try:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert('L'))
    except (OSError, UnidentifiedImageError) as error:
        raise SourceError(f'{path}: no readable mask ({error})') from None
    values = np.unique(pixels)
    if len(values) != 2 or values[0]:
        raise SourceError(f'{path}: has the values {values[:5].tolist()}; a mask has 0 outside and one other value '
                          'inside')
    return outlines.mask(pixels)


def write(photographs, folder):
    """``masks.csv`` and ``masks/*.png``, one mask per region."""
    (folder / 'masks').mkdir(parents=True)
    rows = []
    for number, photograph in enumerate(photographs, start=1):
        for rater, words in photograph.words.items():
            own = {**words, 'rater': [rater]} if rater else words
            rows.append({'photograph': photograph.name, 'mask': '', **_cells(own)})
        for i, region in enumerate(photograph.regions, start=1):
            if region.box:
                raise SourceError(f'{region.place}: a box, and a mask would make it an outline; write one of cvat, '
                                  'labelme, label_studio, coco or via')
            name = f'masks/{number:06d}_{i}.png'
            Image.fromarray(decode_segmentation(region.segmentation, photograph.height, photograph.width) * 255).save(
                folder / name)
            rows.append({'photograph': photograph.name, 'mask': name, **_cells(with_rater(region))})
        if not photograph.words and not photograph.regions:
            rows.append({'photograph': photograph.name, 'mask': ''})
    with open(folder / 'masks.csv', 'w', newline='', encoding='utf-8') as file:
        table = csv.DictWriter(file, dict.fromkeys(name for row in rows for name in row), restval='')
        table.writeheader()
        table.writerows(rows)


def _cells(words):
    return {name: ','.join(map(str, values)) for name, values in words.items()}
