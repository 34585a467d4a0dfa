"""Checks of outlines, and of what stands beside them and follows from them."""
import numpy as np

from lopm.curation.doctor.table import ERROR, REMARK, check, of_photograph
from lopm.curation.outlines import FRAME
from lopm.datasets.coco import MAX_OVERLAP

TINY = 0.01  # of the photograph's longer side
OUTSIDE = 1  # pixel: less is rounding


def _outlines(base):
    """Every annotation with its photograph and what was measured on it."""
    for photograph in base.photographs:
        for annotation, measured in zip(photograph.annotations, photograph.facts['outlines']):
            yield photograph, annotation, measured


def _problems(base, *kinds):
    for photograph, annotation, measured in _outlines(base):
        found = [words for kind, words in measured['problems'] if kind in kinds]
        if found:
            yield of_photograph(photograph, '; '.join(found), annotation)


@check(ERROR, 'no mask comes out of this outline: training refuses the whole part', 'outline it again, or remove it')
def outline_undrawable(base):
    return _problems(base, 'undrawable', 'empty')


@check(REMARK, 'the outline leaves the photograph: it was moved, or drawn on another photograph',
       'look at it; what leaves is cut off')
def outline_outside(base):
    for photograph, annotation, measured in _outlines(base):
        words = [words for kind, words in measured['problems'] if kind == 'outside']
        if words and _farthest_outside(annotation['segmentation'], photograph.image) > OUTSIDE:
            yield of_photograph(photograph, '; '.join(words), annotation)


def _farthest_outside(polygons, image):
    points = np.concatenate([np.reshape(polygon, (-1, 2)) for polygon in polygons])
    return np.maximum(-points, points - (image['width'], image['height'])).max()


@check(REMARK, 'a stray click, or a lesion of which nothing is left at the size that networks see',
       'remove it, or outline the lesion')
def outline_tiny(base):
    for photograph, annotation, measured in _outlines(base):
        if measured['area']:
            side, longer = max(measured['box'][2:]), max(photograph.image['width'], photograph.image['height'])
            if side < TINY * longer:
                yield of_photograph(photograph, f'{side:g} px across, on a photograph of {longer} px', annotation)


@check(REMARK, 'an outline of nearly all of the photograph is its frame, or inside and outside are exchanged',
       'look at it; outline the lesion, or remove it')
def outline_fills_photograph(base):
    for photograph, annotation, measured in _outlines(base):
        share = measured['area'] / (photograph.image['width'] * photograph.image['height'])
        if share > FRAME and annotation in photograph.lesion_rows():
            yield of_photograph(photograph, f'covers {share:.0%} of the photograph', annotation)


@check(REMARK, 'the mask of a polygon whose edges cross has holes that nobody drew', 'outline it again')
def outline_crosses_itself(base):
    return _problems(base, 'crossing')


@check(REMARK, 'one lesion outlined twice, or two whose outlines run into each other: the smaller covers the larger',
       'keep one of them, or draw the border between them')
def outlines_overlap(base):
    for photograph in base.photographs:
        for i, j, share in photograph.facts['overlaps']:
            if share > MAX_OVERLAP:
                one, other = photograph.annotations[i], photograph.annotations[j]
                yield of_photograph(photograph, f'{share:.0%} of the smaller lies in the other', one, other)


@check(REMARK, 'tools that read COCO trust these fields, and leave out what is marked as a crowd',
       '--fix computes box and area from the outline, and clears the mark')
def box_or_area(base):
    for photograph, annotation, measured in _outlines(base):
        wrong = [f'{key} {annotation[key]!r} instead of {value!r}' for key, value in derived_fields(measured).items()
                 if key in annotation and not _equal(annotation[key], value)]
        if wrong:
            yield of_photograph(photograph, '; '.join(wrong), annotation)


def derived_fields(measured):
    """What stands in an annotation besides its outline and follows from it; nothing where it cannot be drawn."""
    return {'bbox': measured['box'], 'area': measured['area'], 'iscrowd': 0} if measured['area'] else {}


def _equal(found, value):
    """Within 2 px for boxes and 5 % for areas: tools take them from the polygon or from its pixels."""
    try:
        if isinstance(value, list):
            return len(found) == 4 and all(abs(a - b) <= 2 for a, b in zip(found, value))
        return abs(found - value) <= max(.05 * value, 8 if value else 0)
    except TypeError:
        return False
