"""What the loss of each task is, and how much it counts in a step."""
from mmengine.model import BaseModule
from torch import nn

from lopm.datasets.prior import training_prior
from lopm.models.assignment import check_weights
from lopm.registry import MODELS


class Weighing(BaseModule):
    """Task weights, balancing and losses for rare classes of a model.

    Args:
        tasks: ``{name: Task}``. names: What has a loss, in order; ``find_task``: looks up a name of the config.
        task_weights: Weight of each task's loss, 1 where it is silent. The outline's key is ``outline``.
        balancing: ``FixedBalancing`` (the default: ``task_weights`` alone), or one that weighs the losses while
            training (``lopm.models.balancing``).
        imbalance: ``{task: config}`` of losses for rare classes (``lopm.models.imbalance``).
        prior_from: The json or index whose classes they count; by default the training part's
            (``lopm.engine.parts.hand_out``).
    """

    def __init__(self, tasks, names, find_task, task_weights=None, balancing=None, imbalance=None, prior_from=None):
        super().__init__()
        self.task_weights, self.prior_from = task_weights or {}, prior_from
        check_weights(self.task_weights, tasks, find_task)
        self.balancing = MODELS.build({'type': 'FixedBalancing', **(balancing or {}), 'names': names})
        self.imbalance = nn.ModuleDict({name: MODELS.build({**cfg, 'task': find_task(name, 'imbalance')})
                                        for name, cfg in (imbalance or {}).items()})

    def init_weights(self):
        """Called once, before training: counts the classes of the training part where a loss asks for it."""
        super().init_weights()
        counted = {name: each for name, each in self.imbalance.items() if each.counts}
        prior = training_prior({name: each.task for name, each in counted.items()}, self.prior_from) if counted else {}
        for name, each in counted.items():
            each.set_prior(prior[name])

    def loss_of(self, task, logits, targets):
        """A task's ``Loss`` per lesion, ``[L]``."""
        return (self.imbalance[task.name] if task.name in self.imbalance else task.loss)(logits, targets)

    def times_weights(self, losses):
        return {name: loss._replace(value=self.task_weights.get(name, 1.) * loss.value)
                for name, loss in losses.items()}

    def forward(self, losses):
        """What a step returns: ``{'<task>.loss': scalar}``, and ``'<task>.weight'`` of what a balancing chose."""
        parts, weights = self.balancing(losses)
        return {**{f'{name}.loss': part for name, part in parts.items()},
                **{f'{name}.weight': weight for name, weight in weights.items()}}
