"""Several passes over a photograph, averaged: of several trained networks, of mirrored photographs, or of both."""
import functools

import torch
from mmengine.model import BaseModel
from torch import nn

from lopm.models.answers import Answer
from lopm.models.predict import predict
from lopm.registry import MODELS

FLIPS = {'none': (), 'horizontal': (-1,), 'vertical': (-2,), 'both': (-2, -1)}


@MODELS.register_module()
class Ensemble(BaseModel):
    """Predicts like one ``MultiTaskModel`` (or ``StackedModel``), by the mean of the probabilities of all passes.

    Lesions are found once, in the mean of the masks; every pass then answers on these lesions, so that a lesion has
    one answer. Deep ensembles: Lakshminarayanan et al., NeurIPS 2017. Time grows with networks times mirrorings, memory
    with the networks. For prediction alone; a config asks for it with ``predict_with``
    (``lopm.engine.testing.use_ensemble``).

    Args:
        members: Configs of the networks, with the same tasks.
        flips: Mirrorings of the photograph, of ``none``, ``horizontal``, ``vertical``, ``both``; no label of a config
            tells left from right or up from down (flips of training change no label either).
    """

    def __init__(self, members, flips=('none',), data_preprocessor=None, init_cfg=None):
        flips = [flip or 'none' for flip in flips]  # in --cfg-options the word is read as None
        unknown = [flip for flip in flips if flip not in FLIPS]
        if unknown or not flips or not members:
            raise ValueError(f'Ensemble: flips={flips} of {len(members)} members; give one or more of each, '
                             f'flips of {", ".join(FLIPS)}')
        super().__init__(data_preprocessor, init_cfg)
        self.members = nn.ModuleList([MODELS.build(member) for member in members])
        self.flips = [FLIPS[flip] for flip in flips]

    @property
    def tasks(self):
        return self.members[0].tasks

    @property
    def meta_head(self):
        return self.members[0].meta_head

    @property
    def instance_options(self):
        return self.members[0].instance_options

    @property
    def second_look(self):
        return self.members[0].second_look

    @property
    def other_masks(self):
        return self.members[0].other_masks

    def forward(self, inputs, data_samples=None, mode='predict'):
        if mode != 'predict':
            raise NotImplementedError(f'Ensemble: mode {mode!r}; it predicts alone: train its members one by one, with '
                                      'another seed each')
        return predict(self, inputs, data_samples)

    def extract_feats(self, inputs, data_samples):
        """``[(member, mirror, feats)]``, one for each pass; ``mirror(maps)`` is its own reverse."""
        shapes = [sample.img_shape[:2] for sample in data_samples]
        mirrors = [functools.partial(mirror, flip=flip, shapes=shapes) for flip in self.flips]
        return [(member, mirrored, member.extract_feats(mirrored(inputs)))
                for member in self.members for mirrored in mirrors]

    def find_masks(self, inputs, feats):
        masks = [member.find_masks(inputs, own) for member, _, own in feats]
        return None if masks[0] is None else sum(
            mirrored(each) for each, (_, mirrored, _) in zip(masks, feats)) / len(feats)

    def answer(self, inputs, feats, data_samples, lesion_map, counts, whole=False):
        """The mean of what all passes say, what each one's meta head read, and the first one's feature maps."""
        answers = [member.answer(mirrored(inputs), own, data_samples, mirrored(lesion_map), counts, whole)
                   for member, mirrored, own in feats]
        mean = {name: torch.stack([each.probabilities[name] for each in answers]).mean(0)
                for name in answers[0].probabilities}
        return Answer(mean, [reading for each in answers for reading in each.readings], answers[0].pooled,
                      answers[0].photographs, answers[0].areas, tuple(answers))

    @property
    def group_heads(self):
        return self.members[0].group_heads

    def answer_groups(self, groups, answer, counts, data_samples):
        """The mean of what each pass says of visits and patients, by its own answers to their lesions."""
        members = [member for member in self.members for _ in self.flips]
        said = [member.answer_groups(groups, each, counts, data_samples)
                for member, each in zip(members, answer.passes)]
        return {name: torch.stack([each[name] for each in said]).mean(0) for name in said[0]}


def mirror(maps, flip, shapes):
    """Maps ``[B, ..., H, W]`` with each photograph mirrored where it lies; padding stays at its right and below.

    Args:
        flip: Axes. shapes: ``[(height, width)]`` of the photographs.
    """
    mirrored = maps.clone()
    for each, (height, width) in zip(mirrored, shapes):
        each[..., :height, :width] = each[..., :height, :width].flip(flip)
    return mirrored
