"""What is said of a lesion that was not found: the answer that needs no photograph."""
import json

import numpy as np

from lopm.datasets.answers import MOST
from lopm.datasets.index import read_answers


def training_prior(tasks, ann_file):
    """How often each entry of the tasks holds in a part, usually training's: ``{task: [K]}``; its json or its index.

    Every lesion counts once, whatever the number of its raters. Only words are read, no outline is drawn. An entry
    that nobody answered gets the ``uniform_prior``.
    """
    answers = read_answers(ann_file)
    return {name: _frequencies(task, getattr(answers, task.level).get(name, {})) for name, task in tasks.items()}


def uniform_prior(task):
    """Every class equally often: ``[K]``."""
    return np.mean([task.encode(word) for word in task.classes], 0)


def _frequencies(task, given):
    """``given`` is ``{answer as json: [weight, place]}``."""
    if given is None:
        raise ValueError(f'task {task.name}: the part has over {MOST} different answers to it; they are no words')
    answers = task.known_entries(np.stack([task.unknown()] + [task.encode(json.loads(answer)) for answer in given]))
    weights = np.array([weight for weight, _ in given.values()]).reshape(-1, 1)
    known = ~np.isnan(answers[1:])
    total = (weights * known).sum(0)
    holds = (weights * (np.nan_to_num(answers[1:]) > 0.5)).sum(0)
    return np.where(total > 0, holds / np.maximum(total, 1e-9), uniform_prior(task))
