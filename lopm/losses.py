"""Losses that know what is missing: every one is a ``Loss``, a value per item and whether the item counts.

mmseg's and mmpretrain's losses are not used on labels: an inverted one-channel Dice, divisions by all pixels
instead of the known ones, and batches without labels are what they get wrong.
"""
from typing import NamedTuple

import torch
import torch.distributed as dist
import torch.nn.functional as F

from lopm.structures import UNKNOWN


class Loss(NamedTuple):
    """A loss and whether it counts: of N items ``[N]`` each, or of a step its mean and whether any rank has a label."""

    value: torch.Tensor
    known: torch.Tensor

    def where(self, known):
        """The same, of fewer items."""
        return self._replace(known=self.known & known)


def rows_to_items(row_loss, row_known):
    """Mean over the raters who answered. ``[L, R]``, ``[L, R]`` -> ``Loss`` ``[L]``."""
    answered = row_known.sum(1)
    return Loss((row_loss * row_known).sum(1) / answered.clamp(min=1), answered > 0)


def sigmoid_loss(logits, targets, weigh=None):
    """Binary cross-entropy on ``[L, K]`` logits against ``[L, R, K]`` targets in [0, 1], nan where unknown.

    The mean over a row's known entries, then over its raters (BCE is linear in the target, so this is
    the BCE on the raters' mean). ``weigh(entries, targets)``: what each entry is multiplied by, all ``[L, R, K]``.
    """
    known = ~targets.isnan()
    logits = logits.float().unsqueeze(1).expand_as(targets)
    entries = F.binary_cross_entropy_with_logits(logits, targets.nan_to_num(), reduction='none') * known
    if weigh:
        entries = entries * weigh(entries, targets.nan_to_num())
    count = known.sum(-1)
    return rows_to_items(entries.sum(-1) / count.clamp(min=1), count > 0)


def softmax_set_loss(logits, targets, weigh=None):
    """-log of the summed probability of the named classes, ``[L, K]`` against memberships ``[L, R, K]``.

    One named class gives cross-entropy; several ("lichen planus / lichenoid lesion") the partial-label
    likelihood of Jin and Ghahramani (NeurIPS 2002). A row with nan or no class is unknown. ``weigh(losses [L, R],
    memberships)``: what each row is multiplied by, ``[L, R]``.
    """
    known = ~targets.isnan().any(-1) & (targets.nan_to_num().sum(-1) > 0)
    log_p = logits.float().log_softmax(-1).unsqueeze(1)
    inside = torch.where(known[..., None], targets.nan_to_num(), 1.0) > 0
    row_loss = -log_p.masked_fill(~inside, float('-inf')).logsumexp(-1)
    if weigh:
        row_loss = row_loss * weigh(row_loss, inside.float())
    return rows_to_items(row_loss, known)


def quantile_loss(logits, targets, levels):
    """Pinball loss of quantiles ``[L, K]`` at ``levels`` ``[K]`` against numbers ``[L, R, K]``, nan where unknown.

    Mean over the quantiles, then over the raters (Koenker and Bassett, Econometrica 1978); times 2, with which that of
    the median is the absolute error.
    """
    known = ~targets.isnan().any(-1)
    error = targets.nan_to_num() - logits.float().unsqueeze(1)
    entries = 2 * torch.maximum(levels * error, (levels - 1) * error)
    return rows_to_items(entries.mean(-1), known)


def mask_loss(logits, target):
    """Binary cross-entropy plus soft Dice per photograph.

    ``logits`` ``[B, h, w]``; ``target`` ``[B, h, w]`` of 0, 1 and 255 (unknown: neither in the loss nor in the
    count). Returns a ``Loss`` ``[B]``. Dice: Milletari et al., 3DV 2016, smoothed by one pixel.
    """
    logits = logits.float().flatten(1)
    target = target.flatten(1)
    known = (target != UNKNOWN).float()
    wanted = (target == 1).float()
    count = known.sum(1)
    bce = F.binary_cross_entropy_with_logits(logits, wanted, reduction='none') * known
    prob = logits.sigmoid() * known
    dice = (2 * (prob * wanted).sum(1) + 1) / (prob.sum(1) + wanted.sum(1) + 1)
    return Loss(bce.sum(1) / count.clamp(min=1) + 1 - dice, count > 0)


def global_mean(losses):
    """Mean over the known items of ALL ranks, task by task, so that two ranks equal one process.

    ``losses``: ``{task: Loss [N_task]}``; gives ``{task: Loss}`` of scalars. Each mean is sum(known * loss) * world
    size / all-reduced count, which DDP's averaging of gradients turns into the global mean; one stacked all-reduce
    serves all tasks. A task nobody knows gives 0 with a gradient of 0. With gradient accumulation it is a mean of
    micro-batch means. Logged values are this rank's share: mean them over ranks.
    """
    counts = torch.stack([loss.known.sum() for loss in losses.values()]).float()
    world = world_size()
    if world > 1:
        dist.all_reduce(counts)
    scale = world / counts.clamp(min=1)
    return {name: Loss((loss.value * loss.known).sum() * scale[i], counts[i] > 0)
            for i, (name, loss) in enumerate(losses.items())}


def over_ranks(shares):
    """The mean over ranks of what each one's ``global_mean`` gave: the value that one process would have."""
    if world_size() > 1:
        dist.all_reduce(shares)
    return shares / world_size()


def world_size():
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1
