"""What a feature head may read about the lesions of a batch."""
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache, cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from lopm.models.regions import Regions, resize

# sRGB (IEC 61966-2-1) to CIE XYZ, divided by the D65 white point: rows X, Y, Z.
RGB_TO_XYZ = ((0.433953, 0.376219, 0.189828), (0.212671, 0.715160, 0.072169), (0.017758, 0.109477, 0.872765))

UNIT = 100  # colors are CIELAB / 100 in all of the models; what is in CIELAB itself says so by this
GAIN = 10  # by which a layer reads colors: what tells a lesion from the mucosa, 5 to 30 of CIELAB, is then about 1
SCALES = (1, 3, 9)  # sides of the squares that color and outline are averaged over, in cells of the regions


@dataclass
class Evidence:
    """Feature maps, the photograph and where the lesions are.

    ``feats``: maps ``[B, C, h, w]``, finest first. ``photograph``: ``[B, 3, H, W]``, RGB in [0, 1], not normalised.
    """

    feats: Sequence[Tensor]
    photograph: Tensor
    regions: Regions

    def over(self, feats: Sequence[Tensor]) -> 'Evidence':
        """The same evidence over other feature maps; what follows from the photograph is shared."""
        _ = self.lab_scales, self.lab_around  # computed once, before they are shared
        other = copy(self)
        other.feats = [each.float() for each in feats]
        return other

    @cached_property
    def lab(self) -> Tensor:
        """CIELAB / 100 of the photograph at the regions' resolution, ``[B, 3, h, w]``; without gradient."""
        return rgb_to_lab(F.adaptive_avg_pool2d(self.photograph, self.regions.inside.shape[-2:])) / UNIT

    @cached_property
    def lab_scales(self) -> list[Tensor]:
        """``lab`` averaged over squares of 1, 3 and 9 cells (fine grain, patches, the lesion at large)."""
        return [self.lab] + [smooth(self.lab, side) for side in SCALES[1:]]

    @cached_property
    def lab_around(self) -> tuple[Tensor, Tensor]:
        """Lab / 100 of the mucosa around each lesion ``[L, 3]`` and whether there is any in the ring ``[L, 1]``."""
        coarse = [length // 2 for length in self.lab.shape[-2:]]
        lab = F.adaptive_avg_pool2d(self.lab, coarse).index_select(0, self.regions.photo)
        has_ring = (self.regions.ring.sum((1, 2)) > 1).float()[:, None]
        return robust_mean(lab, resize(self.regions.ring, tuple(coarse))), has_ring


def robust_mean(values, weights, spread=0.05, steps=3):
    """Where most of the weighted values lie, ``[L, C]``, from values ``[L, C, h, w]`` and weights ``[L, h, w]``.

    The mean, then ``steps`` times again with less weight on what is far from it (Cauchy's M-estimate of location by
    iterated reweighting: Holland and Welsch, Communications in Statistics 1977). In a ring around a lesion that
    leaves out teeth, highlights and what lies beyond the mouth.

    Args:
        spread: The distance at which a value counts half.
    """
    center = weighted_mean(values, weights)
    for _ in range(steps):
        distance = (values - center[..., None, None]).square().sum(1) / spread ** 2
        center = weighted_mean(values, weights / (1 + distance))
    return center


def weighted_mean(values, weights):
    return torch.einsum('lchw,lhw->lc', values, weights) / weights.sum((1, 2)).clamp(min=1e-4)[:, None]


@torch.no_grad()
def rgb_to_lab(rgb):
    """sRGB in [0, 1] to CIELAB (D65, 2 degrees): L in [0, 100], a and b about [-100, 100]. ``[B, 3, h, w]``."""
    rgb = rgb.float().clamp(0, 1)
    linear = torch.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    xyz = torch.einsum('xc,bchw->bxhw', linear.new_tensor(RGB_TO_XYZ), linear)
    f = torch.where(xyz > 0.008856, xyz.clamp(min=1e-8) ** (1 / 3), 7.787 * xyz + 16 / 116)
    x, y, z = f.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def smooth(maps, side):
    """Mean over squares of ``side`` cells; at the photograph's edge over the part that lies in it.

    A product with a band matrix on either side, which is six times faster on a CPU than average pooling.
    """
    if side == 1:
        return maps
    rows, columns = (window_means(length, side, maps.device) for length in maps.shape[-2:])
    return rows @ maps @ columns.T


@cache
def window_means(length, side, device):
    """The matrix that takes means over windows of ``side`` places on a line, ``[length, length]``."""
    place = torch.arange(length, device=device)
    near = ((place[:, None] - place).abs() <= side // 2).float()
    return near / near.sum(1, keepdim=True)
