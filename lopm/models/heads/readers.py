"""How the meta head goes from what it reads to the diagnosis: a sum of what each feature adds, or a small network.

A reader takes blocks ``{name: [L, S]}``, one per feature and one each for record, measured values and residual, and
gives the diagnosis' logits ``[L, K]``. Those that are sums say what each block adds.
"""
import torch
from mmengine.model import BaseModule
from torch import nn

from lopm.registry import MODELS


class SumReader(BaseModule):
    """Logits that are a sum over blocks, so that each one's share can be read.

    Args:
        task: The ``Task`` of the diagnosis.
        sizes: ``{name: S}`` of the blocks, in order.
    """

    def forward(self, blocks):
        """Logits ``[L, K]``."""
        return self.output(self.descriptor(blocks))

    @property
    def weight(self):
        """The linear map of the output, ``[K, D]``; of an ordinal task that of its one score, ``[1, D]``."""
        return getattr(self.output, 'score', self.output).weight


@MODELS.register_module()
class LinearReader(SumReader):
    """One linear layer: logistic regression on the features' probabilities."""

    def __init__(self, task, sizes):
        super().__init__()
        self.sizes = sizes
        self.output = task.output(sum(sizes.values()))

    def descriptor(self, blocks):
        return torch.cat(list(blocks.values()), 1)

    def contributions(self, blocks):
        """What each block adds to the logits, ``{name: [L, K]}``; they and the bias sum to the logits."""
        columns = self.weight.split(list(self.sizes.values()), 1)
        return {name: blocks[name] @ column.T for name, column in zip(self.sizes, columns)}


@MODELS.register_module()
class AdditiveReader(SumReader):
    """One small function per block, summed: no block changes what another one adds, but for the pairs that are named.

    Neural additive models (Agarwal et al., NeurIPS 2021), with chosen pairs (GA2M: Lou et al., KDD 2013).

    Args:
        width: Of the hidden layer of each function.
        pairs: ``[(block, block), ...]`` that have a function of both; a block twice, ``('color', 'color')``, is not
            needed: the classes of one feature share its function.
    """

    def __init__(self, task, sizes, width=16, pairs=()):
        super().__init__()
        unknown = [name for pair in pairs for name in pair if name not in sizes]
        if unknown:
            raise ValueError(f'AdditiveReader: pairs name {unknown[0]!r}; the meta head reads {", ".join(sizes)}')
        self.parts = {name: (name,) for name in sizes} | {' and '.join(pair): tuple(pair) for pair in pairs}
        self.functions = nn.ModuleDict({part: nn.Sequential(
            nn.Linear(sum(sizes[name] for name in names), width), nn.ReLU(), nn.Linear(width, task.num_outputs))
            for part, names in self.parts.items()})
        self.output = task.output(task.num_outputs)

    def descriptor(self, blocks):
        return sum(self.values(blocks).values())

    def values(self, blocks):
        return {part: self.functions[part](torch.cat([blocks[name] for name in names], 1))
                for part, names in self.parts.items()}

    def contributions(self, blocks):
        """What each block and each pair adds to the logits, ``{name: [L, K]}``; they and the bias sum to the logits."""
        return {part: value @ self.weight.T for part, value in self.values(blocks).items()}


@MODELS.register_module()
class MLPReader(BaseModule):
    """A hidden layer over all blocks: any interaction, and no share of one feature.

    Args:
        width: Of the hidden layer.
    """

    def __init__(self, task, sizes, width=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(sum(sizes.values()), width), nn.ReLU(), task.output(width))

    def forward(self, blocks):
        """Logits ``[L, K]``."""
        return self.layers(torch.cat(list(blocks.values()), 1))
