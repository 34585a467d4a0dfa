"""What is said of a lesion that was not found: the answer that needs no photograph."""
import json

import numpy as np

from lopm.datasets.answers import MOST
from lopm.datasets.index import read_answers


def training_prior(tasks, ann_file):
    """How often each entry of the tasks holds in a part, usually training's: ``{task: [K]}``; its json or its index.

    Every lesion counts once, whatever the number of its raters. Only words are read, no outline is drawn. An entry
    that nobody answered gets that of the task's ``uniform_prior``.
    """
    answers = read_answers(ann_file)
    return {name: _prior(task, getattr(answers, task.level).get(name, {})) for name, task in tasks.items()}


def _prior(task, given):
    """``given`` is ``{answer as json: [weight, place]}``."""
    if given is None:
        raise ValueError(f'task {task.name}: the part has over {MOST} different answers to it; they are no words, '
                         'and of numbers more digits than anybody measures: round them')
    answers = np.array([task.encode(json.loads(answer)) for answer in given]).reshape(-1, task.num_outputs)
    return task.prior(answers, np.array([weight for weight, _ in given.values()]))
