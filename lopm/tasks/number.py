"""The kind that is answered by a number: a measure in millimetres, an age, a score on a scale."""
from dataclasses import dataclass
from itertools import combinations
from numbers import Real

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from lopm import losses
from lopm.statistics.means import known_mean, ratio
from lopm.statistics.raters import rater_rows
from lopm.tasks.task import Task

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)  # the outer ones hold nine of ten
MIDDLE = LEVELS.index(0.5)


class QuantileOutput(nn.Module):
    """Quantiles that cannot cross: the middle one is linear, from there every step outwards is positive.

    The steps' softplus is linear in the descriptor, so the spread is learned from the lesion (Koenker and Bassett,
    Econometrica 1978, regress each quantile; as increments: Gasthaus et al., AISTATS 2019).
    """

    def __init__(self, in_features):
        super().__init__()
        self.middle = nn.Linear(in_features, 1)
        self.steps = nn.Linear(in_features, len(LEVELS) - 1)

    def forward(self, x):
        middle, steps = self.middle(x), F.softplus(self.steps(x))
        below, above = steps[:, :MIDDLE], steps[:, MIDDLE:]
        return torch.cat([middle - below.flip(1).cumsum(1).flip(1), middle, middle + above.cumsum(1)], 1)


@dataclass(frozen=True)
class Number(Task):
    """A number with its doubt: an answer is its 5, 25, 50, 75 and 95 % quantiles; the middle one is what is said.

    Every entry of a target is the number itself. Logits are quantiles in steps of a quarter of the range around its
    middle, so that they, and the loss, are about 1 whatever the unit.

    Args:
        low, high: The range of numbers that make sense, ``low < high``; a label outside is refused.
        unit: What it is counted in, as people write it: ``mm``, ``years``.
    """

    low: float = 0.
    high: float = None
    unit: str = ''

    outputs = tuple(f'{level:.0%}' for level in LEVELS)
    score_names = ('mae', 'r2', 'coverage', 'width')
    judge = 'r2'

    def __post_init__(self):
        super().__post_init__()
        if self.high is None or not np.isfinite([self.low, self.high]).all() or not self.low < self.high:
            raise ValueError(f'task {self.name}: a number needs its range, low < high, and has low={self.low}, '
                             f'high={self.high}; state both in {self.unit or "its unit"}')

    @property
    def step(self):
        """What a logit of 1 is from the middle of the range."""
        return (self.high - self.low) / 4

    @property
    def center(self):
        return (self.low + self.high) / 2

    def encode_known(self, value):
        if isinstance(value, bool) or not isinstance(value, Real) or not np.isfinite(value):
            raise ValueError(f'task {self.name}: {value!r} is no number')
        if not self.low <= value <= self.high:
            raise ValueError(f'task {self.name}: {value:g} is not from {self.low:g} to {self.high:g}'
                             f'{self.unit and " " + self.unit}; correct it, or the range of the task')
        return np.full(self.num_outputs, value, np.float32)

    def output(self, in_features):
        return QuantileOutput(in_features)

    def probabilities(self, logits):
        return (logits.float() * self.step + self.center).clamp(self.low, self.high)

    def inputs(self, p):
        return (p - self.center) / self.step

    def loss(self, logits, targets):
        return losses.quantile_loss(logits, self.inputs(targets), logits.new_tensor(LEVELS))

    def uncertainty(self, p):
        """How far the outer quantiles are apart, as a share of the range: at most 1, of words at most 0.69."""
        return (p[:, -1] - p[:, 0]) / (self.high - self.low)

    def sample(self, p):
        """A number where a uniform one lies among the quantiles, straight between them, the same in all entries."""
        at = torch.rand_like(p[:, :1]).clamp(LEVELS[0], LEVELS[-1])
        levels = p.new_tensor(LEVELS)
        above = (at > levels[1:-1]).sum(1, keepdim=True)
        low, high = p.gather(1, above), p.gather(1, above + 1)
        share = (at - levels[above]) / (levels[above + 1] - levels[above])
        return (low + share * (high - low)).expand_as(p)

    def uniform_prior(self):
        return self.low + np.array(LEVELS) * (self.high - self.low)

    def prior(self, answers, weights):
        """The quantiles of the part's numbers, each counting its weight."""
        known = ~np.isnan(answers[:, 0])
        if not known.any():
            return self.uniform_prior()
        order = np.argsort(answers[known, 0])
        values, share = answers[known, 0][order], weights[known][order].cumsum()
        return values[np.minimum(np.searchsorted(share / share[-1], LEVELS), len(values) - 1)].astype(float)

    details = 'low', 'high'

    def as_json(self, reading):
        """The answer of a json from what ``reading`` gives."""
        return reading['value']

    def reading(self, p):
        """An answer ``[K, ...]`` as people read it: ``{'value', 'low', 'high', 'unit'}``, nine of ten lying between."""
        return {'value': p[MIDDLE], 'low': p[0], 'high': p[-1], 'unit': self.unit}

    def written(self, target):
        """A label ``[K]`` as people write it: "12.3 mm"."""
        return f'{target[0]:.3g} {self.unit}'.rstrip()

    def score_draws(self, targets, answers, drawn):
        """Mean absolute error and R2 of the middle, and how many labels the outer quantiles hold (0.9 is meant), how
        far apart."""
        rows, lesion, share = rater_rows(targets)
        truth, said = rows[:, MIDDLE], answers[lesion]
        weights = drawn.of(lesion).weights * share
        mean = ratio(weights @ truth, weights.sum(1))
        spread = (weights * (truth - mean[:, None]) ** 2).sum(1)
        held = (said[:, 0] <= truth) & (truth <= said[:, -1])
        means = {'mae': np.abs(said[:, MIDDLE] - truth), 'coverage': held, 'width': said[:, -1] - said[:, 0]}
        found = {name: ratio(weights @ values.astype(float), weights.sum(1)) for name, values in means.items()}
        found['r2'] = 1 - ratio(weights @ (said[:, MIDDLE] - truth) ** 2, spread)
        return {name: found[name] for name in self.score_names}

    def rater_scores(self, targets):
        """Their mean absolute difference."""
        pairs = combinations(range(targets.shape[1]), 2)
        return {'rater_mae': float(known_mean([known_mean(np.abs(targets[:, r, 0] - targets[:, s, 0]))
                                               for r, s in pairs]))}
