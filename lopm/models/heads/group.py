"""The head of a visit or a patient: what all lesions on all photographs of it say together."""
import torch
from mmengine.model import BaseModule
from torch import nn

from lopm.datasets.record import record_size
from lopm.models.groups import add_up, largest_of
from lopm.models.heads.meta import with_missing
from lopm.registry import MODELS

FIFTIETHS = 50  # of a photograph: what areas are counted in, so that one is about 1


@MODELS.register_module()
class GroupHead(BaseModule):
    """How does a mouth look as a whole: how many lesions, of what kind, how spread, and what follows from them?

    Reads of each lesion the features' probabilities, its area and its pooled feature maps, of each photograph its
    pooled maps. Two descriptors of a visit or patient:

    - words, counted: of each entry of each concept the chance that any lesion has it, the expected number of lesions
      that do, the number of parts that show it (photographs of a visit, visits of a patient) and the most of them in
      one part; the same of the area, in fiftieths of a photograph; and how many lesions, photographs and parts there
      are. Unifocal, multifocal, spreading stand here.
    - what is looked at: gated attention over lesions and photographs (Ilse, Tomczak and Welling, ICML 2018), and the
      largest of each hidden value, which one lesion alone can raise.

    A photograph that is missing, or cannot be read, is one less; a lesion that was not found, too.

    Args:
        tasks: The ``Task`` objects it answers, of one level, ``visit`` or ``patient``.
        concepts: The ``Task`` objects of lesions that it reads; the config gives their names, None: all.
        channels: Of all pooled feature maps together; read off by the model.
        width: Of the hidden vector of a lesion or a photograph; 0: words alone are read.
        record_fields: Record fields to read, as in the data set; of a group the mean over photographs that state one.
    """

    def __init__(self, tasks, concepts, channels, width=32, record_fields=None, init_cfg=None):
        super().__init__(init_cfg)
        levels = {task.level for task in tasks}
        if len(levels) != 1:
            raise ValueError(f'GroupHead: tasks {[task.name for task in tasks]} are of levels {levels}; give each '
                             'level its own head')
        self.level, self.width = levels.pop(), width
        self.tasks = {task.name: task for task in tasks}
        self.concepts, self.record_fields = {c.name: c for c in concepts}, record_fields or {}
        entries = sum(c.num_outputs for c in concepts)
        size = 4 * (entries + 1) + 3 + 2 * record_size(self.record_fields)
        if width:
            self.norm, self.hidden = nn.LayerNorm(channels), nn.Linear(channels + entries + 2, width)
            self.looks, self.gate = nn.Linear(width, width), nn.Linear(width, width)
            self.attention = nn.Linear(width, 1)
            size += 2 * width
        self.outputs = nn.ModuleDict({name: task.output(size) for name, task in self.tasks.items()})

    def forward(self, group, lesions, photographs, readable, record=None):
        """``{task: logits [G, K]}`` of a ``Grouping``.

        Args:
            lesions: ``Lesions`` of the batch. photographs: Means of the feature maps in photographs, ``[B, C]``.
            readable: bool ``[B]``.
            record: ``[B, F]``, nan where missing.
        """
        words = torch.cat([*(task.inputs(lesions.said[name]) for name, task in self.concepts.items()),
                           FIFTIETHS * lesions.areas[:, None]], 1)
        parts = [counted(group, words, lesions.photo, readable)]
        if self.width:
            parts.append(self.look(group, words, lesions, photographs, readable))
        if self.record_fields:
            parts.append(with_missing(group.mean(record)))
        descriptor = torch.cat(parts, 1)
        return {name: output(descriptor) for name, output in self.outputs.items()}

    def look(self, group, words, lesions, photographs, readable):
        """Attention's mean and the largest of the hidden vectors, ``[G, 2 width]``."""
        none = words.new_zeros(len(photographs), words.shape[1])
        hidden = self.hidden(torch.cat([
            torch.cat([self.norm(lesions.pooled.float()), words, words.new_ones(len(words), 1)], 1),
            torch.cat([self.norm(photographs), none, none.new_zeros(len(none), 1)], 1)])).relu()
        seen = torch.cat([readable[lesions.photo], readable]).float()[:, None]
        of = torch.cat([group.of[lesions.photo], group.of])
        score = self.attention(self.looks(hidden).tanh() * self.gate(hidden).sigmoid())
        weight = score.clamp(-20, 20).exp() * seen  # bounded: no largest of each group has to be taken off first
        mean = add_up(weight * hidden, of, len(group)) / add_up(weight, of, len(group)).clamp(min=1e-9)
        return torch.cat([mean, largest_of(hidden * seen, of, len(group))], 1)


def counted(group, words, photo, readable):
    """What lesions with ``words`` ``[L, S]``, of photographs ``photo`` ``[L]``, add up to in each group: ``[G, 4 S +
    3]``."""
    part, count, parts = group.part[photo], len(group), len(group.of_part)
    there = readable[photo].to(words)[:, None]  # in training also lesions of a photograph that is black have a row
    words = words * there
    none_of_part = add_up(torch.log1p(-words.clamp(0, 1 - 1e-6)), part, parts)
    in_part = add_up(words, part, parts)
    shown = 1 - none_of_part.exp()
    none = add_up(none_of_part, group.of_part, count)
    most = largest_of(in_part, group.of_part, count)
    lesions = add_up(there, group.of[photo], count)
    photographs = group.sum(readable.to(words)[:, None])
    seen = largest_of(readable.to(words)[:, None], group.part, parts)
    numbers = [add_up(in_part, group.of_part, count), add_up(shown, group.of_part, count), most, lesions, photographs,
               add_up(seen, group.of_part, count)]
    return torch.cat([1 - none.exp(), *(torch.log1p(each) for each in numbers)], 1)
