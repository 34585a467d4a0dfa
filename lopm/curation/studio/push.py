"""Predictions into a Label Studio project as pre-annotations, which people accept, correct or throw away."""
import numpy as np
from pycocotools import mask as coco_mask

from lopm.curation.studio.regions import outline_results, photograph_results
from lopm.curation.studio.upload import uploaded
from lopm.curation.words import NONE
from lopm.datasets.masks import outer_rings
from lopm.structures import LESION


def results_of(case, tasks):
    """A ``Case`` as Label Studio's results, and a score.

    Of a lesion its largest piece is outlined; without outlines only what is said of the photograph itself is given. The
    score is the mean outline probability inside the least sure lesion, 0 where no lesion was found: sorted by it,
    photographs that need an eye come first.
    """
    results = []
    for i, lesion in enumerate(case.lesions, 1):
        for points in lesion.outline['polygons'][:1]:
            words, sure = said(lesion, tasks.of('lesion'))
            results += outline_results(f'lesion_{i}', np.reshape(points, (-1, 2)), LESION, words, case.size,
                                       {**sure, LESION: lesion.score})
    for name, rle in case.masks.items():
        for i, points in enumerate(outer_rings(coco_mask.decode(rle)), start=1):
            results += outline_results(f'{name}_{i}', points, name, {}, case.size)
    results += photograph_results(said(case.photograph, tasks.of('image'))[0])
    return results, min((lesion.score for lesion in case.lesions), default=0.)


def said(findings, tasks):
    """``{task: [word, ...] or number}`` of the questions that arise, and ``{task: p}`` of the least sure word."""
    words, sure = {name: reading['value'] for name, reading in findings.numbers.items() if name in tasks}, {}
    for name, named in findings.words.items():
        if name in tasks:
            words[name] = list(named) or [NONE]
            sure[name] = min(named.values(), default=1 - max(findings.probabilities[name].values()))
    return words, sure


def push(studio, project, cases, tasks, version):
    """Push the cases of ``(task of the project, Case)``; yields the number of lesions and what is wrong, else ''.

    A pre-annotation of the same version is replaced, others stay.
    """
    for task, case in cases:
        if wrong := case.bad or mismatch(case, task):
            yield 0, wrong
            continue
        results, score = results_of(case, tasks)
        content = {'task': task['id'], 'result': results, 'score': score, 'model_version': version}
        earlier = [each['id'] for each in studio.get('/api/predictions/', task=task['id'])
                   if each['model_version'] == version]
        if earlier:
            studio.patch(f'/api/predictions/{earlier[0]}/', content)
        else:
            studio.post('/api/predictions/', content)
        yield len(case.lesions), ''
    studio.patch(f'/api/projects/{project}/', {'model_version': version})  # the one that the editor shows first


def mismatch(case, task):
    """Why a case's outlines would not fit on the photograph that was uploaded, else ''."""
    size, uploaded = (f'{width} x {height}' for width, height in (case.size, (task['width'], task['height'])))
    return '' if size == uploaded else (f'{case.name}: {size} here, and {uploaded} when it was uploaded: outlines '
                                        'would not fit; upload it again under another name')


def waiting(studio, project, images, version=None):
    """Entries of a json's ``images`` as tasks of the project: ``id`` the task's, size as uploaded.

    Args:
        version: Leave out those that have a pre-annotation of this version.

    Raises:
        ValueError: One of the photographs is not in the project.
    """
    there = uploaded(studio, project)
    lacking = [image['file_name'] for image in images if image['file_name'] not in there]
    if lacking:
        raise ValueError(f'{len(lacking)} of {len(images)} photographs are not in project {project}, such as '
                         f'{lacking[0]}; send them with the sub-command upload')
    tasks = [(image, there[image['file_name']]) for image in images]
    return [{**image, 'id': task['id'], 'width': task['data']['width'], 'height': task['data']['height']}
            for image, task in tasks if version not in task['predictions_model_versions'].split(',')]
