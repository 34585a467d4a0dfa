"""Outlines of all tools as COCO segmentations, in pixels of the upright photograph, and what is wrong with them.

Angles turn clockwise as seen, since y goes down. pycocotools is the only rasteriser.
"""
import base64
import io
import itertools
from dataclasses import replace

import cv2
import numpy as np
from PIL import Image
from pycocotools import mask as coco_mask

from lopm.bounds import RADIUS
from lopm.curation.source import SourceError
from lopm.datasets.masks import decode_segmentation, encode_mask, encode_segmentation
from lopm.datasets.photographs import opened

SAGITTA = 0.1  # pixels that the polygon of an ellipse may lie inside it
OUTSIDE = 0.05  # share of the longer side that an outline may lie outside: a slip of the hand, not another photograph
FRAME = 0.9  # share of a photograph over which an outline is more likely its frame
LARGE = 400  # pixels; smaller photographs may well have all their lesions within the first hundred


def turn(points, about, angle):
    """Points ``[N, 2]`` turned about a point by an angle in radians."""
    sin, cos = np.sin(angle), np.cos(angle)
    return (np.asarray(points, float) - about) @ np.array([[cos, sin], [-sin, cos]]) + about


def polygon(points):
    """A segmentation from points ``[N, 2]``, to the hundredth of a pixel."""
    return [np.asarray(points, float).round(2).ravel().tolist()]


def rectangle(x, y, width, height, angle=0., about=None):
    """A segmentation from a box; turned about its center, unless told otherwise."""
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return polygon(turn(corners, about or (x + width / 2, y + height / 2), angle) if angle else corners)


def ellipse(cx, cy, rx, ry, angle=0.):
    """A segmentation from an ellipse, the polygon never further than 0.1 px inside it."""
    if not (min(rx, ry) > 0 and max(rx, ry) <= RADIUS):
        raise SourceError(f'an ellipse or circle has the radii {rx:g} and {ry:g}; draw it again')
    count = max(16, int(np.ceil(np.pi * np.sqrt(max(rx, ry) / (2 * SAGITTA)))))
    t = np.arange(count) * 2 * np.pi / count
    return polygon(turn(np.stack([cx + rx * np.cos(t), cy + ry * np.sin(t)], 1), (cx, cy), angle))


def mask(pixels):
    """A segmentation from a mask ``[H, W]``: COCO RLE whose counts are text, as json wants it."""
    return encode_mask(np.asarray(pixels) > 0)


def from_png(text):
    """A mask ``[H, W]`` of 0 and 1 from a PNG in base64: inside is what is not transparent, else what is not black."""
    try:
        with opened(io.BytesIO(base64.b64decode(text, validate=True))) as image:
            transparent = 'A' in image.getbands() or 'transparency' in image.info
            inside = image.convert('RGBA').getchannel('A') if transparent else image.convert('L')
            return (np.asarray(inside) > 0).astype(np.uint8)
    except ValueError:  # BadPhotograph, binascii.Error
        raise SourceError('the mask is no PNG, or larger than any photograph; draw it again') from None


def to_png(pixels):
    """The reverse of ``from_png``: white on black."""
    png = io.BytesIO()
    Image.fromarray(pixels * 255).save(png, 'PNG')
    return base64.b64encode(png.getvalue()).decode()


def as_text(rle):
    """pycocotools' RLE with counts as text."""
    return {'size': [int(side) for side in rle['size']], 'counts': rle['counts'].decode()}


def pasted(pixels, left, top, width, height):
    """A segmentation from a mask that is a cut-out of the photograph."""
    rows, columns = np.shape(pixels)
    if left < 0 or top < 0 or left + columns > width or top + rows > height:
        raise SourceError(f'a mask of {columns} x {rows} at ({left}, {top}) does not fit the photograph of '
                          f'{width} x {height}; use the photograph that was annotated')
    whole = np.zeros((height, width), np.uint8)
    whole[top:top + rows, left:left + columns] = pixels
    return mask(whole)


def cut_out(segmentation, width, height):
    """The reverse of ``pasted``: mask, left, top of the box around it."""
    pixels = decode_segmentation(segmentation, height, width)
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    top, left = rows[0], columns[0]
    return pixels[top:rows[-1] + 1, left:columns[-1] + 1], int(left), int(top)


