"""The json of a data set (``lopm.datasets.format``) drawn and grouped: photograph -> lesion -> rater.

What cannot be used is an error that names the file, the annotation, the value and the fix; what can be used but is
suspect is logged once, with the annotations it concerns.
"""
import logging
import posixpath
from collections import Counter, defaultdict

import numpy as np
from mmengine.logging import print_log
from pycocotools import mask as coco_mask

from lopm.datasets.format import is_place, read_dataset
from lopm.datasets.masks import encode_segmentation, polygon_problems
from lopm.structures import LESION, MAX_LESIONS

MAX_OVERLAP = 0.2


def group_photographs(path):
    """``[(image, annotations by category name)]`` of a json file, in its order.

    ``segmentation`` of every outline is drawn and kept as compressed RLE, which is small and fast to decode; a place
    (``format.is_place``) has none, and its ``bbox``.

    Raises:
        ValueError: A photograph twice, an annotation of no photograph or category, an outline that cannot be
            drawn, more than 254 lesions on a photograph.
    """
    return group_content(read_dataset(path), path)


def group_content(content, path):
    """As ``group_photographs``, of a json that was read already, whose outlines it replaces; ``path`` is for errors."""
    _refuse_twice(content['images'], path)
    images = {image['id']: image for image in content['images']}
    categories = {category['id']: category['name'] for category in content['categories']}
    groups = {key: defaultdict(list) for key in images}
    warnings = []
    for annotation in content['annotations']:
        where = f'{path}: annotation {annotation["id"]}'
        if annotation['image_id'] not in images:
            raise ValueError(f'{where} belongs to image {annotation["image_id"]}, which is not among the images; '
                             'add the image or remove the annotation')
        if annotation['category_id'] not in categories:
            raise ValueError(f'{where} has category {annotation["category_id"]}; add it to the categories '
                             f'({categories}) or correct it')
        image = images[annotation['image_id']]
        if is_place(annotation):
            annotation.pop('segmentation', None)
            _check_box(annotation['bbox'], image, where)
            groups[image['id']][categories[annotation['category_id']]].append(annotation)
            continue
        annotation['segmentation'], problems = _drawn(annotation, image, where)
        warnings += [f'annotation {annotation["id"]} ({image["file_name"]}): {problem}' for problem in problems]
        groups[image['id']][categories[annotation['category_id']]].append(annotation)
    for image in content['images']:
        lesions = group_lesions(groups[image['id']]['lesion'], f'{path}: {image["file_name"]}')
        warnings += _overlaps(lesions, image['file_name'])
    _report(warnings, path)
    return [(image, groups[image['id']]) for image in content['images']]


def refuse_unread(photographs, names, path):
    """Refuse photographs that do not say whether all lesions are outlined, and on which nothing that is outlined is
    read, such as "Lesion" instead of "lesion".

    Args:
        photographs: As of ``group_photographs``.
        names: Categories that are read.
    """
    drawn = [{name for name, rows in groups.items() if rows} for image, groups in photographs
             if 'outlined' not in image]
    unread = [own for own in drawn if own and not own & set(names)]
    if unread:
        raise ValueError(f'{path}: on {len(unread)} photographs no task reads what is outlined, the category '
                         f'{min(unread[0])!r}; call lesions {LESION!r}, convert the export with a label map that says '
                         'what it is, or add a mask task of this name')


def group_lesions(annotations, where):
    """Annotations of one photograph as ``[{rater: annotation}]``, one dict per lesion, in their order.

    An annotation without ``lesion_id`` is a lesion of its own.
    """
    lesions = {}
    for annotation in annotations:
        key = lesion_key(annotation)
        raters = lesions.setdefault(key, {})
        rater = rater_of(annotation)
        if rater in raters:
            raise ValueError(f'{where}: annotations {raters[rater]["id"]} and {annotation["id"]} are both of lesion '
                             f'{key} by rater {rater!r}; join their polygons in one annotation')
        raters[rater] = annotation
    if len(lesions) > MAX_LESIONS:
        raise ValueError(f'{where} has {len(lesions)} lesions, at most {MAX_LESIONS} fit a lesion map; '
                         'join those of one patch')
    return list(lesions.values())


def lesion_key(annotation):
    """What the annotations of one lesion of a photograph have in common."""
    return annotation.get('lesion_id', ('annotation', annotation['id']))


def rater_of(annotation):
    return annotation.get('rater', '')


def encode_word(task, value, where):
    """A json value as the task's target ``[K]``; an error says ``where`` the value stands."""
    try:
        return task.encode(value)
    except ValueError as error:
        raise ValueError(f'{where}: {error}') from None
    except (KeyError, TypeError):
        raise ValueError(f'{where}: task {task.name} cannot read {value!r}; write a word, a list, '
                         '{"any_of": [...]} or {"all_of": [...], "partial": true}') from None


def _refuse_twice(images, path):
    for key, form in (('id', lambda number: number), ('file_name', posixpath.normpath)):
        for value, count in Counter(form(image[key]) for image in images).most_common(1):
            if count > 1:
                raise ValueError(f'{path}: {key} {value!r} stands {count} times among the images; keep one entry')


def _report(warnings, path, most=20):
    if warnings:
        more = f'\n  and {len(warnings) - most} more' if len(warnings) > most else ''
        print_log(f'{path}: {len(warnings)} outlines are suspect, and used as they are (clipped to the photograph, '
                  'filled as pycocotools fills):\n  ' + '\n  '.join(warnings[:most]) + more, 'current', logging.WARNING)


def _drawn(annotation, image, where):
    """An annotation's outline as compressed RLE, and what is suspect about it."""
    height, width = image['height'], image['width']
    segmentation = annotation.get('segmentation')
    try:
        rle = encode_segmentation(segmentation, height, width)
    except ValueError as error:
        raise ValueError(f'{where} ({image["file_name"]}): {error}') from None
    problems = [] if isinstance(segmentation, dict) else polygon_problems(segmentation, height, width)
    if not coco_mask.area(rle):
        reason = '; '.join(problems) or 'the RLE sets no pixel'
        raise ValueError(f'{where} ({image["file_name"]}): {reason}; outline it again or remove it')
    return rle, problems


def _check_box(box, image, where):
    """Refuse a box without extent, or one that lies outside of its photograph."""
    if len(box) != 4 or min(box[2:]) <= 0:
        raise ValueError(f'{where} ({image["file_name"]}): the box {box} is none: give x, y, width, height in pixels')
    x, y, width, height = box
    if x >= image['width'] or y >= image['height'] or x + width <= 0 or y + height <= 0:
        raise ValueError(f'{where} ({image["file_name"]}): the box {box} lies outside the photograph of '
                         f'{image["width"]} x {image["height"]}; correct it or remove it')


def _overlaps(lesions, file_name):
    """Pairs of lesions of one photograph that share over 20 % of the smaller, in words."""
    first = [next(iter(raters.values())) for raters in lesions]
    rles = [annotation for annotation in first if not is_place(annotation)]
    if len(rles) < 2:
        return []
    outlines = [annotation['segmentation'] for annotation in rles]
    # with iscrowd 1 pycocotools divides the intersection by the first mask's own area
    shares = coco_mask.iou(outlines, outlines, [1] * len(outlines))
    shares = np.triu(np.maximum(shares, shares.T), 1)
    return [f'annotations {rles[i]["id"]} and {rles[j]["id"]} ({file_name}): {shares[i, j]:.0%} of the smaller '
            'lies in the other' for i, j in np.argwhere(shares > MAX_OVERLAP)]
