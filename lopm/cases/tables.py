"""Cases as csv: a row a lesion, a row a photograph; words as a converter reads them, and all probabilities."""
from pycocotools import mask as coco_mask

from lopm.curation.words import NONE
from lopm.files import write_table

OF_LESION = 'photograph', 'lesion', 'score', 'x', 'y', 'width', 'height', 'area'
OF_PHOTOGRAPH = 'photograph', 'width', 'height', 'lesions', 'flags', 'bad'


def write_lesions(path, cases, tasks):
    """A row a lesion, numbered from 1 as on its picture: score, box and area in pixels, then of each task the words and
    every word's probability."""
    tasks = tasks.of('lesion')
    rows = ([case.name, i, lesion.score, *lesion.outline['box'], int(coco_mask.area(lesion.outline['rle'])),
             *cells(lesion, tasks)] for case in cases for i, lesion in enumerate(case.lesions, 1))
    return write_table(path, [*OF_LESION, *columns(tasks)], rows)


def write_photographs(path, cases, tasks):
    """A row a photograph: what is said of it as a whole, what was flagged, or why it could not be read.

    ``flags`` is empty where none was raised or nobody looked.
    """
    tasks = tasks.answered
    rows = ([case.name, *(case.size or (None, None)), len(case.lesions), '; '.join(case.flags or ()), case.bad,
             *cells(case.photograph, tasks)] for case in cases)
    return write_table(path, [*OF_PHOTOGRAPH, *columns(tasks)], rows)


def columns(tasks):
    """Names of the columns of ``cells``: the task, and ``task: word``, ``task: low`` or ``task: by_1``."""
    return [column for name, task in tasks.items() for column in (name, *(f'{name}: {each}' for each in task.details))]


def cells(findings, tasks):
    """Of each task its words joined by " + " ("none": of several that may hold, none does) and the probability of every
    word, or its number and between what it lies, or nothing and the probability of its event by each year; empty where
    its question does not arise."""
    for name, task in tasks.items():
        if name in tasks.numbers:
            reading = findings.numbers.get(name, {})
            yield from (reading.get(key) for key in ('value', *task.details))
            continue
        if name in tasks.times:
            yield from (findings.times.get(name, {}).get(key) for key in ('', *task.details))
            continue
        yield ' + '.join(findings.words[name]) or NONE if name in findings.words else ''
        yield from (findings.probabilities.get(name, {}).get(word) for word in task.classes)
