"""VGG Image Annotator 2, a project or its annotations alone; version 3 is read by ``via3``, whichever a file is.

VIA knows no sizes: they come from the photographs. Circles, ellipses and polygons are outlines, a rectangle is a place;
points and lines are not read. A list of check boxes, some ticked, are the values of an attribute. A project lists all
its photographs, also those that nobody has looked at: one without regions is not outlined, unless it has the attribute
``outlined``. Neither version can hold masks: they are written as polygons.
"""
import numpy as np

from lopm.curation.formats import via3
from lopm.curation.formats.kinds import Via2File, Via2Region, check
from lopm.curation.outlines import ellipse, one_polygon_each, polygon, rectangle, to_polygons
from lopm.curation.source import Photograph, SourceError, by_rater, drawn, flat, plain, read_json, with_rater, words_of
from lopm.files import write_json

SUFFIX = '.json'
PLACED = False


def read(path, export):
    """Add the photographs of one project of VIA 2 or 3."""
    content = read_json(path)
    if isinstance(content, dict) and 'metadata' in content and 'attribute' in content:
        via3.read(content, path, export)
        return
    files = content.get('_via_img_metadata', content) if isinstance(content, dict) else None
    if not isinstance(files, dict) or not all(isinstance(file, dict) and 'filename' in file for file in files.values()):
        raise SourceError(f'{path}: no VIA project: neither "_via_img_metadata" (VIA 2) nor "metadata" and "attribute" '
                          '(VIA 3) is there')
    for key, file in files.items():
        place = f'{path}: {key}'
        with export.at(place):
            export.photographs.append(_photograph(file, place, export))


def _photograph(file, place, export):
    check(file, Via2File)
    photograph = Photograph(file['filename'], words=by_rater(words_of(file.get('file_attributes') or {})), place=place)
    regions = file['regions']
    for number, region in enumerate(regions.values() if isinstance(regions, dict) else regions, start=1):
        with export.at(f'{place}, region {number}'):
            check(region, Via2Region)
            shape = region['shape_attributes']
            if shape['name'] in READERS:
                photograph.regions.append(drawn(READERS[shape['name']](shape), words_of(region['region_attributes']),
                                                f'{place}, region {number}', is_box=shape['name'] == 'rect'))
            else:
                export.leave_out(shape['name'], photograph, f'{place}, region {number}')
    return photograph


def _polygon(shape):
    xs, ys = shape['all_points_x'], shape['all_points_y']
    if len(xs) != len(ys):
        raise SourceError(f'{len(xs)} x and {len(ys)} y coordinates; outline it again')
    return polygon(np.stack([np.asarray(xs, float), np.asarray(ys, float)], 1))


READERS = {'polygon': _polygon,
           'rect': lambda shape: rectangle(shape['x'], shape['y'], shape['width'], shape['height']),
           'circle': lambda shape: ellipse(shape['cx'], shape['cy'], shape['r'], shape['r']),
           'ellipse': lambda shape: ellipse(shape['cx'], shape['cy'], shape['rx'], shape['ry'], shape.get('theta', 0))}


def write(photographs, folder):
    """Two files, ``via2.json`` and ``via3.json``, for either version of the tool."""
    regions = [[flattened for region in photograph.regions for flattened in one_polygon_each([to_polygons(region)])]
               for photograph in photographs]
    files = {f'{photograph.name}-1': {
        'filename': photograph.name, 'size': -1, 'file_attributes': _attributes(flat(photograph.words)),
        'regions': [{'shape_attributes': _shape(region), 'region_attributes': _attributes(with_rater(region))}
                    for region in own]}
        for photograph, own in zip(photographs, regions)}
    declared = {'region': _declared([each['region_attributes'] for file in files.values() for each in file['regions']]),
                'file': _declared([file['file_attributes'] for file in files.values()])}
    write_json(folder / 'via2.json', {
        '_via_settings': {'core': {'default_filepath': ''}, 'project': {'name': 'lopm'}}, '_via_img_metadata': files,
        '_via_attributes': declared, '_via_data_format_version': '2.0.10', '_via_image_id_list': list(files)})
    write_json(folder / 'via3.json', via3.project(photographs, regions))


def _shape(region):
    if region.box:
        return {'name': 'rect', **dict(zip(('x', 'y', 'width', 'height'), region.box))}
    (points,) = region.segmentation
    return {'name': 'polygon', 'all_points_x': points[::2], 'all_points_y': points[1::2]}


def _attributes(words):
    return {name: plain(values) if len(values) == 1 else dict.fromkeys(values, True) for name, values in words.items()}


def _declared(said):
    """What VIA has to know of attributes to show them: check boxes where one has several values, else text."""
    kinds = {}
    for attributes in said:
        for name, value in attributes.items():
            kind = kinds.setdefault(name, {'type': 'text', 'description': '', 'default_value': ''})
            if isinstance(value, dict):
                kind.update(type='checkbox', options={**kind.get('options', {}), **dict.fromkeys(value, '')})
    return kinds
