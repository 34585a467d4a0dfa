"""COCO segmentations (polygons, uncompressed and compressed RLE), checked, then drawn as masks.

pycocotools draws. It trusts what it is given (a short RLE decodes to whatever lies in memory, four
numbers are taken for a box), so what is malformed is refused here, by a `ValueError` in words.
The format: https://cocodataset.org/#format-data, coordinates in pixels, x to the right, y down, the
corner of the first pixel at (0, 0).
"""

import cv2
import numpy as np
from pycocotools import mask as coco_mask

LEAST_PIECE = 0.01  # of the largest piece's area; smaller ones are specks
RUN_BITS = 35  # of a run length: more than pycocotools can hold


def decode_segmentation(segmentation, height, width):
    """Draw one annotation's segmentation: uint8 [height, width], 1 inside and 0 outside.

    Arguments and errors as of `encode_segmentation`.

    >>> decode_segmentation([[1, 0, 3, 0, 3, 2, 1, 2]], 2, 4).tolist()
    [[0, 1, 1, 0], [0, 1, 1, 0]]
    """
    return np.ascontiguousarray(coco_mask.decode(encode_segmentation(segmentation, height, width)))


def encode_segmentation(segmentation, height, width):
    """One annotation's segmentation as compressed RLE: small, and area, box and overlaps are fast to take from it.

    Args:
        segmentation (list | dict): A list of polygons `[x0, y0, x1, y1, ...]`, joined, or an RLE
            dict with `size` and `counts` (a list of run lengths, or the compressed string).
        height, width (int): Size of the photograph in pixels.

    Raises:
        ValueError: Nothing to draw, or a polygon with under three points, an odd number of
            coordinates or a coordinate that is not finite or absurdly far away, or an RLE of
            another size or whose run lengths do not fill the photograph. A self-crossing polygon is
            drawn.
    """
    if not segmentation:
        raise ValueError('the segmentation is empty: give polygons or an RLE')
    if isinstance(segmentation, dict):
        mask = coco_mask.decode(_checked_rle(segmentation, height, width))
        return coco_mask.encode(np.asfortranarray(mask))  # without empty runs, which pycocotools takes for the end
    polygons = [points.ravel().tolist() for points in _points(segmentation, height, width)]
    return coco_mask.merge(coco_mask.frPyObjects(polygons, height, width))


def encode_mask(mask):
    """A mask `[height, width]` as compressed RLE whose counts are text, as json wants it."""
    columns = cv2.transpose(np.asarray(mask).astype(np.uint8))  # of 12 million pixels ten times faster than numpy
    rle = coco_mask.encode(columns.T)
    return {'size': [int(side) for side in rle['size']], 'counts': rle['counts'].decode()}


def polygon_problems(segmentation, height, width):
    """What is wrong with the polygons of one annotation, in words; an empty list where all is well."""
    return [words for _, words in outline_problems(segmentation, height, width)]


def outline_problems(segmentation, height, width):
    """What is wrong with one annotation's outline: `[(kind, words)]`; an empty list where all is well.

    Names what `decode_segmentation` would refuse (kind `undrawable`), and what it draws although it is
    suspect: points outside the photograph (`outside`), edges that cross (`crossing`), no area (`empty`).
    Edges that only touch are no crossing. An RLE has no edges: it is `undrawable`, `empty`, or well.
    """
    try:
        rle = encode_segmentation(segmentation, height, width)
    except ValueError as error:
        return [('undrawable', str(error))]
    covers = coco_mask.area(rle) > 0
    if isinstance(segmentation, dict):
        return [] if covers else [('empty', 'the RLE sets no pixel')]
    problems = []
    for i, points in enumerate(_points(segmentation, height, width), start=1):
        outside = np.maximum(-points, points - (width, height)).max(axis=1)
        if (outside > 0).any():
            problems.append(('outside', f'polygon {i}: {(outside > 0).sum()} of {len(points)} points lie outside '
                                        f'the photograph ({width} x {height}), by up to {outside.max():g} px'))
        crossing = _crossing_edges(points)
        if crossing is not None:
            problems.append(('crossing', f'polygon {i} crosses itself: its edges from points '
                                         f'{crossing[0] + 1} and {crossing[1] + 1}'))
        elif np.isclose(polygon_area(points), 0):
            problems.append(('empty', f'polygon {i} has zero area'))
    if not covers and not problems:
        problems.append(('empty', 'the polygons cover no pixel of the photograph'))
    return problems


