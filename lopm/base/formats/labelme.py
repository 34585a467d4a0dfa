"""LabelMe: one json per photograph; polygons, boxes, circles, and masks as PNG in their box.

Attributes and flags of a shape are its words, ``group_id`` joins the shapes of one lesion; flags and further keys of
the file speak of the whole photograph.
"""
import base64
import binascii
import io
from pathlib import PurePosixPath

import numpy as np
from PIL import Image, UnidentifiedImageError

from lopm.base.outlines import cut_out, ellipse, numbered_groups, one_polygon_each, pasted, polygon, rectangle
from lopm.base.source import (
    Photograph,
    SourceError,
    by_rater,
    flat,
    outlined,
    plain,
    read_json,
    values_of,
    with_rater,
    words_of,
)
from lopm.files import write_json

SUFFIX = '.json'
OF_FILES = {'version', 'flags', 'shapes', 'imagePath', 'imageData', 'imageHeight', 'imageWidth'}
OF_SHAPES = {'label', 'points', 'group_id', 'shape_type', 'flags', 'mask', 'attributes'}


def read(path, export):
    """Add the photograph of one file."""
    content = read_json(path)
    if not isinstance(content, dict) or not {'shapes', 'imagePath', 'imageHeight', 'imageWidth'} <= set(content):
        raise SourceError(f"{path}: no LabelMe file, which has 'shapes', 'imagePath', 'imageHeight' and 'imageWidth'; "
                          'take other json files out of the folder')
    own = {name: value for name, value in content.items() if name not in OF_FILES}
    flags = {name: [value] for name, value in (content.get('flags') or {}).items()}
    photograph = Photograph(content['imagePath'], content['imageWidth'], content['imageHeight'],
                            words=by_rater({**words_of(own), **flags}), place=str(path))
    for number, shape in enumerate(content['shapes'], start=1):
        place = f'{path}: shape {number}'
        with export.at(place):
            kind = shape.get('shape_type', 'polygon')
            if kind in READERS:
                export.notes['boxes taken as outlines'] += kind == 'rectangle'
                points = np.asarray(shape['points'], float).reshape(-1, 2)
                photograph.regions.append(outlined(READERS[kind](points, shape, photograph), _words(shape), place))
            else:
                export.notes[f'shapes of type {kind}'] += 1
    export.photographs.append(photograph)


def _words(shape):
    own = {name: value for name, value in shape.items() if name not in OF_SHAPES}
    words = words_of({**own, **(shape.get('attributes') or {})})
    words.update({name: [value] for name, value in (shape.get('flags') or {}).items()})
    group = {} if shape.get('group_id') is None else {'group': [str(shape['group_id'])]}
    return {'label': values_of(shape['label']), **words, **group}


def _rectangle(points, shape, photograph):
    low, high = points.min(0), points.max(0)
    return rectangle(*low, *(high - low))


def _circle(points, shape, photograph):
    center, edge = points
    radius = np.hypot(*(edge - center))
    return ellipse(*center, radius, radius)


def _mask(points, shape, photograph):
    try:
        with Image.open(io.BytesIO(base64.b64decode(shape['mask'], validate=True))) as image:
            pixels = np.asarray(image.convert('L')) > 0
    except (binascii.Error, UnidentifiedImageError, OSError) as error:
        raise SourceError(f'the mask is no PNG ({error}); draw it again') from None
    left, top = points.min(0).round().astype(int)
    return pasted(pixels, left, top, photograph.width, photograph.height)


READERS = {'polygon': lambda points, *_: polygon(points), 'oriented_rectangle': lambda points, *_: polygon(points),
           'rectangle': _rectangle, 'circle': _circle, 'mask': _mask}


def write(photographs, folder):
    """One json per photograph, numbered, since two photographs may bear one name."""
    for number, photograph in enumerate(photographs, start=1):
        own = {name: plain(values) for name, values in flat(photograph.words).items()}
        stem = PurePosixPath(photograph.name.replace('\\', '/')).stem
        write_json(folder / f'{number:06d}_{stem}.json', {
            **own, 'version': '6.3.1', 'flags': {}, 'imagePath': photograph.name, 'imageData': None,
            'imageHeight': photograph.height, 'imageWidth': photograph.width,
            'shapes': [_shape(region, photograph) for region in numbered_groups(one_polygon_each(photograph.regions))]})


def _shape(region, photograph):
    words = with_rater(region)
    label, group = str(plain(words.pop('label', ['lesion']))), words.pop('group', [None])[0]
    if isinstance(region.segmentation, dict):
        pixels, left, top = cut_out(region.segmentation, photograph.width, photograph.height)
        png = io.BytesIO()
        Image.fromarray(pixels * 255).save(png, 'PNG')
        rows, columns = pixels.shape
        outline = {'shape_type': 'mask', 'mask': base64.b64encode(png.getvalue()).decode(),
                   'points': [[left, top], [left + columns - 1, top + rows - 1]]}
    else:
        points = np.reshape(region.segmentation[0], (-1, 2)).tolist()
        outline = {'shape_type': 'polygon', 'mask': None, 'points': points}
    return {'label': label, **outline, 'group_id': group and int(group), 'flags': {}, 'description': '',
            'attributes': {name: plain(values) for name, values in words.items()}}
