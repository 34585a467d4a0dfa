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
        raise ValueError(f'{path}: task {task.name} has over {MOST} different answers; they are no words, and of '
                         'numbers more digits than anybody measures: round them')
    targets = np.array([encode_word(task, json.loads(answer), f'{path}: {place}')
                        for answer, (_, place) in given.items()]).reshape(-1, task.num_outputs)
    weights = np.array([weight for weight, _ in given.values()], float)
    known = ~np.isnan(targets).all(1)
    return Labels(float(weights[known].sum()), task.count(targets[known], weights[known]))
