"""Backbones, necks and decode heads by config alone: channels and strides are read off by one forward of zeros.

So the swap of a backbone is one change: all that reads its maps learns from them what they are.
"""
import logging
from dataclasses import dataclass

import torch
from mmengine.logging import print_log
from torch import nn

from lopm.models.backbones import TimmBackbone
from lopm.models.decoders import check_decode_head, try_decode_head
from lopm.models.defaults import complete, constructor_names, fill_decode_head, fill_neck, find_class, with_defaults
from lopm.models.freezing import freeze, freeze_unreached, frozen_parameters
from lopm.models.pyramid import STRIDES, Pyramid, PyramidBackbone, SimplePyramid, as_list
from lopm.registry import MODELS

SIZES = (128, 224)  # sides of the photograph of zeros; 224 for backbones of a fixed size

# With their own defaults, backbones pool maps to vectors, refuse photographs below 224 px, or freeze an untrained stem.
MAP_OPTIONS = {'gap_before_final_norm': False, 'gap_before_output': False, 'out_type': 'featmap',
               'reshape_last_feat': True, 'pad_small_map': True, 'frozen_stages': -1}
FIXED_SIZE = 'If it takes one size only, state img_size, the size that the pipeline crops'
STAGE_OPTIONS = ('out_indices', 'out_scales')  # how constructors call the choice of stages


@dataclass
class Probe:
    """A backbone and what it gave for a photograph of zeros, ``width`` pixels wide, in eval mode with gradients."""

    body: nn.Module
    maps: list
    width: int

    @property
    def strides(self):
        return strides_of(self.maps, self.width)

    @property
    def plain(self):
        """All maps have one stride, as in a ViT."""
        return len(set(self.strides)) == 1


def build_backbone(cfg, in_channels=3):
    """A backbone of mmpretrain, mmseg or timm by its config alone, as one that gives maps finest first.

    Beside the backbone's own options the config may state, whatever the backbone:

    - ``pretrained``: a local file or a URL of weights (``TimmBackbone``: or True for timm's own, or ``package:NAME``);
      or mmengine's ``init_cfg=dict(type='Pretrained', checkpoint=...)``. Of a whole model's weights those of its
      backbone are taken.
    - ``frozen_stages``: n freezes all that the n finest maps are computed from (a backbone with an option of this
      name keeps its own meaning); a list freezes what lies under names such as ``['conv1', 'layer1.0']``.

    Returns:
        ``(PyramidBackbone, Pyramid)``.

    Raises:
        ValueError: an unknown type, a backbone that gives no maps, a stated value that is not true.
    """
    cls = find_class(cfg, 'backbone')
    names = constructor_names(cls)
    cfg, stages = take_frozen_stages(cfg, names)
    cfg, weights = (cfg, {}) if issubclass(cls, TimmBackbone) else take_weights(cfg)
    cfg = complete(cfg, {'in_channels': in_channels}, names, 'the photographs have')
    probe, single = probe_all_stages(with_defaults(cfg, MAP_OPTIONS, names), names)
    order = finest_first(probe.strides, cfg['type'])
    feats = [probe.maps[i] for i in order]
    still = freeze(probe.body, frozen_parameters(probe.body, feats, stages))
    freeze_unreached(probe.body, feats)
    pyramid = SimplePyramid(feats[-1].shape[1], probe.strides[order[-1]]) if single else None
    backbone = PyramidBackbone(probe.body, len(probe.maps), order, pyramid, still, **weights)
    return backbone, describe(pyramid(feats[-1]) if single else feats, probe.width)


def build_neck(cfg, pyramid):
    """``(neck, Pyramid)`` of a neck's config, inputs read off; without a config the maps pass as they are."""
    if cfg is None:
        return nn.Identity(), pyramid
    neck = MODELS.build(fill_neck(cfg, pyramid))
    return neck, probe_neck(neck, pyramid)


def build_decode_head(cfg, pyramid, num_classes):
    """Any decode head whose ``forward(maps)`` gives one logit map ``[B, num_classes, h, w]``; its loss is never used.

    Raises:
        ValueError: an unknown or unfit head (with the reason), a stated value that is not true.
    """
    check_decode_head(cfg['type'])
    head = MODELS.build(fill_decode_head(cfg, pyramid, num_classes))
    try_decode_head(head, pyramid, num_classes)
    return head


