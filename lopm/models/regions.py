"""Where a head looks: soft weights of each lesion's inside, rim and surroundings, for a whole batch at once."""
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from lopm.structures import UNKNOWN

LEAST_RIM = 0.3  # share of a lesion's rim below which its border is not judged
LEAST_HIT = 0.25  # share of a lesion that a predicted outline must cover to stand in for the true one
LEAST_FOUND = 0.001  # share of a photograph below which what is outlined is no lesion, but noise


@dataclass
class Regions:
    """Weights ``[L, h, w]`` in [0, 1] of L lesions, at a common working resolution.

    ``inside``: the lesion. ``inner`` and ``outer``: the rim's two bands, within ``rim`` cells of the border.
    ``ring``: the surrounding mucosa beyond the rim, out to ``ring`` cells. All but ``inside`` exist only next to known
    background: never on or along a neighbor lesion, an unknown pixel, padding or the photograph's edge. ``rim_share``
    ``[L]`` is the part of the outer band that is left of the whole one.
    ``photo`` and ``slot`` ``[L]``: the photograph of each lesion and its row in it; ``counts``: lesions per photograph.
    """

    inside: Tensor
    inner: Tensor
    outer: Tensor
    ring: Tensor
    rim_share: Tensor
    photo: Tensor
    slot: Tensor
    counts: list[int]
    cache: dict = field(default_factory=dict, repr=False)

    def pool(self, maps: Tensor, *regions: str | Tensor) -> Tensor:
        """Weighted means of ``maps`` ``[B, C, h', w']`` over regions, 0 in empty ones: ``[L, regions, C]``.

        One batched product, also without lesions, so that gradients (of 0) reach what made the maps; time and memory
        grow with B x (most lesions in a photograph) x C x h'w'.

        Args:
            regions: Names, or weights ``[L, h, w]`` of a head's own.
        """
        table = self._table(regions, maps.shape[-2:])
        pooled = table.flatten(1, 2) @ maps.float().flatten(2).transpose(1, 2)
        return pooled.view(-1, table.shape[2], maps.shape[1]).index_select(0, self.row)

    def pool_own(self, maps, region):
        """As ``pool``, of maps that every lesion has for itself, ``[L, C, h', w']``, over one region: ``[L, C]``."""
        return torch.einsum('lchw,lhw->lc', maps, self.share_of(region, maps.shape[-2:]))

    def share_of(self, region: str | Tensor, size: tuple[int, int]) -> Tensor:
        """A region's weights at another resolution, summing to 1 for each lesion (an empty one: 0), ``[L, h', w']``."""
        if not isinstance(region, str):
            return normalize(resize(region, size))
        if (region, size) not in self.cache:
            self.cache[region, size] = normalize(resize(getattr(self, region), size))
        return self.cache[region, size]

    def _table(self, regions, size):
        """Their shares by photograph, zeros where it has fewer lesions: ``[B, most lesions, regions, h'w']``."""
        named = all(isinstance(region, str) for region in regions)
        if named and (regions, size) in self.cache:
            return self.cache[regions, size]
        shares = torch.stack([self.share_of(region, size) for region in regions], 1)
        table = shares.new_zeros(len(self.counts) * self.most, shares.shape[1], shares.shape[-2:].numel())
        table = table.index_copy(0, self.row, shares.flatten(2)).unflatten(0, (-1, self.most))
        if named:
            self.cache[regions, size] = table
        return table

    @property
    def has_rim(self) -> Tensor:
        """Whose border can be judged, bool ``[L]``."""
        return self.rim_share > LEAST_RIM

    @property
    def areas(self) -> Tensor:
        """Share of its photograph that each lesion covers, ``[L]``."""
        return self.inside.mean((1, 2))

    def without_rims(self, ids: Tensor) -> 'Regions':
        """The same regions, without a rim where the photograph's row of ``ids`` ``[B, 256]`` is true."""
        return replace(self, rim_share=self.rim_share.masked_fill(ids[self.photo, self.slot + 1], 0))

    @property
    def most(self) -> int:
        return max([1, *self.counts])

    @cached_property
    def row(self) -> Tensor:
        """Row of each lesion where every photograph has ``most`` of them, ``[L]``."""
        return self.photo * self.most + self.slot


def normalize(weights):
    """Weights ``[L, h, w]`` as shares of their sum; an empty region stays 0."""
    return weights / weights.sum((1, 2), keepdim=True).clamp(min=1e-4)


def resize(weights, size):
    """Area averages of weights ``[L, h, w]`` at another resolution."""
    if not len(weights):  # interpolate refuses an empty batch
        return weights.new_zeros(0, *size)
    return weights if weights.shape[-2:] == size else F.interpolate(weights[:, None], size=size, mode='area')[:, 0]


def dilate(weights, radius):
    """Largest weight within a square of ``radius`` cells, ``[N, h, w]``; beyond the photograph there is none.

    Windows of 2, 4, 8 ... cells, each of two of the ones before (van Herk, Pattern Recognition Letters 1992): on a CPU
    ten to twenty times faster than max pooling.
    """
    weights = F.pad(weights, (radius,) * 4)
    for dim in (-2, -1):
        width = 1
        while width < 2 * radius + 1:
            step = min(width, 2 * radius + 1 - width)
            length = weights.shape[dim] - step
            weights = torch.maximum(weights.narrow(dim, 0, length), weights.narrow(dim, step, length))
            width += step
    return weights


