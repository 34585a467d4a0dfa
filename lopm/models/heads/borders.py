"""The borders head."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from lopm.models.evidence import GAIN, SCALES, UNIT, smooth
from lopm.models.heads.feature import BaseFeatureHead
from lopm.models.regions import dilate
from lopm.registry import MODELS

# Typical value and spread of what is read off the rim; nothing depends on them but the speed of learning.
TYPICAL = [(3.5, 0.7), (2.5, 0.6), (1., 0.6),        # log gradient energy at each scale
           (-1., 1.2), (-2., 1.1), (-3.5, 0.9),      # the same relative to the contrast
           (1.2, 0.6), (0.6, 0.4), (0.5, 0.3),       # contrast, step from the inner to the outer band, their ratio
           (0.8, 0.7), (0.6, 0.6), (0., 0.3), (-0.6, 0.3)]  # log compactness at each scale, log area


@MODELS.register_module()
class BordersHead(BaseFeatureHead):
    """Is the border sharp or blurred, regular or jagged?

    Evidence, all along the rim:

    - sharpness: feature maps and color in the inner against the outer band, and the energy of the color gradient in
      the rim, at several scales, relative to the contrast across it: an edge of contrast c and width d has the
      energy c^2 / d wherever exactly it lies, so a slightly misplaced outline does not hide it;
    - regularity: perimeter over that of a disc of equal area, of the outline smoothed more and more: a jagged
      contour loses perimeter where a smooth one does not (a soft Richardson plot: Mandelbrot, Science 1967).

    Args:
        tasks, channels, in_index: As of ``BaseFeatureHead``.
    """

    def __init__(self, tasks, channels, in_index=(0, 1, 2, 3), init_cfg=None):
        super().__init__(tasks, channels, in_index, init_cfg)
        self.rim_norm = nn.LayerNorm(self.feats_size)
        self.register_buffer('typical', torch.tensor(TYPICAL).T, persistent=False)
        self.mix = nn.Sequential(nn.Linear(len(TYPICAL), 64), nn.ReLU())
        self.answer_from(2 * self.feats_size + len(TYPICAL) + 64)

    def describe(self, evidence):
        center, scale = self.typical
        rim = (torch.cat([self.edge(evidence), contour(evidence.regions)], 1) - center) / scale
        return torch.cat([self.mean_feats(evidence), self.rim_norm(self.step(evidence)), rim, self.mix(rim)], 1)

    def step(self, evidence):
        """Feature maps, inner minus outer band, ``[L, feats_size]``."""
        bands = [evidence.regions.pool(evidence.feats[i], 'inner', 'outer') for i in self.in_index]
        return torch.cat([band[:, 0] - band[:, 1] for band in bands], 1)

    def edge(self, evidence):
        """Gradient energy, also per contrast, at each scale, and the color step: ``[L, 2 x scales + 3]``."""
        regions = evidence.regions
        around, has_ring = evidence.lab_around
        bands = regions.pool(evidence.lab, 'inside', 'inner', 'outer')
        inside, inner, outer = bands.unbind(1)
        contrast = (inside - around) * has_ring
        energies = torch.stack([gradient_energy(each) for each in evidence.lab_scales], 1)
        # The rim at its widest, so that the whole edge is in it.
        rim = (regions.inner + regions.outer + dilate(regions.outer, 2) * regions.ring).clamp(max=1)
        energy = UNIT ** 2 * regions.pool(energies, rim)[:, 0]
        relative = energy / (UNIT ** 2 * contrast.square().sum(1, keepdim=True) + 4)
        logs = energy.clamp(min=1e-3).log(), relative.clamp(min=1e-4).log()
        contrast, step = GAIN * magnitude(contrast), GAIN * magnitude(inner - outer)
        return torch.cat([*logs, contrast, step, step / (contrast + 0.1)], 1)


def magnitude(color):
    """Length of color differences ``[L, 3]``, ``[L, 1]``: how sharp a border is does not depend on the hue."""
    return (color.square().sum(1, keepdim=True) + 1e-6).sqrt()


def gradient_energy(maps):
    """Squared gradient (central differences per cell) summed over channels, ``[B, h, w]``."""
    padded = F.pad(maps, (1, 1, 1, 1), mode='replicate')
    dx = (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]) / 2
    dy = (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]) / 2
    return (dx.square() + dy.square()).sum(1)


def contour(regions):
    """Log of the compactness of the outline smoothed at each scale, and of its area in cells: ``[L, scales + 1]``.

    Compactness is perimeter / sqrt(4 pi area), 1 for a disc. The perimeter of a soft mask is the integral of its
    gradient's magnitude (total variation).
    """
    inside = regions.inside[:, None]
    area = inside.sum((1, 2, 3)).clamp(min=1)
    perimeters = [(gradient_energy(smooth(inside, side)) + 1e-8).sqrt().sum((1, 2)) for side in SCALES]
    compactness = torch.stack(perimeters, 1) / (4 * math.pi * area).sqrt()[:, None]
    return torch.cat([4 * compactness.clamp(min=1e-2).log(), (area / 1000).log()[:, None]], 1)
