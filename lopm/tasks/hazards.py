"""A time to an event in intervals: what a network says of them, and the likelihood of it.

Targets are those of ``lopm.tasks.time``, ``[L, R, K]``: the time first, then whether it is that of the event (1) or of
the last visit without it (0); nan where nothing is known.
"""
import torch
from torch import nn

from lopm.losses import rows_to_items

HIGHEST = 30.  # log of a hazard beyond which nobody is left, and e^x would soon be infinite
SMALL = -8.  # log of a hazard below which log(1 - exp(-h)) is log h - h / 2 to eight digits
RARE = 0.02  # hazard a year that a new model says: of oral leukoplakia 1 to 3 % a year become malignant


def starting_hazard(widths):
    """Logarithms of the hazards that a new model says of everybody, by the ``widths`` of intervals: ``[C]``."""
    return torch.tensor(RARE * widths, dtype=torch.float32).log()


class HazardOutput(nn.Module):
    """Logarithms of hazards that have one score for all intervals, ``baseline_k + score``: a score that is higher by 1
    multiplies every hazard by e (proportional hazards: Cox, JRSS B 1972)."""

    def __init__(self, in_features, widths, with_score):
        super().__init__()
        self.score = nn.Linear(in_features, 1, bias=False)  # what all share is the baseline's
        self.baseline = nn.Parameter(starting_hazard(widths))
        self.with_score = with_score

    def forward(self, x):
        score = self.score(x)
        return torch.cat([score] * self.with_score + [score + self.baseline], 1)


def hazard_loss(logits, targets, cuts):
    """Minus the log likelihood of time in intervals, ``[L, C]`` logarithms of hazards -> ``Loss`` ``[L]``.

    The hazard of an interval is that of the whole of it, so that exp(-hazard) is the share that comes through. Whoever
    has the event within an interval came through those before and not through this one (complementary log-log link:
    Prentice and Gloeckler, Biometrics 1978); when within it does not count. Whoever was seen for a part of an interval
    came through that part of its hazard. Beyond the last of the C ``cuts`` nothing counts.
    """
    edges = logits.new_tensor([0, *cuts], dtype=torch.float32)
    known = ~targets[..., 0].isnan()
    time, event = targets[..., :1].nan_to_num(), targets[..., 1:2].nan_to_num()
    logits = logits.float().clamp(max=HIGHEST).unsqueeze(1)
    lived = ((time - edges[:-1]) / edges.diff()).clamp(0, 1)
    struck = (event > 0.5) & (edges[:-1] < time) & (time <= edges[1:])
    entries = torch.where(struck, -log_of_event(logits), lived * logits.exp())
    return rows_to_items(entries.sum(-1), known)


def log_of_event(logits):
    """log(1 - exp(-exp(x))), finite with a finite gradient wherever x is."""
    least = logits.clamp(min=SMALL)
    return torch.where(logits < SMALL, logits - logits.exp() / 2, torch.log(-torch.expm1(-least.exp())))