def lesions_of(counts, device):
    """``photo`` and ``slot`` ``[L]`` of photographs with ``counts`` lesions each."""
    photo = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    slot = torch.cat([torch.arange(count) for count in counts]) if len(counts) else photo
    return photo.to(device), slot.to(device)


def build_regions(lesion_map: Tensor, counts: list[int], stride: int = 2, rim: int = 2, ring: int = 8) -> Regions:
    """Regions of the lesions of a batch.

    Args:
        lesion_map: ``[B, H, W]`` integers; 0 background, i the i-th lesion, 255 unknown.
        counts: Number of lesions (rows of labels) of each photograph; a lesion that left the map has no weight.
        stride: Pixels per cell of the working resolution.
        rim, ring: Reach of the bands in cells.
    """
    photo, slot = lesions_of(counts, lesion_map.device)
    background = F.avg_pool2d((lesion_map == 0).float()[:, None], stride, ceil_mode=True)[photo, 0]
    inside = coverage(lesion_map, photo, slot, stride)
    outer = background * dilate(inside, rim)
    padded = F.pad(inside, (rim,) * 4)
    whole = ((1 - padded) * dilate(padded, rim)).sum((1, 2))
    return Regions(
        inside=inside,
        inner=inside * dilate(background, rim),
        outer=outer,
        ring=(background * dilate(inside, ring) - outer).clamp(min=0),
        rim_share=outer.sum((1, 2)) / whole.clamp(min=1e-4),
        photo=photo, slot=slot, counts=list(counts))


def coverage(lesion_map, photo, slot, stride):
    """Share of each cell that belongs to each lesion, ``[L, h, w]``."""
    masks = (lesion_map[photo] == (slot + 1)[:, None, None]).float()
    return F.avg_pool2d(masks[:, None], stride, ceil_mode=True)[:, 0] if len(photo) else masks[:, ::stride, ::stride]


def known_pixels(inputs, samples):
    """1 where a batch ``[B, 3, H, W]`` shows a photograph, 0 in its padding: ``[B, H, W]``."""
    known = torch.zeros_like(inputs[:, 0])
    for each, sample in zip(known, samples):
        each[:sample.img_shape[0], :sample.img_shape[1]] = 1
    return known


def whole_photographs(weight: Tensor, stride: int = 2) -> Regions:
    """One region per photograph, of the ``weight`` ``[B, H, W]`` of its pixels, for image-level tasks."""
    weight = F.avg_pool2d(weight[:, None], stride, ceil_mode=True)[:, 0]
    none = torch.zeros_like(weight)
    photo, slot = lesions_of([1] * len(weight), weight.device)
    return Regions(weight, none, none, none, torch.ones_like(photo).float(), photo, slot, [1] * len(weight))


def predicted_map(probability, nearest, lesion_map, use, places=None):
    """The lesion map as the outline head would draw it: what it finds goes to the nearest lesion.

    Only in photographs with ``use`` ``[B]``. A lesion of which it finds less than a quarter stays as it is, and unknown
    pixels stay unknown. A lesion of which a place alone is known is always what is found there; the whole place where
    hardly anything is. All vectorised, without a component analysis.

    Args:
        probability: Of the outline, ``[B, h, w]``, at any resolution.
        nearest: Id of the nearest lesion at every pixel, ``[B, H, W]``.
        lesion_map: ``[B, H, W]`` uint8.
        places: Where the map holds places instead of outlines, bool ``[B, H, W]``.
    """
    places = torch.zeros_like(lesion_map, dtype=torch.bool) if places is None else places
    probability = F.interpolate(probability[:, None], size=lesion_map.shape[-2:], mode='bilinear')[:, 0]
    found = torch.where(probability > 0.5, nearest, 0)
    least = torch.where(count_ids(lesion_map, places) > 0, LEAST_FOUND * lesion_map[0].numel(),
                        LEAST_HIT * count_ids(lesion_map, torch.ones_like(places)))
    missed = count_ids(lesion_map, found == lesion_map) <= least
    missed[:, 0], missed[:, UNKNOWN] = False, True
    keep = missed.gather(1, lesion_map.flatten(1).long()).view_as(lesion_map)
    keep |= missed.gather(1, found.flatten(1).long()).view_as(found)
    return torch.where((use[:, None, None] | places) & ~keep, found, lesion_map)


def whole_places(lesion_map, given, places):
    """Which lesions still fill the whole place that was ``given``, bool ``[B, 256]``; arguments as of
    ``predicted_map``."""
    size = count_ids(given, places)
    return (size > 0) & (count_ids(lesion_map, places & (lesion_map == given)) == size)


def photograph_map(probability, known):
    """The lesion map of photographs whose words are not of one place: what the outline head finds in each, as one
    lesion; the whole photograph where it finds nothing, or where there is none (``probability`` None).

    Args:
        known: 1 where there is a photograph, 0 in the padding, ``[B, H, W]``.
    """
    whole = torch.where(known > 0, 1, UNKNOWN).to(torch.uint8)
    if probability is None:
        return whole
    return predicted_map(probability, whole, whole, torch.zeros_like(known[:, 0, 0], dtype=torch.bool), whole == 1)


def count_ids(lesion_map, where):
    """How many pixels of each id lie ``where``: ``[B, 256]``."""
    counts = torch.zeros(len(lesion_map), UNKNOWN + 1, device=lesion_map.device)
    return counts.scatter_add_(1, lesion_map.flatten(1).long(), where.flatten(1).float())
