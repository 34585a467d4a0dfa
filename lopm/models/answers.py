"""What a network says of some regions, and what its diagnosis was read from."""
from typing import Any, NamedTuple

import torch


class Reading(NamedTuple):
    """What a meta head read: ``inputs`` are arguments of its ``forward``, ``{'probabilities': {task: [N, K]}, 'record',
    'measured', 'pooled': [N, F] or None}``."""

    head: torch.nn.Module
    inputs: dict[str, Any]


class Answer(NamedTuple):
    """What a network says of N regions of a batch: ``{task: [N, K]}``, what its diagnosis was read from: a ``Reading``
    for each meta head that was asked, and ``pooled`` ``[N, F]``, the means of its feature maps in each region;
    where it answers for visits or patients, ``photographs`` ``[B, F]``, the means over whole photographs, and ``areas``
    ``[N]``, the share of its photograph that each region covers; ``passes``: the answers that this one is the mean of.
    """

    probabilities: dict[str, torch.Tensor]
    readings: list[Reading]
    pooled: torch.Tensor
    photographs: torch.Tensor | None = None
    areas: torch.Tensor | None = None
    passes: tuple = ()
