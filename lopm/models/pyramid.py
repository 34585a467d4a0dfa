"""The form in which all backbones give their maps: a list, finest first, one map per stride."""
from dataclasses import dataclass
from math import gcd, log2

from mmengine.logging import print_log
from mmengine.model import BaseModule
from torch import nn

from lopm.weights import load_pretrained, load_weights

STRIDES = (4, 8, 16, 32)  # where nothing else is said


@dataclass(frozen=True)
class Pyramid:
    """Channels and strides (in pixels of the photograph) of a list of maps, finest first."""

    channels: tuple
    strides: tuple


class SimplePyramid(nn.ModuleList):
    """Strides 4, 8, 16 and 32 from one map of a plain ViT.

    Up by transposed convolutions that halve the channels, down by max pooling (ViTDet: Li et al., ECCV 2022); a
    group norm ends each level, since the last map of a ViT is not normalised.

    Args:
        channels: Of the map.
        stride: Of the map; taken as the nearest power of two (a ViT of patch 14 gets strides 3.5, 7, 14 and 28).
    """

    def __init__(self, channels, stride):
        super().__init__(self.level(channels, round(log2(stride / wanted))) for wanted in STRIDES)

    @staticmethod
    def level(channels, doublings):
        """Layers that double a map's size so many times; halve it where negative."""
        if doublings <= 0:
            return nn.Sequential(nn.MaxPool2d(2 ** -doublings), group_norm(channels))
        layers = []
        for _ in range(doublings):
            layers += [nn.ConvTranspose2d(channels, channels // 2, 2, stride=2), group_norm(channels // 2), nn.GELU()]
            channels //= 2
        return nn.Sequential(*layers[:-1])

    def forward(self, feat):
        """``[B, C, h, w]`` -> four maps, finest first."""
        return [level(feat) for level in self]


def group_norm(channels):
    return nn.GroupNorm(gcd(32, channels), channels)


class PyramidBackbone(BaseModule):
    """A borrowed backbone whose maps come finest first, and whose frozen parts stay as they are.

    Args:
        body: The backbone as its package builds it.
        num_maps: How many maps it gives.
        order: Which of them are used, finest first.
        pyramid: ``SimplePyramid`` on the last of them, or None.
        still: Names of the body's modules that stay in ``eval`` mode: frozen norm layers must not go on counting.
        pretrained: A local file or a URL of weights, or None. ``init_weights`` reads it, so training needs the file and
            testing does not.
        prefix: What stands before the body's names in the file, such as ``backbone.``; by default it is found.
    """

    def __init__(self, body, num_maps, order, pyramid=None, still=(), pretrained=None, prefix=None):
        super().__init__()
        self.body = body
        self.num_maps, self.order = num_maps, order
        self.pyramid = pyramid
        self.still = still
        self.pretrained, self.prefix = pretrained, prefix
        self.train()  # where packages freeze what their own options name

    def forward(self, inputs):
        """``[B, C, H, W]`` -> ``[[B, C_i, h_i, w_i], ...]``, finest first."""
        feats = as_list(self.body(inputs))
        if len(feats) != self.num_maps:
            raise ValueError(f'{type(self.body).__name__} gives {len(feats)} maps in training, {self.num_maps} '
                             'otherwise: a network with auxiliary outputs, which cannot serve as backbone')
        feats = [feats[i] for i in self.order]
        return self.pyramid(feats[-1]) if self.pyramid else feats

    def init_weights(self):
        super().init_weights()
        if self.pretrained:
            prefix = self.prefix
            if prefix is None:
                prefix = find_prefix(self.body, load_weights(self.pretrained))
            print_log(load_pretrained(self.body, self.pretrained, prefix), 'current')

    def train(self, mode=True):
        super().train(mode)
        for name in self.still:
            self.body.get_submodule(name).eval()
        return self


def find_prefix(module, weights):
    """What stands before the module's names in a file of weights; empty where they stand bare or not at all."""
    first = next(iter(module.state_dict()))
    return min((name.removesuffix(first) for name in weights if f'.{name}'.endswith(f'.{first}')), key=len, default='')


def as_list(maps):
    return list(maps) if isinstance(maps, (list, tuple)) else [maps]
