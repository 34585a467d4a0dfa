"""LabelMe: one json per photograph; polygons, boxes, circles, and masks as PNG in their box.

Attributes and flags of a shape are its words, ``group_id`` joins the shapes of one lesion; flags and further keys of
the file speak of the whole photograph. A file is there because someone saved it: without shapes its photograph is free
of lesions. Points and lines are not read.
"""
from pathlib import PurePosixPath

import numpy as np

from lopm.curation.formats.kinds import LabelMeFile, LabelMeShape, check
from lopm.curation.outlines import (
    cut_out,
    ellipse,
    from_png,
    numbered_groups,
    one_polygon_each,
    pasted,
    polygon,
    rectangle,
    to_png,
)
from lopm.curation.source import (
    Photograph,
    SourceError,
    by_rater,
    drawn,
    flat,
    plain,
    read_json,
    values_of,
    with_rater,
    words_of,
)
from lopm.files import write_json

SUFFIX = '.json'
PLACED = False
OF_FILES = {'version', 'flags', 'shapes', 'imagePath', 'imageData', 'imageHeight', 'imageWidth'}
OF_SHAPES = {'label', 'points', 'group_id', 'shape_type', 'flags', 'mask', 'attributes'}


def read(path, export):
    """Add the photograph of one file."""
    content = read_json(path)
    if not isinstance(content, dict) or not {'shapes', 'imagePath', 'imageHeight', 'imageWidth'} <= set(content):
        raise SourceError(f"{path}: no LabelMe file, which has 'shapes', 'imagePath', 'imageHeight' and 'imageWidth'; "
                          'take other json files out of the folder')
    with export.at(str(path)):
        _read(content, path, export)


def _read(content, path, export):
    check(content, LabelMeFile)
    own = {name: value for name, value in content.items() if name not in OF_FILES}
    flags = {name: [value] for name, value in (content.get('flags') or {}).items()}
    photograph = Photograph(content['imagePath'], content['imageWidth'], content['imageHeight'],
                            words=by_rater({**words_of(own), **flags}), outlined=True, place=str(path))
    for number, shape in enumerate(content['shapes'], start=1):
        place = f'{path}: shape {number}'
        with export.at(place):
            check(shape, LabelMeShape)
            kind = shape.get('shape_type', 'polygon')
            if kind in READERS:
                points = np.asarray(shape['points'], float).reshape(-1, 2)
                photograph.regions.append(drawn(READERS[kind](points, shape, photograph), _words(shape), place,
                                                is_box=READERS[kind] is _rectangle))
            else:
                export.leave_out(kind, photograph, place)
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
    left, top = points.min(0).round().astype(int)
    return pasted(from_png(shape['mask']), left, top, photograph.width, photograph.height)


READERS = {'polygon': lambda points, *_: polygon(points), 'oriented_rectangle': _rectangle, 'rectangle': _rectangle,
           'circle': _circle, 'mask': _mask}


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
    if region.box:
        left, top, width, height = region.box
        outline = {'shape_type': 'rectangle', 'mask': None, 'points': [[left, top], [left + width, top + height]]}
    elif isinstance(region.segmentation, dict):
        pixels, left, top = cut_out(region.segmentation, photograph.width, photograph.height)
        rows, columns = pixels.shape
        outline = {'shape_type': 'mask', 'mask': to_png(pixels),
                   'points': [[left, top], [left + columns - 1, top + rows - 1]]}
    else:
        points = np.reshape(region.segmentation[0], (-1, 2)).tolist()
        outline = {'shape_type': 'polygon', 'mask': None, 'points': points}
    return {'label': label, **outline, 'group_id': group and int(group), 'flags': {}, 'description': '',
            'attributes': {name: plain(values) for name, values in words.items()}}
