"""The color head."""
import torch
import torch.nn.functional as F
from torch import nn

from lopm.models.evidence import GAIN
from lopm.models.heads.feature import BaseFeatureHead, mean_color
from lopm.registry import MODELS


@MODELS.register_module()
class ColorHead(BaseFeatureHead):
    """Which colors are in the lesion, judged against the healthy mucosa around it?

    Evidence: every place's CIELAB color, as it is and averaged over its neighborhood (which evens out the shading of a
    rough surface), and its difference to the mucosa around go through a small learned palette (a soft histogram, so
    that a few red specks in a white plaque still count), averaged inside the lesion; with the mean color inside and
    relative, and shallow feature maps. Relative color is what survives a color cast.

    Args:
        tasks, channels, in_index: As of ``BaseFeatureHead``.
        palette: Number of learned color bins at each of the two scales.
    """

    def __init__(self, tasks, channels, in_index=(0, 1), palette=24, init_cfg=None):
        super().__init__(tasks, channels, in_index, init_cfg)
        self.of_pixel = nn.ModuleList(nn.Conv2d(3, palette, 1) for _ in range(2))
        self.of_ring = nn.ModuleList(nn.Linear(3, palette, bias=False) for _ in range(2))
        self.mix = nn.Sequential(nn.Linear(2 * palette + 6, palette), nn.ReLU())
        self.answer_from(self.feats_size + 3 * palette + 6)

    def describe(self, evidence):
        fine, _, coarse = evidence.lab_scales
        bins = [self.histogram(evidence, lab, i) for i, lab in enumerate((fine, coarse))]
        colors = torch.cat([mean_color(evidence), *bins], 1)
        return torch.cat([self.mean_feats(evidence), colors, self.mix(colors)], 1)

    def histogram(self, evidence, lab, scale):
        """Mean answer of each bin inside, ``[L, palette]``; a bin is a half-space of (color, color minus ring)."""
        regions, size = evidence.regions, evidence.feats[0].shape[-2:]
        around, has_ring = evidence.lab_around
        pixels = self.of_pixel[scale](GAIN * F.adaptive_avg_pool2d(lab, size)).index_select(0, regions.photo)
        bins = (pixels - self.of_ring[scale](GAIN * around * has_ring)[:, :, None, None]).relu()
        return regions.pool_own(bins, 'inside')
