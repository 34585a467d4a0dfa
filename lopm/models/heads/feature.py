"""The base of feature heads, and the plain one."""
from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from lopm.models.evidence import GAIN, Evidence
from lopm.registry import MODELS
from lopm.tasks import Task


class BaseFeatureHead(BaseModule):
    """Base: a descriptor of each lesion or photograph, and of each task an output that reads it.

    A head that derives from it makes the layers of its descriptor after ``super().__init__``, calls ``answer_from``
    with the descriptor's size, and has ``describe``. The outputs come from the tasks.

    Args:
        tasks: The ``Task`` objects it answers; the config gives their names, the model looks them up. All of
            one level.
        channels: Channels of each feature map, finest first; read off by the model.
        in_index: Which feature maps it reads.
    """

    def __init__(self, tasks: Sequence[Task], channels: Sequence[int], in_index=(0, 1, 2, 3), init_cfg=None):
        super().__init__(init_cfg)
        levels = {task.level for task in tasks}
        if len(levels) != 1:
            raise ValueError(f'{type(self).__name__}: tasks {[task.name for task in tasks]} are of levels {levels}; '
                             'give each level its own head')
        self.level = levels.pop()
        self.tasks = {task.name: task for task in tasks}
        self.in_index = [i for i in in_index if i < len(channels)]
        self.feats_size = sum(channels[i] for i in self.in_index)
        self.norm = nn.LayerNorm(self.feats_size)

    def answer_from(self, size: int):
        """Make the outputs, which read a descriptor of this size."""
        self.outputs = nn.ModuleDict({name: task.output(size) for name, task in self.tasks.items()})

    def describe(self, evidence: Evidence) -> Tensor:
        """The lesions' descriptor ``[L, size]``, from an ``Evidence``."""
        raise NotImplementedError

    def mean_feats(self, evidence: Evidence) -> Tensor:
        """Normalised means of the feature maps inside, ``[L, feats_size]``."""
        maps = [evidence.feats[i] for i in self.in_index]
        return self.norm(torch.cat([evidence.regions.pool(each, 'inside')[:, 0] for each in maps], 1))

    def forward(self, evidence: Evidence) -> dict[str, Tensor]:
        """``{task: logits [L, K]}`` for the evidence's L regions."""
        descriptor = self.describe(evidence)
        return {name: output(descriptor) for name, output in self.outputs.items()}


@MODELS.register_module()
class FeatureHead(BaseFeatureHead):
    """Answers any question about a lesion or a photograph: mean of the feature maps inside, and a linear layer.

    Args:
        tasks, channels, in_index: As of ``BaseFeatureHead``.
        with_lab: Also read the mean CIELAB color inside and around the lesion.
    """

    def __init__(self, tasks, channels, in_index=(0, 1, 2, 3), with_lab=False, init_cfg=None):
        super().__init__(tasks, channels, in_index, init_cfg)
        self.with_lab = with_lab
        self.answer_from(self.feats_size + 6 * with_lab)

    def describe(self, evidence):
        feats = self.mean_feats(evidence)
        return torch.cat([feats, mean_color(evidence)], 1) if self.with_lab else feats


def mean_color(evidence):
    """Mean color inside times ``GAIN``, and its difference to the ring's (0 without a ring): ``[L, 6]``."""
    inside = evidence.regions.pool(evidence.lab, 'inside')[:, 0]
    around, has_ring = evidence.lab_around
    return GAIN * torch.cat([inside, (inside - around) * has_ring], 1)
