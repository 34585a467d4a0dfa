"""Every decode head of mmseg either gives one logit map or is refused with the reason."""
import mmseg.models
import pytest
import torch
from mmseg.models.decode_heads import FCNHead
from mmseg.registry import MODELS as MMSEG_MODELS

from lopm.models.building import build_decode_head
from lopm.models.decoders import REFUSED
from lopm.models.pyramid import Pyramid

PYRAMID = Pyramid((8, 16, 24, 32), (4, 8, 16, 32))
FINE, COARSE = 4, 32

# Head, what it needs beside channels, stride of its logits.
HEADS = {
    'ANNHead': (dict(project_channels=8, in_index=[2, 3]), COARSE),
    'APCHead': (dict(), COARSE),
    'ASPPHead': (dict(), COARSE),
    'DMHead': (dict(), COARSE),
    'DNLHead': (dict(), COARSE),
    'DepthwiseSeparableASPPHead': (dict(c1_channels=4), FINE),
    'DepthwiseSeparableFCNHead': (dict(), COARSE),
    'EMAHead': (dict(ema_channels=8, num_bases=4, num_stages=2), COARSE),
    'FCNHead': (dict(input_transform='resize_concat'), FINE),
    'FPNHead': (dict(), FINE),
    'GCHead': (dict(), COARSE),
    'ISAHead': (dict(isa_channels=8), COARSE),
    'LightHamHead': (dict(ham_channels=8, ham_kwargs=dict(MD_R=4), norm_cfg=dict(type='GN', num_groups=4)), FINE),
    'NLHead': (dict(), COARSE),
    'PSPHead': (dict(), COARSE),
    'SETRUPHead': (dict(), COARSE // 4),
    'STDCHead': (dict(in_index=0), FINE),
    'SegformerHead': (dict(), FINE),
    'SegmenterMaskTransformerHead': (dict(num_layers=1, num_heads=2, embed_dims=8), COARSE),
    'UPerHead': (dict(), FINE)}


def zeros(size):
    return [torch.zeros(2, c, size // s, size // s) for c, s in zip(PYRAMID.channels, PYRAMID.strides)]


@pytest.mark.parametrize('name', HEADS)
def test_one_logit_map_by_config_alone(name):
    options, stride = HEADS[name]
    head = build_decode_head(dict(type=f'mmseg.{name}', channels=8, **options), PYRAMID, 3)
    logits = head.train()(zeros(128))
    assert logits.shape == (2, 3, 128 // stride, 128 // stride)
    logits.sum().backward()
    assert all(p.grad is not None for p in head.parameters() if p.requires_grad)
    assert type(head.loss_decode).__module__.startswith('mmseg.')


def test_a_head_for_large_photographs_only_is_built_and_says_so(log):
    head = build_decode_head(dict(type='mmseg.LRASPPHead', in_index=[0, 1, 2], channels=8), PYRAMID, 2)
    assert 'LRASPPHead does not run on photographs of 128 px' in log.text
    assert head(zeros(1024)).shape == (2, 2, 256, 256)


@pytest.mark.parametrize('name', REFUSED)
def test_unfit_heads_are_refused_by_name_with_the_reason(name):
    with pytest.raises(ValueError, match=f'decode head mmseg.{name} cannot be used: it .*mmseg.FPNHead'):
        build_decode_head(dict(type=f'mmseg.{name}'), PYRAMID, 2)


def test_no_head_of_mmseg_is_forgotten():
    parts = {'KernelUpdateHead'}  # of a head, not one
    other = {'LRASPPHead', 'SETRMLAHead'}  # tested by themselves
    known = {name for name, cls in MMSEG_MODELS.module_dict.items()
             if cls.__module__.startswith(mmseg.models.decode_heads.__name__) and name.endswith('Head')}
    assert known == set(HEADS) | set(REFUSED) | parts | other


@MMSEG_MODELS.register_module()
class TwoMapsInTraining(FCNHead):
    def forward(self, inputs):
        logits = super().forward(inputs)
        return (logits, logits) if self.training else logits


def test_a_head_that_gives_several_maps_in_training_only_is_refused():
    with pytest.raises(ValueError, match=r'TwoMapsInTraining gives a tuple, not one logit map \[B, 2, h, w\]'):
        build_decode_head(dict(type='mmseg.TwoMapsInTraining', channels=8), PYRAMID, 2)


def test_a_head_that_wants_other_maps_is_refused_after_a_trial():
    with pytest.raises(ValueError, match='SETRMLAHead does not run on Pyramid.*Sizes of tensors must match'):
        build_decode_head(dict(type='mmseg.SETRMLAHead', channels=8, mla_channels=2), PYRAMID, 2)