def _points(segmentation, height, width):
    """The polygons as float arrays [N, 2] of x, y; a ValueError where one cannot be drawn."""
    polygons = []
    for i, polygon in enumerate(segmentation, start=1):
        try:
            numbers = np.asarray(polygon, dtype=np.float64)
        except (TypeError, ValueError):
            numbers = None
        if numbers is None or numbers.ndim != 1:
            raise ValueError(f'polygon {i} is not a flat list of numbers [x0, y0, x1, y1, ...]')
        if len(numbers) % 2:
            raise ValueError(f'polygon {i} has an odd number of coordinates ({len(numbers)})')
        if len(numbers) < 6:
            raise ValueError(f'polygon {i} has {len(numbers) // 2} points, and needs three or more')
        if not np.isfinite(numbers).all():
            raise ValueError(f'polygon {i} has a coordinate that is not a finite number')
        # pycocotools allocates memory along every edge, also far outside, and overflows at 2^31
        farthest = np.abs(numbers).max()
        if farthest > 10 * max(height, width):
            raise ValueError(f'polygon {i} has a coordinate of {farthest:g}, far outside the '
                             f'photograph ({width} x {height}): give pixels, of it upright')
        polygons.append(numbers.reshape(-1, 2))
    return polygons


def _checked_rle(rle, height, width):
    """The RLE in pycocotools' compressed form; a ValueError where it is not of the photograph."""
    if rle.get('counts') is None or rle.get('size') not in ([height, width], (height, width)):
        raise ValueError('an RLE needs `counts`, and the `size` of the photograph, '
                         f'[{height}, {width}]: its size is {rle.get("size")}')
    counts = rle['counts']
    if isinstance(counts, (str, bytes)):
        text = counts.encode('latin-1', 'replace') if isinstance(counts, str) else counts
        runs = _run_lengths(text)
    else:
        runs = counts
    if any(not isinstance(run, (int, np.integer)) or run < 0 for run in runs):
        raise ValueError('the RLE has run lengths that are negative or no integers')
    if sum(runs) != height * width:
        raise ValueError(f'the run lengths of the RLE sum to {sum(runs)}, the photograph has '
                         f'{height} x {width} = {height * width} pixels')
    if runs is counts:
        return coco_mask.frPyObjects({'size': [height, width], 'counts': list(runs)}, height, width)
    return {'size': [height, width], 'counts': text}


def _run_lengths(text):
    """Run lengths of a compressed RLE: groups of 5 bits, least first.

    From the fourth on they are written as the difference to the last but one.
    The inverse of `rleToString` in pycocotools' maskApi.c, which does not offer its run lengths.
    """
    runs, value, shift = [], 0, 0
    for byte in text:
        bits = byte - 48
        if not 0 <= bits < 64 or shift >= RUN_BITS:
            raise ValueError('the compressed RLE holds a character or a run length that it cannot have; write it anew')
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            if bits & 16:
                value -= 1 << shift
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = shift = 0
    return runs


def polygon_area(points):
    """Area of a polygon ``[N, 2]`` by the shoelace formula, in square pixels.

    >>> float(polygon_area(np.array([[0, 0], [4, 0], [4, 3]])))
    6.0
    """
    x, y = points.T
    return abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def _crossing_edges(points):
    """Indices (i, j) of the first two edges of a closed polygon that properly cross, else None.

    Two edges cross where the ends of each lie on opposite sides of the other.
    """
    start, end = points, np.roll(points, -1, axis=0)
    for begin in range(0, len(points), 256):    # blocks bound the memory of long outlines
        block = slice(begin, begin + 256)
        ends_of_all = _side(start[block], end[block], start) * _side(start[block], end[block], end)
        ends_of_block = _side(start, end, start[block]) * _side(start, end, end[block])
        crosses = (ends_of_all < 0) & (ends_of_block.T < 0)
        if crosses.any():
            i, j = np.argwhere(crosses)[0]
            return begin + int(i), int(j)
    return None


def _side(start, end, points):
    """On which side of the edges [A] the points [B] lie: [A, B] of -1, 1, or 0 on its line."""
    edge, offset = (end - start)[:, None], points[None] - start[:, None]
    cross = edge[..., 0] * offset[..., 1] - edge[..., 1] * offset[..., 0]
    return np.where(np.abs(cross) < 1e-6, 0, np.sign(cross))    # rounding is no side


def outer_rings(mask):
    """The pieces of a mask ``[H, W]`` as polygons ``[N, 2]`` of x, y in pixels, largest first, holes filled.

    Corners that stray less than a pixel from a straight edge (of a photograph over 1,000 pixels, a thousandth of its
    longer side) are left out: a person has to be able to correct the outline by hand.
    """
    from skimage.measure import approximate_polygon, find_contours
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return []
    y, x = rows[0], columns[0]
    outside = np.pad(mask[y:rows[-1] + 1, x:columns[-1] + 1], 1).astype(np.uint8, order='C')
    cv2.floodFill(outside, None, (0, 0), 2)
    rings = [ring[:, ::-1] + (x - 0.5, y - 0.5) for ring in find_contours((outside != 2).astype(float), 0.5)]
    rings = [approximate_polygon(ring, max(1, max(mask.shape) / 1000))[:-1] for ring in rings]
    rings = sorted((ring for ring in rings if len(ring) > 2), key=polygon_area, reverse=True)
    return [ring for ring in rings if polygon_area(ring) >= LEAST_PIECE * polygon_area(rings[0])]
