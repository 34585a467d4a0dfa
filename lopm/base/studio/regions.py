"""Outlines and words in the form that Label Studio's annotations and predictions have.

An outline is one result, every word said of it another; all share the outline's ``id``. Points are in percent of the
photograph. Format: https://labelstud.io/guide/export#Raw-JSON-format-of-completed-tasks.
"""
import numpy as np
from scipy.ndimage import binary_fill_holes
from skimage.measure import approximate_polygon, find_contours

from lopm.base.studio.config import IMAGE, POLYGON
from lopm.datasets.masks import polygon_area

LEAST_PIECE = 0.01  # of the largest piece's area; smaller ones are specks


def outer_rings(mask):
    """The pieces of a mask ``[H, W]`` as polygons ``[N, 2]`` of x, y in pixels, largest first, holes filled.

    Corners that stray less than a pixel from a straight edge (of a photograph over 1,000 pixels, a thousandth of its
    longer side) are left out: a person has to be able to correct the outline by hand.
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return []
    y, x = rows[0], columns[0]
    filled = binary_fill_holes(mask[y:rows[-1] + 1, x:columns[-1] + 1])
    rings = [ring[:, ::-1] + (x - 0.5, y - 0.5) for ring in find_contours(np.pad(filled, 1).astype(float), 0.5)]
    rings = [approximate_polygon(ring, max(1, max(mask.shape) / 1000))[:-1] for ring in rings]
    rings = sorted((ring for ring in rings if len(ring) > 2), key=polygon_area, reverse=True)
    return [ring for ring in rings if polygon_area(ring) >= LEAST_PIECE * polygon_area(rings[0])]


def outline_results(key, points, label, words, size, scores=None):
    """The results of one outline.

    Args:
        key: Its id, unique in the annotation.
        points: Polygon ``[N, 2]`` in pixels.
        label: Name of the mask task.
        words: ``{task: [word, ...]}`` said of it.
        size: (width, height) of the photograph.
        scores: ``{label or task: probability}``, shown beside it.
    """
    points = (np.asarray(points, float) / size * 100).clip(0, 100).tolist()
    results = [_result(key, POLYGON, 'polygonlabels', {'points': points, 'closed': True, 'polygonlabels': [label]})]
    results += [_result(key, task, 'choices', {'choices': said}) for task, said in words.items()]
    for result, name in zip(results, [label, *words]):
        result.update(original_width=size[0], original_height=size[1], image_rotation=0)
        if scores and name in scores:
            result['score'] = scores[name]
    return results


def photograph_results(words):
    """The results of ``{task: [word, ...]}`` said of the whole photograph."""
    return [_result(f'photograph_{task}', task, 'choices', {'choices': said}) for task, said in words.items()]


def _result(key, name, kind, value):
    return {'id': key, 'from_name': name, 'to_name': IMAGE, 'type': kind, 'value': value}
