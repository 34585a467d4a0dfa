"""How much each task's loss counts in a training step: fixed, or found while training.

A balancing takes the step's losses ``{name: Loss}``, already times ``task_weights``, and gives what is summed. It
sees the same losses on all ranks and weighs them alike there, so two ranks step as one process does. A task that
nobody in the batch has a label of is left out: its loss of 0 says nothing.
"""
import torch
from mmengine.model import BaseModule
from torch import nn
from torch.nn.functional import softmax

from lopm.losses import over_ranks
from lopm.registry import MODELS


@MODELS.register_module()
class FixedBalancing(BaseModule):
    """The weights that the config states, and no others.

    Args:
        names: Of the losses, in order; given by the model.
    """

    def __init__(self, names):
        super().__init__()
        self.names = list(names)

    def forward(self, losses):
        """What is summed, and what is logged: ``({name: scalar}, {name: weight})``.

        Args:
            losses: ``{name: Loss}``, on several ranks each one's share (``losses.global_mean``).
        """
        return {name: loss.value for name, loss in losses.items()}, {}

    def after_step(self, again):
        """Called when the parameters have moved; ``again()`` gives the losses of the same batch anew."""

    def after_epoch(self):
        """Called at the end of every epoch."""


class WeighedBalancing(FixedBalancing):
    """Weights that follow from the losses of all ranks, without gradient: ``weights(values, present)``, all ``[T]``."""

    def forward(self, losses):
        values = over_ranks(torch.stack([losses[name].value.detach() for name in self.names]))
        weights = self.weights(values, torch.stack([losses[name].known for name in self.names]))
        return ({name: weight * losses[name].value for name, weight in zip(self.names, weights)},
                dict(zip(self.names, weights)))


@MODELS.register_module()
class UncertaintyBalancing(FixedBalancing):
    """``exp(-s_t) loss_t + s_t / 2`` with a learned ``s_t``, the log of the task's noise variance.

    Kendall, Gal, Cipolla, CVPR 2018, equation 10, as it is for classification. ``s_t`` starts at 0: weight 1. The sum
    is linear in the losses, so ranks agree.
    """

    def __init__(self, names):
        super().__init__(names)
        self.log_variance = nn.Parameter(torch.zeros(len(self.names)))

    def forward(self, losses):
        parts, weights = {}, (-self.log_variance).exp()
        for i, name in enumerate(self.names):
            value, known = losses[name]
            parts[name] = weights[i] * value + torch.where(known, self.log_variance[i] / 2, 0)
        return parts, dict(zip(self.names, weights.detach()))


@MODELS.register_module()
class DWABalancing(WeighedBalancing):
    """Dynamic weight average: ``T softmax(r / temperature)``, r last epoch's mean loss over that of the one before.

    What falls slowly counts more. Liu, Johns, Davison, CVPR 2019, equation 7; weight 1 in the first two epochs, and for
    a task that had no label in one of them. Losses must be positive.

    Args:
        temperature: 2 in the paper; large: equal weights.
    """

    def __init__(self, names, temperature=2.):
        super().__init__(names)
        self.temperature = temperature
        for name in ('total', 'steps', 'last', 'before'):
            self.register_buffer(name, torch.zeros(len(self.names)))

    def weights(self, values, present):
        if self.training:
            self.total += values * present
            self.steps += present
        known = (self.before > 0) & (self.last > 0)
        rates = torch.where(known, self.last / self.before.clamp(min=1e-12), float('-inf'))
        share = softmax(rates / self.temperature, 0) if known.any() else torch.ones_like(rates)
        return torch.where(known, known.sum() * share, 1.)

    def after_epoch(self):
        self.before.copy_(self.last)
        self.last.copy_(self.total / self.steps.clamp(min=1))
        self.total.zero_()
        self.steps.zero_()


@MODELS.register_module()
class FAMOBalancing(WeighedBalancing):
    """Fast adaptive multitask optimization: all losses are to fall at one rate.

    Weights ``T z_t / (loss_t c)`` with ``z = softmax(w)`` and ``c = sum z / loss``, which is T times the gradient of
    ``sum z log(loss) / c`` (so that weights sum to T, as with the others); after the step ``w`` moves by Adam along
    ``J_softmax (log loss_before - log loss_after)`` on the same batch, which costs one more forward pass (Liu, Feng,
    Stone, Liu, NeurIPS 2023, algorithm 1). Losses must be positive. With gradient accumulation the last micro-batch
    is looked at, also where no step was taken.

    Args:
        lr, decay: Of Adam on w; as in the authors' code.
    """

    def __init__(self, names, lr=0.025, decay=0.01):
        super().__init__(names)
        self.lr, self.decay = lr, decay
        for name in ('w', 'mean', 'square', 'before', 'seen'):
            self.register_buffer(name, torch.zeros(len(self.names)))
        self.register_buffer('moves', torch.zeros(()))

    def weights(self, values, present):
        self.before.copy_(values)
        self.seen.copy_(present)
        rates = self.shares() / (values + 1e-8)
        return torch.where(present, present.sum() * rates / rates[present].sum().clamp(min=1e-12), 0.)

    def shares(self):
        """Softmax of w over what the batch has labels of."""
        return softmax(self.w.masked_fill(self.seen == 0, float('-inf')), 0).nan_to_num()

    @torch.no_grad()
    def after_step(self, again):
        after = again()
        after = over_ranks(torch.stack([after[name].value for name in self.names]))
        change = ((self.before + 1e-8).log() - (after + 1e-8).log()) * self.seen
        share = self.shares()
        gradient = share * (change - (share * change).sum()) + self.decay * self.w
        self.moves += 1
        self.mean.lerp_(gradient, 0.1)
        self.square.lerp_(gradient ** 2, 0.001)
        rms = (self.square / (1 - 0.999 ** self.moves)).sqrt()
        self.w -= self.lr * self.mean / (1 - 0.9 ** self.moves) / (rms + 1e-8)
