"""What is said of a lesion that was not found: the answer that needs no photograph."""
from collections import Counter

import numpy as np

from lopm.datasets.coco import lesion_key, read_json
from lopm.evaluation.lesions import known_entries


def training_prior(tasks, ann_file):
    """How often each entry of the tasks holds in a json part, usually training's: ``{task: [K]}``.

    Every lesion counts once, whatever the number of its raters. Only words are read, no outline is drawn. An entry
    that nobody answered gets the ``uniform_prior``.
    """
    content = read_json(ann_file)
    lesions = [(a['image_id'], lesion_key(a)) for a in content['annotations']]
    raters = Counter(lesions)
    weights = np.array([1 / raters[lesion] for lesion in lesions])
    words = [annotation.get('attributes', {}) for annotation in content['annotations']]
    images = [image.get('attributes') or {} for image in content['images']]
    return {name: _frequencies(task, words, weights) if task.level == 'lesion' else
            _frequencies(task, images, np.ones(len(images))) for name, task in tasks.items()}


def uniform_prior(task):
    """Every class equally often: ``[K]``."""
    return np.mean([task.encode(word) for word in task.classes], 0)


def _frequencies(task, words, weights):
    answers = known_entries(task, np.stack([task.unknown()] + [task.encode(given.get(task.name)) for given in words]))
    known = ~np.isnan(answers[1:])
    total = (weights[:, None] * known).sum(0)
    holds = (weights[:, None] * (np.nan_to_num(answers[1:]) > 0.5)).sum(0)
    return np.where(total > 0, holds / np.maximum(total, 1e-9), uniform_prior(task))
