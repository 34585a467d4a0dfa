"""What raters said of every lesion of a data set, as arrays. Words only: no outline is drawn, no photograph opened."""
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lopm.datasets.coco import encode_word, lesion_key, rater_of
from lopm.datasets.format import read_dataset
from lopm.datasets.groups import has_patient
from lopm.structures import LESION
from lopm.tasks import NOT_ASSESSABLE as NOT_ASSESSABLE_WORD
from lopm.tasks import build_tasks

# How a rater treated a question. AMBIGUOUS: alternative or co-existing classes, which are no one class.
# NOT_APPLICABLE: the same rater denies the task's condition. NOT_SEEN: this rater did not look at the lesion.
STATUS = ('answered', 'ambiguous', 'not_assessable', 'not_applicable', 'missing', 'not_seen')
ANSWERED, AMBIGUOUS, NOT_ASSESSABLE, NOT_APPLICABLE, MISSING, NOT_SEEN = range(6)


@dataclass(frozen=True)
class Table:
    """Answers to the tasks of one level. A row is a lesion on a photograph (or a photograph), a column a rater.

    Attributes:
        photograph: ``[N]``, number of the row's photograph.
        group: ``[N]``, what is resampled: number of the patient, or of the photograph where none is named.
        named: ``[N]``, whether a patient is named.
        raters: Names of the R columns.
        targets: ``{task: float32 [N, R, K]}`` in the form of ``lopm.tasks``, nan where unknown.
        status: ``{task: int8 [N, R]}``, positions in ``STATUS``.
        annotations: ``[N, R]``, number of the annotation in the order of the parts, -1 where there is none.
    """

    photograph: np.ndarray
    group: np.ndarray
    named: np.ndarray
    raters: tuple
    targets: dict
    status: dict
    annotations: np.ndarray

    def count(self, rows):
        """``dict(lesions, photographs, patients)`` of a bool ``[N]`` or of indices; patients None if none is named."""
        rows = np.unique(np.arange(len(self.group))[rows])
        patients = np.unique(self.group[rows][self.named[rows]])
        return dict(lesions=len(rows), photographs=len(np.unique(self.photograph[rows])),
                    patients=len(patients) or None)


class Ratings(NamedTuple):
    """The data set: tasks by name, answers per lesion and per photograph; whether it is drawn, and which tasks' labels
    nobody gave: they were measured on the pixels; and tasks that are answered by a number or a time, of which
    nothing is counted.
    """

    tasks: dict
    lesions: Table
    photographs: Table
    synthetic: bool
    computed: list
    numbers: list = ()


class Row(NamedTuple):
    """One lesion (or photograph) as it is read: words by rater, with the place and number of the annotation."""

    photograph: tuple
    group: tuple
    words: dict  # {rater: (words, where, number)}


def read_ratings(paths, tasks=None):
    """Pool the parts of a data set.

    Args:
        paths: Json files of the parts.
        tasks: A config's tasks list; None: the ``info.tasks`` of the json.

    Raises:
        ValueError: No COCO json, no tasks, an unknown word, a photograph that stands in two parts, or no lesion at all.
    """
    paths = [Path(path) for path in paths]
    return ratings_of(paths, [read_dataset(path) for path in paths], tasks)


def ratings_of(paths, parts, tasks=None):
    """As ``read_ratings``, of contents that were read already; ``paths`` are for errors."""
    _refuse_shared(paths, parts)
    asked = build_tasks(tasks or _tasks_of(paths, parts))
    tasks = asked.with_words
    lesions, photographs, before = [], [], 0
    for path, part in zip(paths, parts):
        for image, annotations in _by_photograph(part, before):
            lesions += _lesion_rows(path, image, annotations, tasks)
            photographs.append(_row(path, image, {'': (image.get('attributes') or {}, _where(path, image), -1)}))
        before += len(part['annotations'])
    if not lesions:
        raise ValueError(f'{", ".join(map(str, paths))}: no lesion is outlined or named; nothing can be counted')
    at = {level: {name: task for name, task in tasks.items() if task.level == level} for level in ('lesion', 'image')}
    synthetic = any(str(part.get('info', {}).get('source', '')).startswith('synthetic') for part in parts)
    return Ratings(tasks, _table(lesions, at['lesion']), _table(photographs, at['image']), synthetic,
                   [name for name in tasks if name in _measured_tasks(parts)], [*asked.numbers, *asked.times])


