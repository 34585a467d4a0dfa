"""The kind that is a grade."""
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from lopm.tasks.task import GROUPS
from lopm.tasks.words import WordTask, concatenate


class OrdinalOutput(nn.Module):
    """Cumulative logits ``score - threshold_k`` with ordered thresholds (McCullagh, JRSS B 1980)."""

    def __init__(self, in_features, num_thresholds):
        super().__init__()
        self.score = nn.Linear(in_features, 1)
        self.first = nn.Parameter(torch.tensor([-(num_thresholds - 1) / 2]))
        self.steps = nn.Parameter(torch.full((num_thresholds - 1,), 0.5413))  # softplus(0.5413) = 1

    def forward(self, x):
        thresholds = torch.cat([self.first, self.first + F.softplus(self.steps).cumsum(0)])
        return self.score(x) - thresholds


@dataclass(frozen=True)
class Ordinal(WordTask):
    """Graded classes, least first; predicted as P(grade > k).

    Args:
        by_table: Of a visit or a patient, ``dict(of=TASK, words={its class: grade})``: the grade that follows from what
            is said of the lesions, shown beside the one that is learned. TASK is a multiclass task of lesions, and
            every class of it has a grade; the worst lesion counts.
    """

    by_table: dict = field(default_factory=dict)

    ordered = True

    def __post_init__(self):
        super().__post_init__()
        if not self.by_table:
            return
        if self.level not in GROUPS:
            raise ValueError(f'task {self.name}: by_table counts the worst lesion of a visit or a patient, and the '
                             f'task is of level {self.level!r}; set level to one of {", ".join(GROUPS)}')
        if set(self.by_table) != {'of', 'words'}:
            raise ValueError(f'task {self.name}: by_table has {", ".join(self.by_table)}; give of=TASK and '
                             'words=dict(...)')
        for grade in self.by_table['words'].values():
            self.index(grade)

    def grades_of(self, task):
        """``by_table`` as a matrix ``[C, K]``: of class c of the ``Task`` it reads, 1 where its grade is above k."""
        return np.stack([self.encode_known(self.by_table['words'][word]) for word in task.classes])

    @property
    def outputs(self):
        return tuple(f'above {word}' for word in self.classes[:-1])

    @property
    def free_outputs(self):
        return 1  # with scales of their own P(grade > k) would not fall with k

    def encode_known(self, value):
        return (self.index(value) > np.arange(self.num_outputs)).astype(np.float32)

    def output(self, in_features):
        return OrdinalOutput(in_features, self.num_outputs)

    def decide(self, p):
        """The median grade, which scores are of: the most probable one would hardly ever be in the middle."""
        return (p > 0.5).sum(-1)[..., None] == np.arange(len(self.classes))

    def say(self, p):
        """The most probable grade: beside its probability a reader expects no other. (The median may be the least
        probable of all: of 0.45, 0.1, 0.45 it is the middle.)"""
        return super().decide(p)

    def consistent(self, p):
        """P(grade > k) falls with k."""
        return np.minimum.accumulate(p, -1)

    def class_probabilities(self, p):
        above = concatenate([p[..., :1] * 0 + 1, p])
        below = concatenate([p, p[..., :1] * 0])
        return above - below
