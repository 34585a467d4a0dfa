"""How many labels a part has of each task and class, read without drawing an outline."""
import json
from typing import NamedTuple

import numpy as np

from lopm.datasets.answers import MOST
from lopm.datasets.coco import encode_word
from lopm.datasets.index import read_answers


class Labels(NamedTuple):
    """Labelled lesions and photographs of a task, and how many are said to be of each class; of masks, outlines.

    A lesion that one of two raters labelled counts as a half.
    """

    total: float
    classes: dict


def count_labels(tasks, path):
    """``{task: Labels}`` of a json or its index. Every lesion counts once, whatever the number of its raters.

    Args:
        tasks: ``Tasks``.
    """
    answers = read_answers(path)
    return {name: Labels(answers.outlines.get(name, 0), {}) if name in tasks.masks
            else _count(task, getattr(answers, task.level).get(name, {}), path)
            for name, task in tasks.items()}


def _count(task, given, path):
    if given is None:
        raise ValueError(f'{path}: task {task.name} has over {MOST} different answers; they are no words')
    total, classes = 0, dict.fromkeys(task.classes, 0)
    for answer, (weight, place) in given.items():
        target = encode_word(task, json.loads(answer), f'{path}: {place}')
        if np.isnan(target).all():
            continue
        total += weight
        for word, there in zip(task.classes, task.class_probabilities(np.nan_to_num(target))):
            classes[word] += weight * (there > 0.5)
    return Labels(total, {word: float(count) for word, count in classes.items()})
