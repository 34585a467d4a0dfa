"""Outlines and words in the form that Label Studio's annotations and predictions have.

An outline is one result, every word said of it another; all share the outline's ``id``. Points are in percent of the
photograph. Format: https://labelstud.io/guide/export#Raw-JSON-format-of-completed-tasks.
"""
import numpy as np

from lopm.curation.studio.config import IMAGE, POLYGON


def outline_results(key, points, label, words, size, scores=None):
    """The results of one outline.

    Args:
        key: Its id, unique in the annotation.
        points: Polygon ``[N, 2]`` in pixels.
        label: Name of the mask task.
        words: ``{task: [word, ...] or number}`` said of it.
        size: (width, height) of the photograph.
        scores: ``{label or task: probability}``, shown beside it.
    """
    points = (np.asarray(points, float) / size * 100).clip(0, 100).tolist()
    results = [_result(key, POLYGON, 'polygonlabels', {'points': points, 'closed': True, 'polygonlabels': [label]})]
    results += [_answer(key, task, said) for task, said in words.items()]
    for result, name in zip(results, [label, *words]):
        result.update(original_width=size[0], original_height=size[1], image_rotation=0)
        if scores and name in scores:
            result['score'] = scores[name]
    return results


def photograph_results(words):
    """The results of ``{task: [word, ...] or number}`` said of the whole photograph."""
    return [_answer(f'photograph_{task}', task, said) for task, said in words.items()]


def _answer(key, task, said):
    kind = 'choices' if isinstance(said, list) else 'number'
    return _result(key, task, kind, {kind: said})


def _result(key, name, kind, value):
    return {'id': key, 'from_name': name, 'to_name': IMAGE, 'type': kind, 'value': value}
