"""The kind that is drawn."""
from lopm import losses
from lopm.tasks.task import Task


class Mask(Task):
    """A region drawn on the photograph; ``name`` is a category of the json, ``lesion`` for the outline."""

    outputs = ('inside',)

    def encode_known(self, value):
        raise ValueError(f'task {self.name} is a mask: it is drawn, not written among the attributes')

    def loss(self, logits, targets):
        """Logits ``[B, h, w]``, map ``[B, h, w]`` of 0, 1, 255 -> ``Loss`` ``[B]``."""
        return losses.mask_loss(logits, targets)
