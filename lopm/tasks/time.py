"""The kind that is a time to an event, such as a malignant transformation, of which many were only spared so far."""
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from torch import nn

from lopm.statistics import survival
from lopm.statistics.means import known_mean
from lopm.statistics.raters import rater_rows
from lopm.tasks.cox import cox_loss
from lopm.tasks.hazards import HazardOutput, hazard_loss, starting_hazard
from lopm.tasks.task import Task
from lopm.tasks.time_labels import UNIT, read_label, written
from lopm.tasks.words import concatenate


@dataclass(frozen=True)
class Time(Task):
    """Years to an event, of which the label may say only that it had not come when somebody was last seen.

    A target: the years; 1 if the event came then and 0 if it had not (censored); and for each cut whether the event had
    come by it, nan where nobody was looking any more. An answer: the years without the event until the last cut that
    are expected (restricted mean, straight between cuts), the probability of the event by the last cut, and by each
    cut. Logits are logarithms of hazards, one for each interval between cuts, with Cox's likelihood behind the score.

    Args:
        cuts: Ends of the intervals, years, ascending; the first interval begins at 0.
        horizons: Those of the cuts that scores are of; by default all.
        hazard: ``proportional``: one score for all intervals; ``free``: each is learned by itself, so that risks may
            cross (Gensheimer and Narasimhan, PeerJ 2019).
        likelihood: ``hazard``: of intervals. ``cox``: the score learns from the order of events in a batch of all ranks
            alone, whatever the baseline, and the baseline from the likelihood of intervals under that score. Both are
            means over all that are labelled, so a batch with few events teaches the score little.
    """

    cuts: tuple = (1, 2, 3, 4, 5)
    horizons: tuple = ()
    hazard: str = 'proportional'
    likelihood: str = 'hazard'

    judge = 'concordance'
    unit = UNIT

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, 'cuts', tuple(self.cuts))
        object.__setattr__(self, 'horizons', tuple(self.horizons) or self.cuts)
        if not self.cuts or not np.isfinite(self.cuts).all() or (np.diff([0, *self.cuts]) <= 0).any():
            raise ValueError(f'task {self.name}: cuts={list(self.cuts)}; give years that ascend from above 0')
        if (odd := [each for each in self.horizons if each not in self.cuts]) or (np.diff(self.horizons) <= 0).any():
            raise ValueError(f'task {self.name}: horizons={list(self.horizons)}; give some of the cuts, in order'
                             + (f', or add {odd[0]} to cuts={list(self.cuts)}' if odd else ''))
        if self.hazard not in ('proportional', 'free') or self.likelihood not in ('hazard', 'cox'):
            raise ValueError(f'task {self.name}: hazard={self.hazard!r}, likelihood={self.likelihood!r}; the first is '
                             'proportional or free, the second hazard or cox')
        if self.hazard == 'free' and self.likelihood == 'cox':
            raise ValueError(f'task {self.name}: likelihood="cox" orders people by one score, and hazard="free" has '
                             'none; take hazard="proportional"')

    @property
    def outputs(self):
        return 'time', 'event', *(f'by_{cut:g}' for cut in self.cuts)

    @property
    def widths(self):
        return np.diff([0, *self.cuts])

    def encode_known(self, value):
        time, event = read_label(self.name, value)
        by = [float(event) if time <= cut else 0. for cut in self.cuts]
        hidden = [not event and time < cut for cut in self.cuts]
        return np.array([time, event, *np.where(hidden, np.nan, by)], np.float32)

    def output(self, in_features):
        if self.hazard == 'proportional':
            return HazardOutput(in_features, self.widths, self.likelihood == 'cox')
        output = nn.Linear(in_features, len(self.cuts))
        output.bias.data.copy_(starting_hazard(self.widths))
        return output

    def probabilities(self, logits):
        hazards = logits[..., -len(self.cuts):].float().exp()
        return self.answer(-torch.expm1(-hazards.cumsum(-1)))

    def answer(self, by):
        """The answer ``[..., K]`` of probabilities of the event by each cut, numpy or torch ``[..., C]``."""
        free = concatenate([1 - by[..., :1] * 0, 1 - by])
        years = sum(width * (free[..., [k]] + free[..., [k + 1]]) / 2 for k, width in enumerate(self.widths.tolist()))
        return concatenate([years, by[..., -1:], by])

    def loss(self, logits, targets):
        if self.likelihood == 'hazard':
            return hazard_loss(logits, targets, self.cuts)
        score = logits[:, :1]
        found = hazard_loss(logits[:, 1:] - score + score.detach(), targets, self.cuts)
        return found._replace(value=found.value + cox_loss(score[:, 0], targets))

    def inputs(self, p):
        return torch.cat([p[:, :1] / self.cuts[-1], p[:, 1:]], 1)

    def uncertainty(self, p):
        """Mean entropy of having had the event by each cut, in nats: at most 0.69."""
        p = p[:, 2:].clamp(1e-6, 1 - 1e-6)
        return -(p * p.log() + (1 - p) * (1 - p).log()).mean(1)

    def sample(self, p):
        """A time where a uniform number lies among the probabilities, straight between cuts; beyond the last one it is
        censored there."""
        at, by = torch.rand_like(p[:, :1]), torch.cat([p[:, :1] * 0, p[:, 2:]], 1)
        edges = p.new_tensor([0, *self.cuts])
        place = (at > by[:, 1:]).sum(1, keepdim=True).clamp(max=len(self.cuts) - 1)
        low, high = by.gather(1, place), by.gather(1, place + 1)
        share = ((at - low) / (high - low).clamp(min=1e-12)).clamp(0, 1)
        time, event = edges[place] + share * edges.diff()[place], (at <= by[:, -1:]).to(p.dtype)
        return torch.cat([time, event, event * (time <= edges[1:])], 1)

    def uniform_prior(self):
        """Half have the event by the last cut, as many in every year."""
        return self.answer(np.array(self.cuts) / self.cuts[-1] / 2)

    def prior(self, answers, weights):
        """The part's Kaplan-Meier curve at the cuts, where nobody was followed that long as before."""
        known = ~np.isnan(answers[:, 0])
        if not known.any():
            return self.uniform_prior()
        curve = survival.kaplan_meier(answers[known, 0], answers[known, 1] > 0.5, weights[None, known].astype(float))
        return self.answer(1 - curve.at(np.float32(self.cuts))[0])

    def count(self, targets, weights):
        event = targets[:, 1] > 0.5
        return {'event': float(weights[event].sum()), 'censored': float(weights[~event].sum())}

    @property
    def details(self):
        return self.outputs[2:]

    def reading(self, p):
        """An answer ``[K]`` as people read it: ``{'by_1': probability, ...}``."""
        return {name: float(each) for name, each in zip(self.details, p[2:])}

    def written(self, target):
        """A label ``[K]`` as people write it: "3.2 years", "5+ years"."""
        return written(target[0], target[1] > 0.5)

    @property
    def score_names(self):
        """Concordance by Harrell and by Uno (until the last cut); of each horizon AUROC, Brier score and calibration
        (how many more had the event, observed by Kaplan-Meier, than was said: above 0, risks are said too low); and the
        mean Brier score from the first horizon to the last."""
        at = [f'{name}_{horizon:g}y' for name in ('auroc', 'brier', 'calibration') for horizon in self.horizons]
        return 'concordance', 'uno', *at, 'integrated_brier'

    def score_draws(self, targets, answers, drawn):
        """Whoever is likelier to have the event by the last cut is ranked first."""
        rows, lesion, share = rater_rows(targets)
        said, weights = answers[lesion], drawn.of(lesion).weights * share
        seen = rows[:, 0], rows[:, 1] > 0.5, weights
        found = {'concordance': survival.harrell(said[:, 1], *seen),
                 'uno': survival.uno(said[:, 1], *seen, np.float32(self.cuts[-1]))}
        for horizon in self.horizons:
            at, p = np.float32(horizon), said[:, 2 + self.cuts.index(horizon)]
            expected, observed = survival.calibration_at(at, p, *seen)
            found |= {f'auroc_{horizon:g}y': survival.auroc_at(at, p, *seen),
                      f'brier_{horizon:g}y': survival.brier_at(at, p, *seen),
                      f'calibration_{horizon:g}y': (observed - expected)[:, 0]}
        found['integrated_brier'] = survival.mean_over(
            self.horizons, [found[f'brier_{horizon:g}y'] for horizon in self.horizons])
        return {name: found[name] for name in self.score_names}

    def rater_scores(self, targets):
        """Mean absolute difference of the years, of those on which both say that the event came."""
        years = np.where(targets[..., 1] > 0.5, targets[..., 0], np.nan)
        pairs = combinations(range(targets.shape[1]), 2)
        return {'rater_years': float(known_mean([known_mean(np.abs(years[:, r] - years[:, s])) for r, s in pairs]))}
