"""Losses for tasks with rare classes, by config: ``imbalance=dict(diagnosis=dict(type='LogitAdjustment'))``.

How often a class holds is counted in the training part when training begins, and kept with the weights.
``BalancedSampler`` is the other way: rare lesions are shown more often.
"""
import torch
from mmengine.model import BaseModule

from lopm.registry import MODELS

LEAST = 1e-3  # a class that is rarer, or never seen, counts as this frequent


class ImbalanceLoss(BaseModule):
    """Base: a loss of one task, ``forward(logits [L, K], targets [L, R, K]) -> Loss [L]``."""

    counts = False  # whether it has to know how often classes hold

    def __init__(self, task):
        super().__init__()
        if not task.classes:
            raise ValueError(f'imbalance: {task.name!r} has no classes of which some could be rare; take it out')
        self.task = task


@MODELS.register_module()
class FocalLoss(ImbalanceLoss):
    """``(1 - p)^gamma`` times the loss, p being the probability of the truth: what is known already counts less.

    Of each entry of a multilabel, binary or ordinal answer; of the named classes together where one is chosen.
    Lin et al., ICCV 2017, equation 4.
    """

    def __init__(self, task, gamma=2.):
        super().__init__(task)
        self.gamma = gamma

    def forward(self, logits, targets):
        return self.task.loss(logits, targets, lambda loss, _: (1 - (-loss).exp()) ** self.gamma)


class CountedLoss(ImbalanceLoss):
    """Base of losses that read ``prior`` ``[K]``, how often each entry of the answer holds in training."""

    counts = True

    def __init__(self, task):
        super().__init__(task)
        self.register_buffer('prior', torch.full((task.num_outputs,), 0.5))

    def set_prior(self, prior):
        self.prior.copy_(torch.as_tensor(prior).clamp(LEAST, 1 - LEAST))


@MODELS.register_module()
class WeightedLoss(CountedLoss):
    """The loss times ``weight^power``; the weight of a class is one over how often it holds, mean 1 over lesions.

    One of C classes: ``1 / (C prior)``, averaged over the named ones. Yes or no: ``1 / (2 prior)`` where it holds and
    ``1 / (2 (1 - prior))`` where it does not. Probabilities become those of a base where all classes are alike.
    """

    def __init__(self, task, power=1.):
        super().__init__(task)
        self.power = power

    def forward(self, logits, targets):
        return self.task.loss(logits, targets, lambda _, truth: self.task.weights(truth, self.prior) ** self.power)


@MODELS.register_module()
class LogitAdjustment(CountedLoss):
    """The loss of ``logits + tau log prior``: the logits alone, which are what predicts, then ignore the prior.

    Minimises the balanced error (Menon et al., ICLR 2021, equation 10); of yes or no the prior's own logit is added.
    """

    def __init__(self, task, tau=1.):
        super().__init__(task)
        self.tau = tau

    def forward(self, logits, targets):
        shift = torch.as_tensor(self.task.logits(self.prior.cpu().numpy()), dtype=logits.dtype, device=logits.device)
        return self.task.loss(logits + self.tau * shift, targets)
