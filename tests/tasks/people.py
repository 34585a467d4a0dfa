"""People with and without an event, for the tests of times."""
import numpy as np
import torch

from lopm.tasks import build_task

CONFIG = dict(name='transformation', kind='time', cuts=[1, 2, 4], horizons=[2, 4])
TASK, COX = build_task(CONFIG), build_task({**CONFIG, 'likelihood': 'cox'})
NAN = float('nan')


def targets_of(*labels, task=TASK):
    """One rater's labels as targets ``[N, 1, K]``; None is unknown."""
    return torch.tensor(np.stack([task.encode(label) for label in labels])[:, None])


def people(number=60, seed=0):
    """Scores, and labels in half years so that events are tied with each other and with censorings."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, number)
    when, lost = rng.exponential(4 * np.exp(-x)), rng.exponential(5, number)
    time = np.ceil(2 * np.minimum(when, lost)) / 2
    return x, time, when <= lost, [f'{t:g}' + '+' * (not e) for t, e in zip(time, when <= lost)]
