"""Photographs as tasks that Label Studio imports: one annotation per rater, points in percent, masks as brushes."""
import numpy as np

from lopm.curation import brush
from lopm.curation.lesions import OF_IMAGES
from lopm.curation.outlines import one_polygon_each
from lopm.curation.source import OUTLINED, flat, plain
from lopm.datasets.masks import decode_segmentation
from lopm.files import write_json


def write(photographs, folder):
    """One file, ``label_studio.json``, that Label Studio imports; regions of several polygons become several."""
    write_json(folder / 'label_studio.json', [_task(number, photograph)
                                              for number, photograph in enumerate(photographs, start=1)])


def _task(number, photograph):
    data = {'image': photograph.name, **{name: plain(values) for name, values in photograph.words.get('', {}).items()}}
    raters = dict.fromkeys([*(region.rater for region in photograph.regions), *(set(photograph.words) - {''})])
    if not raters and data.get(OUTLINED) is False and not _said(data):
        del data[OUTLINED]  # nobody has looked at it yet; what is drawn there shall count
    elif photograph.annotated and not raters:
        raters = ['']
    return {'id': number, 'data': data, 'annotations': [
        {'id': i, 'result': _results(photograph, rater), 'was_cancelled': False, **_completed_by(rater)}
        for i, rater in enumerate(raters, start=1)]}


def _said(data):
    """What a task's data say of the photograph itself, beyond whose it is."""
    return [name for name in data if name not in ('image', OUTLINED, *OF_IMAGES) and not name.startswith('record.')]


def _completed_by(rater):
    return {'completed_by': int(rater) if rater.isdecimal() else {'id': rater}} if rater else {}


def _results(photograph, rater):
    regions = [region for region in photograph.regions if region.rater == rater]
    results = []
    for number, region in enumerate(one_polygon_each(regions), start=1):
        words = {**region.words, **({'group': [region.group]} if region.group else {})}
        shape = _shape(region, words.pop('label', []), photograph)
        results += [{'id': f'region{number}', 'from_name': 'outline', 'to_name': 'image', **shape},
                    *(_answer(f'region{number}', name, values) for name, values in words.items())]
    said = photograph.words.get(rater, {}) if rater else {}
    return results + [_answer(f'photograph-{name}', name, values) for name, values in flat({'': said}).items()]


def _shape(region, label, photograph):
    size = photograph.width, photograph.height
    if region.box:
        scaled = (np.reshape(region.box, (2, 2)) / size * 100).ravel().tolist()
        kind, value = 'rectanglelabels', {**dict(zip(('x', 'y', 'width', 'height'), scaled)), 'rotation': 0}
    elif isinstance(region.segmentation, dict):
        pixels = decode_segmentation(region.segmentation, *size[::-1])
        kind, value = 'brushlabels', {'format': 'rle', 'rle': brush.encode(pixels)}
    else:
        points = np.reshape(region.segmentation[0], (-1, 2)) / size * 100
        kind, value = 'polygonlabels', {'points': points.tolist(), 'closed': True}
    return {'type': kind, 'value': {**value, kind: label}, 'original_width': size[0], 'original_height': size[1],
            'image_rotation': 0}


def _answer(key, name, values):
    if len(values) == 1 and isinstance(values[0], (int, float)) and not isinstance(values[0], bool):
        kind, value = 'number', {'number': values[0]}
    else:
        kind, value = 'choices', {'choices': [str(value) for value in values]}
    return {'id': key, 'from_name': name, 'to_name': 'image', 'type': kind, 'value': value}
