"""The outline head: any mmseg decode head, asked for the lesion and its core."""
from collections.abc import Sequence

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from lopm.losses import Loss, mask_loss
from lopm.models.building import build_decode_head
from lopm.registry import MODELS
from lopm.structures import UNKNOWN, LesionDataSample, stack_maps


@MODELS.register_module()
class OutlineHead(BaseModule):
    """Where are the lesions, and which pixel belongs to which?

    One decode head gives a channel for the lesion, one for the lesion's core (by which touching lesions are told
    apart at test time: ``instances.py``), and one for every other mask task.

    Args:
        decode_head: Config of a decode head whose ``forward(feats)`` gives one logit map; its inputs are read off.
        pyramid: Channels and strides of the feature maps, given by the model.
        mask_tasks: The ``Mask`` tasks; the first is the outline.
        core_weight: Weight of the core's loss in the outline's.
    """

    def __init__(self, decode_head, pyramid, mask_tasks, core_weight=0.5, init_cfg=None):
        super().__init__(init_cfg)
        self.tasks = {task.name: task for task in mask_tasks}
        self.others = list(self.tasks)[1:]
        self.core_weight = core_weight
        self.decode_head = build_decode_head(decode_head, pyramid, 2 + len(self.others))

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Logits ``[B, 2 + other masks, h, w]``: lesion, core, others."""
        return self.decode_head(feats)

    def loss(self, logits: Tensor, samples: list[LesionDataSample]) -> dict[str, Loss]:
        """``{task: Loss [B]}``; the outline's is that of the lesion plus its core."""
        lesions = stack_maps(samples, 'lesion')
        logits = F.interpolate(logits, size=lesions.shape[-2:], mode='bilinear', align_corners=False)
        outline = ((lesions > 0) & (lesions != UNKNOWN)).to(lesions.dtype).masked_fill_(lesions == UNKNOWN, UNKNOWN)
        loss, known = mask_loss(logits[:, 0], outline)
        core = stack_maps(samples, 'core')
        if core is not None and self.core_weight:
            loss = loss + self.core_weight * mask_loss(logits[:, 1], core).value
        losses = {'outline': Loss(loss, known)}
        for channel, name in enumerate(self.others, 2):
            losses[name] = mask_loss(logits[:, channel], stack_maps(samples, name))
        return losses