def _measured_tasks(parts):
    return {name for part in parts for annotation in part['annotations']
            for name, source in (annotation.get('source') or {}).items() if source == 'measured'}


def _refuse_shared(paths, parts):
    seen = {}
    for path, part in zip(paths, parts):
        for image in part['images']:
            file = path.parent / image['file_name']
            if file in seen:
                raise ValueError(f'{file} stands in {seen[file]} and in {path} (or twice in it): it would count twice; '
                                 'name each part once')
            seen[file] = path


def _tasks_of(paths, parts):
    """The tasks list that the parts carry."""
    found = [part.get('info', {}).get('tasks') for part in parts]
    if not found or not found[0]:
        raise ValueError(f'{paths[0]} does not say what its tasks are (info.tasks); name a config that does: '
                         '--tasks configs/_base_/oral_tasks.py')
    for path, other in zip(paths, found):
        if other != found[0]:
            raise ValueError(f'{path} has other tasks (info.tasks) than {paths[0]}; name the tasks of both: '
                             '--tasks CONFIG')
    return [{'name': name, **definition} for name, definition in found[0].items()]


def _by_photograph(part, before):
    """``[(image, [(number, annotation of a lesion)])]``; numbers go on from ``before``."""
    categories = {category['id']: category['name'] for category in part['categories']}
    of_image = defaultdict(list)
    for number, annotation in enumerate(part['annotations'], before):
        if categories.get(annotation['category_id']) == LESION:
            of_image[annotation['image_id']].append((number, annotation))
    return [(image, of_image[image['id']]) for image in part['images']]


def _lesion_rows(path, image, annotations, tasks):
    """Rows of one photograph. Its own words go down to its lesion if there is one only, or none is outlined."""
    given = image.get('attributes') or {}
    lesions = defaultdict(dict)
    for number, annotation in annotations:
        where = f'{path}: annotation {annotation["id"]}'
        lesions[lesion_key(annotation)][rater_of(annotation)] = annotation.get('attributes') or {}, where, number
    if len(lesions) == 1:
        lesions = {key: {rater: ({**given, **words}, *rest) for rater, (words, *rest) in raters.items()}
                   for key, raters in lesions.items()}
    if not lesions and any(name in given for name, task in tasks.items() if task.level == 'lesion'):
        lesions = {'': {'': (given, _where(path, image), -1)}}
    return [_row(path, image, raters) for raters in lesions.values()]


def _where(path, image):
    return f'{path}: {image["file_name"]}'


def _row(path, image, words):
    photograph = str(path), image['id']
    return Row(photograph, ('patient', str(image['patient_id'])) if has_patient(image) else photograph, words)


def _table(rows, tasks):
    raters = sorted({rater for row in rows for rater in row.words})
    shape = len(rows), len(raters)
    targets = {name: np.full((*shape, task.num_outputs), np.nan, np.float32) for name, task in tasks.items()}
    status = {name: np.full(shape, NOT_SEEN, np.int8) for name in tasks}
    annotations = np.full(shape, -1)
    for i, row in enumerate(rows):
        for rater, (words, where, number) in row.words.items():
            cell = i, raters.index(rater)
            annotations[cell] = number
            for name, task in tasks.items():
                value = words.get(name)
                targets[name][cell] = task.known_entries(encode_word(task, value, where))
                status[name][cell] = _status(task, value, targets[name][cell])
    _mask_conditions(tasks, targets, status)
    return Table(_numbers([row.photograph for row in rows]), _numbers([row.group for row in rows]),
                 np.array([row.group[0] == 'patient' for row in rows], bool), tuple(raters), targets, status,
                 annotations)


def _status(task, value, target):
    if value is None:
        return MISSING
    if value == NOT_ASSESSABLE_WORD:
        return NOT_ASSESSABLE
    unknown = np.isnan(target)
    return AMBIGUOUS if (unknown.any() if task.exclusive else unknown.all()) else ANSWERED


def _mask_conditions(tasks, targets, status):
    """A task is asked only where the same rater does not deny its condition; in place."""
    for name, task in tasks.items():
        for other, word in task.valid_if.items():
            if other in targets:
                denied = targets[other][..., tasks[other].index(word)] == 0
                targets[name][denied] = np.nan
                status[name][denied] = NOT_APPLICABLE


def _numbers(keys):
    numbers = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], int)
