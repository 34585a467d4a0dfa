"""COCO json, with and without attributes: lopm's own, CVAT's and Datumaro's.

``attributes`` of an annotation are its words; further keys of annotations and images are words, too, so that patients,
visits, records and lopm's own ``outlined`` come along. A mask that a tool wrote as ``iscrowd`` 1 is one lesion like any
other; an annotation with a box alone is a place; one with keypoints alone is not read.
Ids have to differ within a photograph only, since Datumaro counts from 1 on each.
"""
from collections import defaultdict

from pycocotools import mask as coco_mask

from lopm.curation.formats.kinds import CocoAnnotation, CocoFile, CocoImage, check
from lopm.curation.outlines import joined, rectangle, shape_of
from lopm.curation.source import (
    Photograph,
    SourceError,
    by_rater,
    drawn,
    flat,
    label_of,
    once,
    plain,
    read_json,
    with_rater,
    words_of,
)
from lopm.datasets.masks import encode_segmentation
from lopm.files import write_json

SUFFIX = '.json'
PLACED = False
OF_IMAGES = {'id', 'file_name', 'width', 'height', 'license', 'flickr_url', 'coco_url', 'date_captured', 'attributes',
             'record', 'attributes_by_rater'}
OF_ANNOTATIONS = {'id', 'image_id', 'category_id', 'segmentation', 'bbox', 'area', 'iscrowd', 'attributes', 'source'}


def read(path, export):
    """Add the photographs of one json."""
    content = read_json(path)
    missing = [key for key in ('images', 'annotations', 'categories')
               if not isinstance(content, dict) or not isinstance(content.get(key), list)]
    if missing:
        raise SourceError(f'{path}: no COCO json, the list {missing[0]!r} is missing')
    with export.at(path):
        check(content, CocoFile)
        _read(content, path, export)


def _read(content, path, export):
    categories = {category['id']: category['name'] for category in content['categories']}
    of_image = defaultdict(list)
    for annotation in content['annotations']:
        of_image[annotation.get('image_id')].append(annotation)
    ids = set()
    for image in content['images']:
        place = f'{path}: image {image.get("id")}'
        with export.at(place):
            once(image['id'], ids, 'the image id')
            export.photographs.append(_photograph(image, of_image.pop(image['id'], []), categories, place, export))
    for key, annotations in of_image.items():
        export.problems.append(f'{path}: {len(annotations)} annotations of image {key!r}, which is not there')


def _photograph(image, annotations, categories, place, export):
    check(image, CocoImage)
    record = {f'record.{name}': value for name, value in (image.get('record') or {}).items()}
    own = {name: value for name, value in image.items() if name not in OF_IMAGES}
    said = by_rater(words_of({**own, **record, **(image.get('attributes') or {})}))
    for rater, words in (image.get('attributes_by_rater') or {}).items():
        said.setdefault(rater, {}).update(words_of(words))
    photograph = Photograph(image['file_name'], image['width'], image['height'], words=said, place=place)
    ids = set()
    for annotation in annotations:
        where = f'{place}, annotation {annotation.get("id")}'
        with export.at(where):
            check(annotation, CocoAnnotation)
            once(annotation['id'], ids, 'the annotation id')
            if annotation.get('segmentation') or any(annotation.get('bbox') or ()):
                photograph.regions.append(_region(annotation, photograph, categories, where))
            else:
                export.leave_out('annotation without outline or box', photograph, where)
    return photograph


def _region(annotation, photograph, categories, place):
    if annotation['category_id'] not in categories:
        raise SourceError(f'category {annotation["category_id"]} is not among the categories {categories}')
    segmentation = annotation.get('segmentation')
    if not segmentation:
        segmentation = rectangle(*annotation['bbox'])
    elif isinstance(segmentation, dict):
        segmentation = joined([segmentation], photograph.width, photograph.height)
    else:
        segmentation = [[float(number) for number in points] for points in segmentation]
    own = {name: value for name, value in annotation.items() if name not in OF_ANNOTATIONS}
    sources = {f'{name}.source': value for name, value in (annotation.get('source') or {}).items()}
    words = words_of({**own, **(annotation.get('attributes') or {}), **sources})
    return drawn(segmentation, {'label': [categories[annotation['category_id']]], **words}, place,
                 is_box=not annotation.get('segmentation'))


def write(photographs, folder):
    """One file, ``coco.json``; words are attributes, also those of whole photographs."""
    labels = sorted({label_of(region) for photograph in photographs for region in photograph.regions})
    images, annotations = [], []
    for number, photograph in enumerate(photographs, start=1):
        images.append({'id': number, 'file_name': photograph.name, 'width': photograph.width,
                       'height': photograph.height, 'attributes': _attributes(flat(photograph.words))})
        annotations += [{'image_id': number, 'category_id': labels.index(label_of(region)) + 1,
                         'attributes': _attributes(with_rater(region)), **_outline(region, photograph)}
                        for region in photograph.regions]
    write_json(folder / 'coco.json', {
        'images': images, 'annotations': [{'id': i, **each} for i, each in enumerate(annotations, start=1)],
        'categories': [{'id': i, 'name': label} for i, label in enumerate(labels, start=1)]})


def _outline(region, photograph):
    """With the box and the area, which others cannot do without."""
    rle = encode_segmentation(shape_of(region), photograph.height, photograph.width)
    outline = {} if region.box else {'segmentation': region.segmentation}
    return {**outline, 'bbox': region.box or coco_mask.toBbox(rle).tolist(), 'area': float(coco_mask.area(rle)),
            'iscrowd': 0}


def _attributes(words):
    return {name: plain(values) for name, values in words.items() if name != 'label'}