def one_polygon_each(regions):
    """Regions of several polygons as several of one group, for formats whose shapes are single polygons."""
    taken = {region.group for region in regions}
    free = (str(number) for number in itertools.count(1) if str(number) not in taken)
    for region in regions:
        if region.box or isinstance(region.segmentation, dict) or len(region.segmentation) == 1:
            yield region
        else:
            group = region.group or next(free)
            for each in region.segmentation:
                yield replace(region, segmentation=[each], group=group)


def numbered_groups(regions):
    """Regions whose groups are numbers, for formats that know no names: numbers stay, names get free ones."""
    regions = list(regions)
    taken = {region.group for region in regions}
    free = (str(number) for number in itertools.count(1) if str(number) not in taken)
    numbers = {'': ''}
    for region in regions:
        if region.group not in numbers:
            numbers[region.group] = region.group if region.group.isdecimal() else next(free)
        yield replace(region, group=numbers[region.group])


def to_polygons(region):
    """A region whose mask, if it has one, is written as polygons along the edges of its pixels."""
    if not isinstance(region.segmentation, dict):
        return region
    polygons, holes = along_edges(region.segmentation)
    if holes:
        raise SourceError(f'{region.place}: the outline has a hole, which polygons of this format cannot have; write '
                          'one of cvat, labelme, label_studio, coco or masks')
    return replace(region, segmentation=polygons)


def along_edges(rle):
    """Polygons along the edges of a mask's pixels, and how many holes they fill."""
    height, width = rle['size']
    fine = decode_segmentation(rle, height, width).repeat(4, 0).repeat(4, 1)
    contours, hierarchy = cv2.findContours(fine, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    outer = hierarchy[0, :, 3] < 0 if contours else []
    polygons = [((contour[:, 0] + 0.5) / 4).ravel().tolist() for contour, is_outer in zip(contours, outer) if is_outer]
    return polygons, len(contours) - len(polygons)


def joined(segmentations, width, height):
    """One segmentation of several: all their polygons, or the union as RLE where one of them is a mask."""
    if not any(isinstance(each, dict) for each in segmentations):
        return [points for each in segmentations for points in each]
    if len(segmentations) == 1:
        return as_text(encode_segmentation(segmentations[0], height, width))
    return as_text(coco_mask.merge([encode_segmentation(each, height, width) for each in segmentations]))


def shape_of(region):
    """A region's segmentation; of a box its rectangle: to be measured and matched, never kept as an outline."""
    return rectangle(*region.box) if region.segmentation is None else region.segmentation


def clipped(box, width, height):
    """The part of a box ``[x, y, width, height]`` that lies in the photograph."""
    left, top = max(box[0], 0), max(box[1], 0)
    return [left, top, min(box[0] + box[2], width) - left, min(box[1] + box[3], height) - top]


def how_far_outside(segmentation, width, height):
    """By how many pixels polygons leave the photograph; 0 where they do not.

    Raises:
        SourceError: A coordinate that is no finite number, or far outside.
    """
    if isinstance(segmentation, dict):
        return 0.
    points = np.concatenate([np.asarray(each, float).reshape(-1, 2) for each in segmentation])
    if not np.isfinite(points).all():
        raise SourceError('a coordinate is not a finite number; outline it again')
    outside = float(np.maximum(-points, points - (width, height)).max())
    if outside > OUTSIDE * max(width, height):
        x, y = points[np.maximum(-points, points - (width, height)).max(1).argmax()]
        raise SourceError(f'the point ({x:g}, {y:g}) lies far outside the photograph of {width} x {height}; '
                          'coordinates are pixels of the upright photograph that was annotated')
    return max(outside, 0.)


def refuse_other_units(photographs):
    """Refuse outlines that are all in the upper left corner: fractions or percent, taken for pixels.

    Raises:
        SourceError: All coordinates are at most 1, or at most 100 on large photographs.
    """
    outlines = [(np.max(points), photograph) for photograph in photographs for region in photograph.regions
                if not isinstance(region.segmentation, dict) for points in shape_of(region)]
    if not outlines:
        return
    farthest = max(largest for largest, _ in outlines)
    smallest = min(min(photograph.width, photograph.height) for _, photograph in outlines)
    unit = 'fractions of the sides' if farthest <= 1 else 'percent' if farthest <= 100 and smallest >= LARGE else None
    if unit:
        raise SourceError(f'no coordinate is larger than {farthest:g}, and the photographs are {smallest} pixels or '
                          f'more: the outlines look like {unit}, wanted are pixels; export them in pixels, or say '
                          '--pixels if all of them do lie in the upper left corner')
