"""CVAT for images 1.1, an XML file: polygons, boxes, ellipses, masks and tags, with attributes.

A mask is row by row, cropped to its box, its run lengths beginning with the background. Tags speak of the whole
photograph. Polylines, points, skeletons and cuboids are not read. A task lists all its photographs, also those that
nobody has looked at: one without any shape is not outlined, unless a tag has the attribute ``outlined``. Format: https://docs.cvat.ai/docs/manual/advanced/formats/format-cvat/
"""
import xml.etree.ElementTree as ElementTree
from collections import Counter

import numpy as np

from lopm.bounds import checked_size
from lopm.curation.outlines import cut_out, ellipse, numbered_groups, one_polygon_each, pasted, polygon, rectangle
from lopm.curation.source import Photograph, SourceError, by_rater, drawn, flat, once, with_rater
from lopm.curation.xml_files import read_xml

SUFFIX = '.xml'
PLACED = False
PHOTOGRAPH = 'photograph'  # label of the tag that holds what is said of a photograph, where it had none


def read(path, export):
    """Add the photographs of one task."""
    root = read_xml(path)
    if root.tag != 'annotations':
        raise SourceError(f'{path}: no "CVAT for images 1.1" file, its root is <{root.tag}>')
    if root.find('track') is not None:
        raise SourceError(f'{path}: has <track>: a video task, or exported as "CVAT for video"; choose photographs and '
                          '"CVAT for images"')
    kinds = {(label.findtext('name'), attribute.findtext('name')): attribute.findtext('input_type')
             for label in root.iter('label') for attribute in label.iter('attribute')}
    names, counts = set(), Counter(image.get('name') for image in root.iter('image'))
    for image in root.iter('image'):
        place = f'{path}: image {image.get("name")!r}'
        with export.at(place):
            if counts[image.attrib['name']] > 1 and image.get('subset'):  # CVAT writes it into a folder of the subset
                image.set('name', f'{image.get("subset")}/{image.get("name")}')
            once(image.attrib['name'], names, 'the photograph')
            export.photographs.append(_photograph(image, kinds, place, export))


def _photograph(image, kinds, place, export):
    photograph = Photograph(image.attrib['name'], *_numbers(image.attrib, 'width', 'height'), place=place)
    words = {}
    for number, shape in enumerate(image, start=1):
        where = f'{place}, {shape.tag} {number}'
        with export.at(where):
            said = _words(shape, kinds)
            if shape.tag == 'tag':
                if shape.attrib['label'] != PHOTOGRAPH:
                    words.setdefault('tag', []).append(shape.attrib['label'])
                words.update(said)
            elif shape.tag in READERS:
                segmentation = READERS[shape.tag](shape.attrib, photograph)
                group = {'group': [shape.attrib['group_id']]} if 'group_id' in shape.attrib else {}
                photograph.regions.append(drawn(segmentation, {'label': [shape.attrib['label']], **said, **group},
                                                where, is_box=shape.tag == 'box'))
            else:
                export.leave_out(shape.tag, photograph, where)
    photograph.words = by_rater(words)
    return photograph


def _words(shape, kinds):
    """Attributes as the task declares them: numbers, ticked boxes, or text, whose lines are several values."""
    words = {}
    for attribute in shape.iter('attribute'):
        name, text = attribute.attrib['name'], (attribute.text or '').strip()
        kind = kinds.get((shape.attrib['label'], name))
        if kind == 'checkbox':
            words[name] = [text.lower() == 'true']
        elif text:
            words[name] = [_number(text)] if kind == 'number' else text.split('\n')
    return words


def _number(text):
    try:
        return float(text) if '.' in text else int(text)
    except ValueError:
        return text


def _numbers(shape, *keys):
    """Attributes of a shape as numbers."""
    try:
        return [float(shape[key]) for key in keys]
    except ValueError:
        said = ', '.join(f'{key} is {shape[key][:30]!r}' for key in keys)
        raise SourceError(f'{said}; wanted are numbers: export the task again') from None


def _angle(shape):
    return np.deg2rad(_numbers({'rotation': '0', **shape}, 'rotation')[0])


def _polygon(shape, _):
    points = [point.split(',') for point in shape['points'].split(';')]
    if any(len(point) != 2 for point in points):
        raise SourceError(f'the points {shape["points"][:60]!r}; wanted are x,y pairs such as 1.5,2;3,4')
    return polygon([_numbers({'x': x, 'y': y}, 'x', 'y') for x, y in points])


