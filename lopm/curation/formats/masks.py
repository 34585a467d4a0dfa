"""A csv table of photographs: a mask image for every outline, or words for the whole photograph.

Columns: the photograph (``photograph``, ``file``, ``image`` ...), ``mask``, then any words: ``label``, ``lesion_id``,
``rater``, ``patient_id``, ``color`` ... A mask has the photograph's size, 0 outside and one other value inside, or is
cut at a threshold. A row without a mask, or a table without that column, speaks of the whole photograph, which is then
not outlined; ``free`` or ``none`` instead of a mask says that it is outlined and free of lesions. Empty cells say
nothing; several values of one cell are separated by a comma within quotes.
"""
import csv

import numpy as np
from PIL import Image

from lopm.curation import outlines
from lopm.curation.folder import Folder
from lopm.curation.source import OUTLINED, Photograph, SourceError, drawn, once, take, with_rater
from lopm.curation.tables import read_table
from lopm.curation.words import fold
from lopm.datasets.masks import decode_segmentation
from lopm.datasets.photographs import opened

SUFFIX = '.csv'
PLACED = False
PHOTOGRAPH = ('photograph', 'photo', 'file', 'file name', 'filename', 'image', 'image name', 'path',
              'fichier')  # names of its column, folded
MASK = 'mask'
FREE = 'free', 'none'  # instead of a mask: someone looked, and there is no lesion


def read(path, export, masks=None, threshold=None):
    """Add the photographs of one table.

    Args:
        masks: Folder that the masks lie in; default: that of the source.
        threshold: Grey value from which a pixel of a mask is inside; without it a mask has two values.
    """
    rows = read_table(path)
    if not rows:
        return
    key, mask_key = _columns(rows[0][1], path)
    folder = Folder(masks or export.root, '--masks')
    photographs, seen = {}, set()
    for line, row in rows:
        place = f'{path}, line {line}'
        with export.at(place):
            name, mask = row[key], row.get(mask_key, '')
            words = {other: [value] for other, value in row.items() if value and other not in (key, mask_key)}
            photograph = photographs.setdefault(name, Photograph(name, place=place))
            if mask and fold(mask) not in FREE:
                once(mask, seen, 'the mask')
                _add(_read_mask(path.parent, folder, mask, threshold), words, photograph, place)
            else:
                free = {OUTLINED: [True]} if mask else {}
                photograph.words.setdefault(take(words, 'rater'), {}).update({**words, **free})
    export.photographs += photographs.values()


def _columns(row, path):
    """Names of the columns of photographs and of masks, None where there are no masks."""
    names = {fold(name): name for name in row}
    found = [names[known] for known in PHOTOGRAPH if known in names]
    if not found:
        raise SourceError(f'{path}: no column names the photographs; call it {PHOTOGRAPH[0]!r} (also known: '
                          f'{", ".join(PHOTOGRAPH[1:])}); its first line has to name the columns')
    return found[0], names.get(MASK)


def _add(segmentation, words, photograph, place):
    height, width = segmentation['size']
    if (photograph.width or width, photograph.height or height) != (width, height):
        raise SourceError(f'the mask is {width} x {height}, another one of this photograph '
                          f'{photograph.width} x {photograph.height}')
    photograph.width, photograph.height = width, height
    photograph.regions.append(drawn(segmentation, words, place))


def _read_mask(beside, folder, name, threshold):
    """The segmentation of a mask: the file of that path beside the table, else the one that fits in the folder."""
    path = beside / name
    if not (path.is_file() and _within(path, folder)):
        found = folder.find(name)
        if found is None or not _within(folder.path / found, folder):
            raise SourceError(f'the mask {name!r} is not in {folder.path}; copy it there, name the folder of the masks '
                              f'with --masks, or write {FREE[0]} for a photograph that is free of lesions')
        path = folder.path / found
    with opened(path) as image:
        pixels = np.asarray(image.convert('L'))
    return outlines.mask(_inside(pixels, threshold, path))


def _within(path, folder):
    """Whether a file lies in a folder, wherever links lead."""
    return path.resolve().is_relative_to(folder.path.resolve())


def _inside(pixels, threshold, path):
    inside = pixels > 0 if threshold is None else pixels >= threshold
    values = np.unique(pixels)
    if threshold is None and len(values) > 2:
        raise SourceError(f'{path}: has the values {", ".join(map(str, values[:5]))} ...; a mask has 0 outside and one '
                          'other value inside; --threshold 128 takes what is lighter, as JPEG masks need')
    if not inside.any() or inside.all():
        raise SourceError(f'{path}: is all {"inside" if inside.any() else "outside"}, its values are {values[0]} to '
                          f'{values[-1]}; for a photograph that is free of lesions write {FREE[0]} instead of a mask')
    return inside


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
