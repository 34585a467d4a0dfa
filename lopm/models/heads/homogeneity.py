"""The homogeneity head."""
import torch
from torch import nn

from lopm.models.evidence import GAIN, SCALES
from lopm.models.heads.feature import BaseFeatureHead
from lopm.registry import MODELS


@MODELS.register_module()
class HomogeneityHead(BaseFeatureHead):
    """Is the white lesion uniform, or does it change from place to place?

    Evidence: dispersion, not level. The standard deviation, over the places inside, of learned local features and of
    the color (CIELAB) averaged at several scales: fine scales see texture, coarse ones patches.

    Args:
        tasks, channels, in_index: As of ``BaseFeatureHead``.
        rank: Number of learned combinations of each feature map.
    """

    def __init__(self, tasks, channels, in_index=(0, 1, 2, 3), rank=16, init_cfg=None):
        super().__init__(tasks, channels, in_index, init_cfg)
        self.projects = nn.ModuleList(nn.Conv2d(channels[i], rank, 1) for i in self.in_index)
        spread = rank * len(self.in_index) + 3 * len(SCALES)
        self.mix = nn.Sequential(nn.Linear(spread, 2 * rank), nn.ReLU())
        self.answer_from(self.feats_size + spread + 2 * rank)

    def describe(self, evidence):
        maps = [project(evidence.feats[i]) for project, i in zip(self.projects, self.in_index)]
        spreads = [dispersion(evidence.regions, each) for each in maps]
        spreads += [3 * GAIN * dispersion(evidence.regions, each) for each in evidence.lab_scales]
        spreads = torch.cat(spreads, 1)
        return torch.cat([self.mean_feats(evidence), spreads, self.mix(spreads)], 1)


def dispersion(regions, maps):
    """Standard deviation of maps ``[B, C, h, w]`` over the places inside each lesion, ``[L, C]``."""
    moments = regions.pool(torch.cat([maps, maps.square()], 1), 'inside')[:, 0]
    mean, second = moments.chunk(2, 1)
    return ((second - mean.square()).clamp(min=0) + 1e-5).sqrt()
