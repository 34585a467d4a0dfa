"""Label Studio's raw JSON export: several annotators, attributes per region, brush masks, percent coordinates.

An annotation is a flat list of results. Those with the ``id`` of an outline are of that region, the others of the whole
photograph. What was submitted without a region is free of lesions, if anything is drawn in the export at all.
Keypoints, vectors, unfinished polygons and other results of a kind that is no answer are not read: their photograph is
not outlined. Cancelled annotations, drafts and predictions are nobody's word. Of an annotator the number is kept, never
the name or the e-mail. Format: https://labelstud.io/guide/export#Label-Studio-JSON-format-of-annotated-tasks
"""
import numpy as np

from lopm.bounds import checked_size
from lopm.curation import brush, outlines
from lopm.curation.formats.kinds import LabelStudioTask, check
from lopm.curation.formats.label_studio_tasks import write  # noqa: F401  the other way round
from lopm.curation.source import Photograph, Region, SourceError, around, once, read_json, take, values_of, words_of

SUFFIX = '.json'
PLACED = False
OUTLINES = ('polygon', 'rectangle', 'ellipse', 'brush', 'bitmask')
ANSWERS = ('choices', 'number', 'rating', 'textarea', 'taxonomy', 'datetime')
PNG = 'data:image/png;base64,'
MARGIN = 5  # percent that an outline may lie outside


def read(path, export):
    """Add the photographs of one export."""
    tasks = read_json(path)
    if not isinstance(tasks, list) or not all(isinstance(task, dict) and 'data' in task for task in tasks):
        raise SourceError(f'{path}: no raw JSON export of Label Studio, which is a list of tasks with their data; '
                          'choose JSON, not JSON-MIN or COCO, which lose attributes')
    ids = set()
    for number, task in enumerate(tasks, start=1):
        place = f'{path}: task {task.get("id", number)}'
        with export.at(place):
            once(task.get('id', number), ids, 'the task id')
            export.photographs.append(_photograph(task, place, export))
    if not export.unread and not any(photograph.regions for photograph in export.photographs):
        for photograph in export.photographs:  # nobody was asked to draw: none was seen to be free of lesions
            photograph.outlined = photograph.outlined and None


def _photograph(task, place, export):
    check(task, LabelStudioTask)
    data = dict(task['data'])
    if any(key.startswith('video') for key in data):
        raise SourceError('a video task; export photographs only')
    name = data.pop('image', None)
    if not isinstance(name, str):
        raise SourceError(f"the task's data has no 'image', only {sorted(task['data'])}; rename the photograph's key")
    annotations = [each for each in task.get('annotations', []) if not each.get('was_cancelled')]
    export.notes['cancelled annotations'] += len(task.get('annotations', [])) - len(annotations)
    photograph = Photograph(name, words={'': words_of(data)} if data else {}, annotated=bool(annotations),
                            outlined=bool(annotations), place=place)
    seen, raters = set(), set()
    for number, annotation in enumerate(annotations, start=1):
        key = annotation.get('id', number)
        with export.at(f'{place}, annotation {key}'):
            once(key, seen, 'the annotation id')
            rater = _rater(annotation.get('completed_by'))
            once(rater, raters, 'an annotation of annotator')
            _add(annotation, rater, photograph, f'{place}, annotation {key}', export)
    return photograph


def _add(annotation, rater, photograph, place, export):
    """Add one annotator's regions and words to a photograph."""
    unread = {}
    for result in annotation['result']:
        kind = _unread_kind(result)
        if kind:
            unread[result.get('id')] = kind
    for key, kind in unread.items():
        export.leave_out(kind, photograph, f'{place}, region {key}')
    results = [result for result in annotation['result'] if result['type'] != 'relation' and result['id'] not in unread]
    export.notes['results of type relation'] += sum(result['type'] == 'relation' for result in annotation['result'])
    export.notes['annotators who outlined and said nothing'] += not results and not unread
    shapes, words, seen = {}, {}, set()
    for result in results:
        key = result['id']
        if _kind(result) in OUTLINES:
            once(key, seen, 'the region id')
            shapes[key] = result
        said = words.setdefault(key, {})
        for name, values in _words(result).items():
            said.setdefault(name, []).extend(values)
    for key, shape in shapes.items():
        with export.at(f'{place}, region {key}'):
            said = words.pop(key)
            segmentation = _segmentation(shape, photograph)
            box = around(segmentation) if _kind(shape) == 'rectangle' else None
            photograph.regions.append(Region(None if box else segmentation, said, rater, take(said, 'group'),
                                             f'{place}, region {key}', box))
    for said in words.values():
        for name, values in said.items():
            photograph.words.setdefault(rater, {}).setdefault(name, []).extend(values)


