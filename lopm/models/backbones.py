"""Backbones of timm. Those of mmpretrain and mmseg need no class of their own: see ``building.build_backbone``."""
import difflib
import inspect
import logging
import re
import sys

import timm
from mmengine.logging import print_log
from mmengine.model import BaseModule

from lopm.models.defaults import constructor_names
from lopm.models.pyramid import STRIDES
from lopm.packages import find_package, is_packaged
from lopm.registry import MODELS
from lopm.weights import examples, load_weights, share_found

logging.getLogger('timm.models._builder').setLevel(logging.ERROR)  # it warns of layers that give no map
LEAST_SHARE = 0.9  # of a model that a file of weights must hold, and of the file that must be the model's
UNEXPECTED = re.compile(r'(\w+)\.__init__\(\) got (?:an )?unexpected keyword argument\S* \W+(\w+)')


@MODELS.register_module()
class TimmBackbone(BaseModule):
    """Any model of timm that gives feature maps.

    A plain ViT (DINOv2, DeiT, EVA) gives its last map, of which ``build_backbone`` makes a pyramid. Where its weights
    have patches of 14 pixels, ``patch_size=16`` lets timm resample them, and strides are 4 to 32 as usual.

    Args:
        name: As in ``timm.list_models()``; with a tag where several weights exist.
        pretrained: True for timm's own weights (from its hub), a local file or URL of weights with timm's names, or
            ``package:NAME`` of ``lopm.packages``. ``init_weights`` reads them, so training needs them and
            testing does not.
        out_indices: Which stages; default: one for each stride from 4 on, or the last block of a plain ViT.
        in_channels: Of the photographs.
        kwargs: Go to timm's model, such as ``drop_path_rate``, ``patch_size``, or ``img_size`` where it is fixed.

    Raises:
        ValueError: no such model, or an option that it does not take (names the nearest); weights of another one.
        FileNotFoundError: the weights are not there.
    """

    def __init__(self, name, pretrained=False, out_indices=None, in_channels=3, **kwargs):
        super().__init__()
        known = timm.list_models()
        if ':' not in name and name.split('.')[0] not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0)
            raise ValueError(f'TimmBackbone: timm has no model {name!r}; near are {", ".join(near)}')
        if is_packaged(pretrained) and name.split('.')[0] != find_package(pretrained).model:
            raise ValueError(f'TimmBackbone: {pretrained} holds the weights of {find_package(pretrained).model}, and '
                             f'the config says name={name!r}; write the one or the other')
        self.name, self.pretrained = name, pretrained
        self.options = {'in_chans': in_channels, **kwargs}
        if out_indices is not None:
            self.options['out_indices'] = out_indices
        self.net = self.create_for_any_size()
        if out_indices is None:
            self.options['out_indices'] = last_of_each_stride(self.net.feature_info)
            self.net = self.create()
        self.out_indices = tuple(self.options['out_indices'])

    def create(self, **options):
        return timm.create_model(self.name, features_only=True, **self.options, **options)

    def create_for_any_size(self):
        """The net; with the option by which it takes photographs of any size, if it has one."""
        stated = self.options
        for option in ('dynamic_img_size', True), ('strict_img_size', False):
            self.options = {**dict([option]), **stated}
            try:
                return self.create()
            except TypeError:  # the model has no such option
                self.options = stated
        try:
            return self.create()
        except TypeError as error:
            refuse_unknown(self.name, self.options, error)
            raise

    def forward(self, inputs):
        """``[B, C, H, W]`` -> list of ``[B, C_i, h_i, w_i]``."""
        feats = self.net(inputs)
        if getattr(self.net, 'output_fmt', 'NCHW') == 'NHWC':
            feats = [feat.permute(0, 3, 1, 2) for feat in feats]
        return feats

    def init_weights(self):
        """Read the pretrained weights; what is not pretrained, timm has initialised."""
        if not self.pretrained:
            return
        overlay = {} if self.pretrained is True else {'state_dict': self.read_weights()}
        try:
            trained = self.create(pretrained=True, pretrained_cfg_overlay=overlay)
        except OSError as error:
            raise FileNotFoundError(
                f'TimmBackbone {self.name}: timm\'s own weights cannot be fetched ({error}). Without a network set '
                'pretrained to a local file of these weights, or to False') from error
        except RuntimeError as error:
            raise ValueError(f'TimmBackbone {self.name}: pretrained={self.pretrained} does not fit: {error}') from error
        self.net.load_state_dict(trained.state_dict())

    def read_weights(self):
        """Weights of a file, if those of the whole model but its classifier (timm would pass over what differs)."""
        weights = load_weights(self.pretrained)
        options = {key: value for key, value in self.options.items() if key != 'out_indices'}
        whole = timm.create_model(self.name, **options)
        own, read = (without_classifier(each, whole) for each in (whole.state_dict(), weights))
        share = min(share_found(own, read), share_found(read, own))
        if share < LEAST_SHARE:
            raise ValueError(
                f'{self.pretrained}: weights of another model than timm\'s {self.name}: of its {len(own)} tensors and '
                f'the file\'s {len(read)}, {len(own.keys() & read.keys())} have a common name, {share:.0%} of what is '
                f'learned. It has {examples(own)}; the file {examples(read)}')
        print_log(f'{self.pretrained}: {share:.0%} of the weights of {self.name} loaded', 'current')
        return weights


def refuse_unknown(model, options, error):
    """Name the option that timm's error is about, if it is the config's, and the nearest that could be meant.

    Raises:
        ValueError: In the config's words: timm's name the class inside.
    """
    found = UNEXPECTED.search(str(error))
    if found and found[2] in options:
        module = sys.modules[timm.model_entrypoint(model).__module__] if timm.is_model(model) else None
        inside = getattr(module, found[1], None)
        known = {'frozen_stages', *inspect.signature(TimmBackbone).parameters} - {'kwargs'}
        known |= constructor_names(inside) if inside else set()
        near = difflib.get_close_matches(found[2], sorted(known), n=1)
        raise ValueError(f'TimmBackbone: {model} takes no {found[2]!r}; '
                         + (f'did you mean {near[0]!r}?' if near else 'take it out')) from error


def without_classifier(weights, model):
    """A state dict of a model of timm without its last layers, which give classes and no maps."""
    heads = model.pretrained_cfg.get('classifier') or ()
    heads = (heads,) if isinstance(heads, str) else tuple(heads)
    return {name: value for name, value in weights.items() if not name.startswith(tuple(f'{head}.' for head in heads))}


def last_of_each_stride(info):
    """Stages of timm's ``feature_info`` to use by default: of each stride from 4 on the last."""
    last = dict(zip(info.reduction(), info.out_indices))
    return [index for stride, index in last.items() if stride >= STRIDES[0]]
