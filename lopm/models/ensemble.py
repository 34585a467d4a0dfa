"""Several passes over a photograph, averaged: of several trained networks, of mirrored photographs, or of both."""
import torch
from mmengine.model import BaseModel
from torch import nn

from lopm.models.multitask import MultiTaskModel
from lopm.registry import MODELS

FLIPS = {'none': (), 'horizontal': (-1,), 'vertical': (-2,), 'both': (-2, -1)}


@MODELS.register_module()
class Ensemble(MultiTaskModel):
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
        BaseModel.__init__(self, data_preprocessor, init_cfg)
        self.members = nn.ModuleList([MODELS.build(member) for member in members])
        self.flips = [FLIPS[flip] for flip in flips]

    def __getattr__(self, name):
        """What the prediction of one network reads of it (tasks, options, heads) is the first member's."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == 'members':
                raise
            return getattr(self.members[0], name)

    def loss(self, inputs, data_samples):
        raise NotImplementedError('Ensemble: train its members one by one, with another seed each')

    def predict(self, inputs, data_samples):
        self.shapes = [sample.img_shape[:2] for sample in data_samples]
        return super().predict(inputs, data_samples)

    def extract_feats(self, inputs):
        """``[(member, flip, feats)]``, one for each pass."""
        return [(member, flip, member.extract_feats(self.mirror(inputs, flip)))
                for member in self.members for flip in self.flips]

    def find_masks(self, inputs, feats):
        return sum(self.mirror(member.find_masks(inputs, own), flip) for member, flip, own in feats) / len(feats)

    def answer_lesions(self, inputs, feats, data_samples, lesion_map, counts):
        return mean_of([member.answer_lesions(self.mirror(inputs, flip), own, data_samples,
                                              self.mirror(lesion_map, flip), counts) for member, flip, own in feats])

    def answer_photographs(self, inputs, feats, data_samples, photographs):
        return mean_of([member.answer_photographs(self.mirror(inputs, flip), own, data_samples,
                                                  self.mirror(photographs, flip)) for member, flip, own in feats])

    def mirror(self, maps, flip):
        """Maps ``[B, ..., H, W]`` with each photograph mirrored where it lies; padding stays at its right and below."""
        mirrored = maps.clone()
        for each, (height, width) in zip(mirrored, self.shapes):
            each[..., :height, :width] = each[..., :height, :width].flip(flip)
        return mirrored


def mean_of(answers):
    """The mean of ``[{task: [N, K]}]``."""
    return {name: torch.stack([each[name] for each in answers]).mean(0) for name in answers[0]}