def _rater(completed_by):
    if isinstance(completed_by, dict):
        completed_by = completed_by.get('id', '@')
    rater = '' if completed_by is None else str(completed_by)
    if '@' in rater:
        raise SourceError('the annotator is an e-mail address; export raw JSON, which numbers annotators')
    return rater


def _kind(result):
    return result['type'].removesuffix('labels')


def _unread_kind(result):
    """The kind of a result that is not read and may have been meant as an outline; None of the others."""
    kind = _kind(result)
    if kind.startswith(('video', 'timeline')):
        raise SourceError(f'a result of type {result["type"]!r}: a video task; export photographs only')
    if kind == 'polygon' and result['value'].get('closed') is False:
        return 'unfinished outline'
    return None if kind in (*OUTLINES, *ANSWERS, 'relation') else kind


def _words(result):
    """``{name: values}`` that one result says: a label, or the answer to a question."""
    kind, value = result['type'], result['value']
    if kind.endswith('labels'):
        return {'label': values_of(value.get(kind))} if value.get(kind) else {}
    if kind in OUTLINES:
        return {}
    if kind == 'taxonomy':
        return {result['from_name']: [' > '.join(path) for path in value['taxonomy']]}
    return {result['from_name']: values_of(value['text' if kind == 'textarea' else kind])}


def _segmentation(shape, photograph):
    """The outline in pixels; tells the photograph its size."""
    if shape.get('image_rotation'):
        raise SourceError(f'the photograph was turned by {shape["image_rotation"]} degrees in the editor; turn the '
                          'photograph itself and outline it again')
    width, height = size = checked_size(shape['original_width'], shape['original_height'])
    if (photograph.width or width, photograph.height or height) != size:
        raise SourceError(f'outlined on {width} x {height}, another region on {photograph.width} x {photograph.height}')
    photograph.width, photograph.height = size
    kind, value = _kind(shape), shape['value']
    if kind == 'brush':
        return outlines.mask(brush.decode(value['rle'], width, height))
    if kind == 'bitmask':
        return _bitmask(value['imageDataURL'], size)
    scale = np.array(size) / 100
    if kind == 'polygon':
        segmentation = outlines.polygon(_percent(value['points']) * scale)
    else:
        x, y = _percent([value['x'], value['y']]) * scale
        angle = np.deg2rad(value.get('rotation', 0))
        if kind == 'ellipse':
            return outlines.ellipse(x, y, *np.array([value['radiusX'], value['radiusY']]) * scale, angle)
        segmentation = outlines.rectangle(x, y, *np.array([value['width'], value['height']]) * scale, angle, (x, y))
    if np.max(segmentation) <= min(scale):
        raise SourceError('no coordinate is larger than 1 percent: fractions taken for percent?')
    return segmentation


def _bitmask(address, size):
    """The mask of a picture in a data URL, black on transparent, of the size of the photograph."""
    if not address.startswith(PNG):
        raise SourceError(f'the bitmask begins with {address[:30]!r}, wanted is {PNG!r}; export raw JSON again')
    pixels = outlines.from_png(address.removeprefix(PNG))
    if pixels.shape[::-1] != size:
        raise SourceError(f'the bitmask is {pixels.shape[1]} x {pixels.shape[0]}, the photograph {size[0]} x {size[1]}'
                          '; use the photograph that was annotated')
    return outlines.mask(pixels)


def _percent(points):
    points = np.asarray(points, float)
    if (points > 100 + MARGIN).any() or (points < -MARGIN).any():
        raise SourceError(f'a coordinate of {points.max() if points.max() > 100 else points.min():g} percent; they lie '
                          'between 0 and 100: pixels taken for percent?')
    return points