def _box(shape, _):
    left, top, right, bottom = _numbers(shape, 'xtl', 'ytl', 'xbr', 'ybr')
    return rectangle(left, top, right - left, bottom - top, _angle(shape))


def _ellipse(shape, _):
    return ellipse(*_numbers(shape, 'cx', 'cy', 'rx', 'ry'), _angle(shape))


def _mask(shape, photograph):
    left, top = map(int, _numbers(shape, 'left', 'top'))
    width, height = checked_size(*_numbers(shape, 'width', 'height'))
    try:
        runs = np.array(shape['rle'].split(','), float)
    except ValueError:
        runs = np.array([np.nan])
    if (runs < 0).any() or (runs % 1).any() or runs.sum() != width * height:
        raise SourceError(f'the run lengths sum to {runs.sum():g}, the box has {width} x {height} = {width * height} '
                          'pixels; export the task again')
    pixels = np.repeat(np.arange(len(runs)) % 2, runs.astype(int)).reshape(height, width)
    return pasted(pixels, left, top, photograph.width, photograph.height)


READERS = {'polygon': _polygon, 'box': _box, 'ellipse': _ellipse, 'mask': _mask}


def write(photographs, folder):
    """One file, ``annotations.xml``, with the labels and attributes that CVAT needs to import it."""
    root = ElementTree.Element('annotations')
    ElementTree.SubElement(root, 'version').text = '1.1'
    labels = ElementTree.SubElement(ElementTree.SubElement(ElementTree.SubElement(root, 'meta'), 'task'), 'labels')
    declared = {}
    for number, photograph in enumerate(photographs):
        image = ElementTree.SubElement(root, 'image', id=str(number), name=photograph.name,
                                       width=str(photograph.width), height=str(photograph.height))
        for region in numbered_groups(one_polygon_each(photograph.regions)):
            _write_region(image, region, photograph, declared)
        words = flat(photograph.words)
        for tag in [str(label) for label in words.pop('tag', [PHOTOGRAPH] if words else [])]:
            _write_words(ElementTree.SubElement(image, 'tag', label=tag, source='manual'), words, declared)
            words = {}  # all of them stand in the first
    _declare(labels, declared)
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(folder / 'annotations.xml', encoding='utf-8', xml_declaration=True)


def _write_region(image, region, photograph, declared):
    words = with_rater(region)
    shape = {'label': str(words.pop('label', ['lesion'])[0]), 'source': 'manual', 'occluded': '0', 'z_order': '0'}
    group = words.pop('group', None)
    if group:
        shape['group_id'] = group[0]
    if region.box:
        left, top, right, bottom = np.array(region.box) + [0, 0, *region.box[:2]]
        edges = {'xtl': left, 'ytl': top, 'xbr': right, 'ybr': bottom}
        element = ElementTree.SubElement(image, 'box', shape, **{key: f'{value:.2f}' for key, value in edges.items()})
    elif isinstance(region.segmentation, dict):
        pixels, left, top = cut_out(region.segmentation, photograph.width, photograph.height)
        flips = np.flatnonzero(np.diff(pixels.ravel(), prepend=0))
        runs = np.diff(flips, prepend=0, append=pixels.size)
        size = {'left': left, 'top': top, 'width': pixels.shape[1], 'height': pixels.shape[0]}
        element = ElementTree.SubElement(image, 'mask', shape, rle=', '.join(map(str, runs)),
                                         **{key: str(value) for key, value in size.items()})
    else:
        points = np.reshape(region.segmentation[0], (-1, 2))
        text = ';'.join(f'{x:.2f},{y:.2f}' for x, y in points)
        element = ElementTree.SubElement(image, 'polygon', shape, points=text)
    _write_words(element, words, declared)


def _write_words(element, words, declared):
    label = declared.setdefault(element.get('label'), {})
    for name, values in words.items():
        kind = {bool: 'checkbox', int: 'number', float: 'number'}.get(type(values[0]), 'text')
        if label.setdefault(name, kind) != kind:
            label[name] = 'text'
        text = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
        ElementTree.SubElement(element, 'attribute', name=name).text = '\n'.join(text)


def _declare(labels, declared):
    for name, attributes in declared.items():
        label = ElementTree.SubElement(labels, 'label')
        ElementTree.SubElement(label, 'name').text = name
        holder = ElementTree.SubElement(label, 'attributes')
        for attribute, kind in attributes.items():
            element = ElementTree.SubElement(holder, 'attribute')
            for key, text in (('name', attribute), ('mutable', 'False'), ('input_type', kind), ('values', '')):
                ElementTree.SubElement(element, key).text = text