def take_frozen_stages(cfg, names):
    """``(cfg, stages)``: take ``frozen_stages`` out where the backbone has no such option, or where it is a list."""
    if 'frozen_stages' in names and not isinstance(cfg.get('frozen_stages'), (list, tuple)):
        return cfg, -1
    cfg = dict(cfg)
    return cfg, cfg.pop('frozen_stages', -1)


def take_weights(cfg):
    """``(cfg, weights)``: take out what the config says about pretrained weights, as ``PyramidBackbone`` wants it."""
    cfg = dict(cfg)
    source = cfg.pop('pretrained', None)
    if source:
        return cfg, {'pretrained': source}
    init_cfg = cfg.get('init_cfg')
    if isinstance(init_cfg, dict) and init_cfg['type'] == 'Pretrained':
        del cfg['init_cfg']
        return cfg, {'pretrained': init_cfg['checkpoint'], 'prefix': init_cfg.get('prefix')}
    return cfg, {}


def probe_all_stages(cfg, names):
    """Build a backbone with a stage for every stride from 4 on, unless the config chooses or several come by default.

    Returns:
        ``(Probe, single)``; ``single``: it has maps of one stride only, whatever stages are asked for.
    """
    probe = run(cfg)
    option = next((name for name in STAGE_OPTIONS if name in names), None)
    if option is None or not probe.plain:
        return probe, probe.plain
    stages = list(range(max(as_list(getattr(probe.body, option))) + 1))
    every = run({**cfg, option: stages})
    if every.plain or cfg.get(option) is not None:
        return probe, every.plain
    last = dict(zip(every.strides, stages))  # of several stages with one stride the last
    return run({**cfg, option: [stage for stride, stage in last.items() if stride >= STRIDES[0]]}), False


def run(cfg):
    """Build a backbone and show it a photograph of zeros."""
    body = MODELS.build(cfg)
    body.eval()
    kind, failure = cfg.get('name', cfg['type']), None
    for size in [cfg['img_size']] if cfg.get('img_size') else SIZES:
        height, width = size if isinstance(size, (list, tuple)) else (size, size)
        try:
            maps = as_list(body(torch.zeros(1, cfg.get('in_channels', 3), height, width)))
        except (AssertionError, RuntimeError) as error:
            failure = failure or error
            continue
        check_maps(maps, kind)
        if failure:
            print_log(f'{kind} takes photographs of {width} px, but not of {SIZES[0]} px ({failure}). {FIXED_SIZE}',
                      logger='current', level=logging.WARNING)
        return Probe(body, maps, width)
    raise ValueError(f'{kind} fails on a photograph of zeros: {failure}. {FIXED_SIZE}') from failure


def check_maps(maps, kind):
    """Raise a ValueError unless all are ``[B, C, h, w]``; says what is wrong with the first that is not."""
    for i, feat in enumerate(maps):
        if not torch.is_tensor(feat):
            found = f'a {type(feat).__name__}, such as a map with its class token'
        elif feat.ndim != 4:
            found = f'a pooled vector or tokens, {tuple(feat.shape)}'
        else:
            continue
        raise ValueError(f'{kind}: output {i} is no map [B, C, h, w] but {found}. Look for an option such as '
                         'gap_before_final_norm=False or out_type="featmap", or choose other out_indices')


def finest_first(strides, kind):
    """Positions of the maps, finest first; of equal strides the last, which is said."""
    last = {stride: i for i, stride in enumerate(strides)}
    dropped = [i for i in range(len(strides)) if i not in last.values()]
    if dropped:
        print_log(f'{kind}: of maps with strides {list(strides)}, those at {dropped} are not used: of equal strides '
                  'the last is', logger='current', level=logging.WARNING)
    return tuple(last[stride] for stride in sorted(last))


def probe_neck(neck, pyramid):
    """The ``Pyramid`` that a neck gives, by one forward of zeros; parameters that it does not use are frozen."""
    width = 4 * max(SIZES[0] // 4, *pyramid.strides)
    maps = [torch.zeros(1, c, round(width / s), round(width / s)) for c, s in zip(pyramid.channels, pyramid.strides)]
    neck.eval()
    feats = as_list(neck(maps))
    neck.train()
    check_maps(feats, type(neck).__name__)
    freeze_unreached(neck, feats)
    found = describe(feats, width)
    if list(found.strides) != sorted(found.strides):
        raise ValueError(f'neck {type(neck).__name__} gives strides {found.strides}; they must come finest first')
    return found


def describe(feats, width):
    return Pyramid(tuple(feat.shape[1] for feat in feats), strides_of(feats, width))


def strides_of(maps, width):
    return tuple(round(width / feat.shape[-1]) for feat in maps)
