"""The texture head."""
import torch
from torch import nn

from lopm.models.grain import SCALES, grain
from lopm.models.heads.feature import BaseFeatureHead
from lopm.registry import MODELS

# Typical value and spread of the ten values of a scale; nothing depends on them but the speed of learning.
TYPICAL = [(0.75, 0.55), (-0.95, 0.6), (-1.35, 0.7), (0.75, 0.5),  # one-sided curvatures
           (0.8, 0.2), (1.9, 0.4), (1.8, 0.35), (0.8, 0.25),       # how few places have them
           (3.05, 0.7), (0.25, 0.17)]                              # energy and coherence of the gradient

@MODELS.register_module()
class TextureHead(BaseFeatureHead):
    """What is the surface like: smooth, fissured, wrinkled, verrucous, nodular, velvety, ulcerated?

    Evidence: texture is how filters answer together, not how much each answers. The covariance inside the lesion of
    ``rank`` learned combinations of a feature map (a low-rank Gram matrix: Gatys et al., NeurIPS 2015;
    bilinear pooling: Lin et al., ICCV 2015), signed square root as there, beside the means; and the grain of the
    photograph itself at full resolution (``grain``): cracks, ridges and granules are finer than feature maps.

    Args:
        tasks, channels, in_index: As of ``BaseFeatureHead``.
        gram_level: Which feature map the covariance is taken of.
        rank: Number of combinations; the descriptor grows with rank^2 / 2.
    """

    def __init__(self, tasks, channels, in_index=(0, 1, 2, 3), gram_level=0, rank=12, init_cfg=None):
        super().__init__(tasks, channels, in_index, init_cfg)
        self.gram_level = gram_level
        self.project = nn.Conv2d(channels[gram_level], rank, 1)
        self.register_buffer('pairs', torch.triu_indices(rank, rank), persistent=False)
        self.gram_norm = nn.LayerNorm(self.pairs.shape[1])
        self.register_buffer('typical', torch.tensor(TYPICAL * SCALES).T, persistent=False)
        self.mix = nn.Sequential(nn.Linear(len(TYPICAL) * SCALES, 64), nn.ReLU())
        self.answer_from(self.feats_size + self.pairs.shape[1] + len(TYPICAL) * SCALES + 64)

    def describe(self, evidence):
        center, spread = self.typical
        surface = (grain(evidence) - center) / spread
        gram = self.gram_norm(self.covariance(evidence))
        return torch.cat([self.mean_feats(evidence), gram, surface, self.mix(surface)], 1)

    def covariance(self, evidence):
        """Signed square root of the covariances inside, ``[L, rank (rank + 1) / 2]``."""
        maps = self.project(evidence.feats[self.gram_level]).float()
        weights = evidence.regions.share_of('inside', maps.shape[-2:]).flatten(1)[:, None]
        places = maps.flatten(2).index_select(0, evidence.regions.photo)
        mean = (places * weights).sum(2, keepdim=True)
        centered = places - mean
        covariance = ((centered * weights) @ centered.transpose(1, 2))[:, self.pairs[0], self.pairs[1]]
        return covariance.sign() * (covariance.abs() + 1e-4).sqrt()
