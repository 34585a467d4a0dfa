"""Data sets that are only words: what raters say, without outlines or photographs."""
import json

import numpy as np

from lopm.analysis.ratings import read_ratings
from lopm.analysis.variables import Variable
from lopm.datasets.synthetic import labels
from lopm.datasets.synthetic.patients import draw_photographs
from lopm.statistics.draws import resample

TASKS = [
    dict(name='color', kind='multilabel', classes=['white', 'red']),
    dict(name='border', kind='ordinal', classes=['sharp', 'partly', 'blurred']),
    dict(name='homogeneity', kind='ordinal', classes=['even', 'uneven'], valid_if=dict(color='white')),
    dict(name='quality', kind='ordinal', classes=['good', 'poor'], level='image'),
    dict(name='diagnosis', kind='multiclass', classes=['a', 'b', 'c'])]
ORAL = [{'name': name, **task} for name, task in labels.TASKS.items()]


def write(path, lesions, tasks=TASKS, source='', patients=True):
    """A json of ``[(photograph, lesion, rater, attributes)]``; photograph 7 is of patient p7."""
    numbers = sorted({lesion[0] for lesion in lesions})
    images = [{'id': i, 'file_name': f'{i}.jpg', 'width': 9, 'height': 9, 'patient_id': f'p{i}' if patients else None}
              for i in numbers]
    annotations = [{'id': i, 'image_id': photograph, 'category_id': 1, 'lesion_id': lesion, 'rater': rater,
                    'attributes': attributes}
                   for i, (photograph, lesion, rater, attributes) in enumerate(lesions, 1)]
    info = {'source': source, 'tasks': {task['name']: {k: v for k, v in task.items() if k != 'name'} for task in tasks}}
    path.write_text(json.dumps({'info': info, 'images': images, 'annotations': annotations,
                                'categories': [{'id': 1, 'name': 'lesion'}]}))
    return path


def ratings_of(folder, lesions, **more):
    return read_ratings([write(folder / 'part.json', lesions, **more)])


def built_in(path, number, seed=0):
    """What the raters of the built-in photographs say, without drawing them."""
    photographs = draw_photographs(number, seed)
    images = [{'id': p.index, 'file_name': f'{p.index}.jpg', 'width': 9, 'height': 9, 'patient_id': p.patient_id}
              for p in photographs]
    annotations = [{'id': len(photographs) + i, 'image_id': p.index, 'category_id': 1, 'lesion_id': lesion.lesion_id,
                    'rater': rater, 'attributes': words}
                   for i, (p, rater, lesion, words) in enumerate(
                       (p, rater, lesion, words) for p in photographs for rater, said in p.ratings.items()
                       for lesion, words in zip(p.lesions, said))]
    path.write_text(json.dumps({'images': images, 'annotations': annotations,
                                'categories': [{'id': 1, 'name': 'lesion'}]}))
    return photographs, read_ratings([path], ORAL)


def variable(codes, ordered=False, classes=None, task='x'):
    codes = np.array(codes)
    codes = codes[:, None] if codes.ndim == 1 else codes
    return Variable(task, '', tuple('abcdefg'[:classes or codes.max() + 1]), ordered, codes)


def alone(number):
    """``Draws`` of patients with one lesion each."""
    return resample(np.arange(number), num=300)


def value(findings, statistic, feature='', word='', against=None):
    found = [f for f in findings if (f.statistic, f.feature, f.word) == (statistic, feature, word)
             and against in (None, f.against)]
    assert len(found) == 1, found
    return found[0]
