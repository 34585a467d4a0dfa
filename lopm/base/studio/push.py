"""Predictions into a Label Studio project as pre-annotations, which people accept, correct or throw away."""
import numpy as np

from lopm.base.studio.regions import outline_results, photograph_results
from lopm.base.studio.upload import uploaded
from lopm.base.words import NONE
from lopm.datasets.masks import outer_rings
from lopm.evaluation.rows import as_array
from lopm.structures import LESION
from lopm.tasks import arises


def results_of(sample, tasks):
    """A predicted ``LesionDataSample`` as Label Studio's results, and a score.

    Of a lesion its largest piece is outlined; without outlines only what is said of the photograph itself is given. The
    score is the mean outline probability inside the least sure lesion, 0 where no lesion was found: sorted by it,
    photographs that need an eye come first.
    """
    size = sample.ori_shape[1::-1]
    scores, results = as_array(sample.pred_lesions.scores).tolist(), []
    lesion_map = as_array(sample.pred_map) if scores else None
    for i, score in enumerate(scores):
        for points in outer_rings(lesion_map == i + 1)[:1]:
            words, sure = said(sample.pred_lesions, i, tasks, 'lesion')
            results += outline_results(f'lesion_{i + 1}', points, LESION, words, size, {**sure, LESION: score})
    for name, mask in sample.get('pred_masks', {}).items():
        for i, points in enumerate(outer_rings(as_array(mask)), start=1):
            results += outline_results(f'{name}_{i}', points, name, {}, size)
    return results + photograph_results(said(sample.pred_image, 0, tasks, 'image')[0]), min(scores, default=0.)


def said(rows, i, tasks, level):
    """``{task: [word, ...]}`` that row i says to the questions of a level that arise, and ``{task: probability}``.

    The probability is that of the least sure word.
    """
    rows = {name: as_array(rows[name])[i] for name in tasks.of(level) if name in rows}
    words, sure = {}, {}
    for name, row in rows.items():
        if arises(tasks[name], rows, tasks):
            named = tasks[name].words(row)
            words[name] = [word for word, _ in named] or [NONE]
            sure[name] = min((p for _, p in named), default=float(1 - np.max(row)))
    return words, sure


def push(studio, project, samples, tasks, version):
    """Push predicted samples, whose ``image_id`` is their task's number; yields ``(sample, number of lesions)``.

    A pre-annotation of the same version is replaced, others stay. -1 lesions: the photograph could not be read.
    """
    for sample in samples:
        if sample.bad:
            yield sample, -1
            continue
        results, score = results_of(sample, tasks)
        content = {'task': sample.image_id, 'result': results, 'score': score, 'model_version': version}
        earlier = [each['id'] for each in studio.get('/api/predictions/', task=sample.image_id)
                   if each['model_version'] == version]
        if earlier:
            studio.patch(f'/api/predictions/{earlier[0]}/', content)
        else:
            studio.post('/api/predictions/', content)
        yield sample, len(sample.pred_lesions)
    studio.patch(f'/api/projects/{project}/', {'model_version': version})  # the one that the editor shows first


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
