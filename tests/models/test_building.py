"""Channels and strides against known answers, and an error for everything that a config states wrongly."""
import pytest
import torch
from mmengine.registry import init_default_scope

from lopm.models.building import build_backbone, build_neck
from lopm.models.defaults import fill_decode_head, fill_neck
from lopm.models.pyramid import Pyramid

PYRAMID = Pyramid((8, 16, 24, 32), (4, 8, 16, 32))
USUAL = (4, 8, 16, 32)
SMALL_SWIN = dict(embed_dims=12, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2])
DENSENET = dict(type='mmpretrain.DenseNet', arch=dict(growth_rate=4, depths=[1] * 4, init_channels=8))
POOLFORMER = dict(type='mmpretrain.PoolFormer', arch=dict(
    layers=[1] * 4, embed_dims=[8, 16, 24, 32], mlp_ratios=[2] * 4, layer_scale_init_value=1e-5))
VIT = dict(embed_dims=32, num_layers=2, num_heads=2)

BACKBONES = [
    (dict(type='mmpretrain.ResNet', depth=18, base_channels=8), (8, 16, 32, 64), USUAL),
    (dict(type='mmpretrain.ResNet', depth=18, base_channels=8, out_indices=(3,)), (64,), (32,)),  # stated: a choice
    (dict(type='mmseg.ResNetV1c', depth=18, base_channels=8), (8, 16, 32, 64), USUAL),
    (dict(type='mmpretrain.ConvNeXt', arch=dict(depths=[1] * 4, channels=[8, 16, 24, 32])), (8, 16, 24, 32), USUAL),
    (dict(type='mmpretrain.SwinTransformer', arch=SMALL_SWIN), (12, 24, 48, 96), USUAL),
    (dict(type='mmseg.MixVisionTransformer', embed_dims=8, num_layers=[1] * 4), (8, 16, 32, 64), USUAL),
    (dict(type='mmseg.UNet', base_channels=4), (4, 8, 16, 32, 64), (1, 2, 4, 8, 16)),  # gives them coarse to fine
    (dict(type='mmpretrain.MobileNetV2', widen_factor=0.25), (8, 8, 24, 1280), USUAL),  # eight stages, five strides
    (DENSENET, (6, 5, 8), (8, 16, 32)),
    (POOLFORMER, (8, 16, 24, 32), USUAL),
    (dict(type='mmseg.BiSeNetV2'), (16, 32, 64, 128), USUAL),  # a branch that no map used depends on
    (dict(type='mmpretrain.VisionTransformer', arch=dict(VIT, feedforward_channels=64)), (8, 16, 32, 32), USUAL),
    (dict(type='mmseg.VisionTransformer', **VIT), (8, 16, 32, 32), USUAL),
    (dict(type='mmpretrain.VisionTransformer', arch=dict(VIT, feedforward_channels=64), patch_size=8),
     (16, 32, 32, 32), USUAL)]


@pytest.mark.parametrize('cfg, channels, strides', BACKBONES, ids=[cfg['type'] for cfg, *_ in BACKBONES])
def test_channels_and_strides_come_from_the_maps_finest_first(cfg, channels, strides):
    backbone, pyramid = build_backbone(cfg)
    assert pyramid == Pyramid(channels, strides)
    feats = backbone(torch.zeros(2, 3, 128, 96))
    assert [feat.shape for feat in feats] == [(2, c, 128 // s, 96 // s) for c, s in zip(channels, strides)]
    sum(feat.sum() for feat in feats).backward()  # distributed training waits for the gradient of every parameter
    assert all(p.grad is not None for p in backbone.parameters() if p.requires_grad)


def test_of_equal_strides_the_last_map_is_used_and_that_is_said(log):
    _, pyramid = build_backbone(dict(DENSENET, out_indices=(0, 1, 2, 3)))
    assert pyramid.strides == (8, 16, 32)
    assert 'strides [8, 16, 32, 32], those at [2] are not used' in log.text


def test_nothing_is_frozen_unless_the_config_says_so():
    assert all(p.requires_grad for p in build_backbone(POOLFORMER)[0].parameters())  # its default freezes the stem


def test_the_first_map_that_is_none_is_named():
    arch = dict(depths=[1] * 4, channels=[8, 16, 24, 32])
    with pytest.raises(ValueError, match=r'output 0 is no map .* a pooled vector or tokens, \(1, 32\).*gap_'):
        build_backbone(dict(type='mmpretrain.ConvNeXt', arch=arch, gap_before_final_norm=True))
    with pytest.raises(ValueError, match='output 0 is no map .* a list, such as a map with its class token'):
        build_backbone(dict(type='mmseg.VisionTransformer', **VIT, output_cls_token=True))


def test_a_network_that_gives_other_maps_in_training_is_refused():
    backbone, _ = build_backbone(dict(type='mmseg.DDRNet', channels=8, ppm_channels=8))
    with pytest.raises(ValueError, match='gives 2 maps in training, 1 otherwise'):
        backbone(torch.zeros(2, 3, 128, 128))


@pytest.mark.parametrize('kind, near', [('ResNet', 'mmpretrain.ResNet, mmseg.ResNet'), ('mmseg.RezNet', 'ResNet')])
def test_an_unknown_backbone_names_the_nearest(kind, near):
    with pytest.raises(ValueError, match=f'unknown backbone .*{near}'):
        build_backbone(dict(type=kind, depth=18))


def test_a_backbone_of_a_fixed_size_says_so(log):
    assert build_backbone(dict(type='mmseg.BEiT', **VIT))[1].strides == USUAL
    assert 'mmseg.BEiT takes photographs of 224 px, but not of 128 px' in log.text and 'state img_size' in log.text


def test_a_backbone_for_other_pictures_is_refused():
    with pytest.raises(ValueError, match='LeNet5 fails on a photograph of zeros: .*expected input.*to have 1 channels'):
        build_backbone(dict(type='mmpretrain.LeNet5'))


FPN = dict(type='mmseg.FPN', out_channels=8)


def test_a_neck_is_filled_and_probed():
    neck, pyramid = build_neck(dict(FPN, num_outs=5), PYRAMID)
    assert pyramid == Pyramid((8,) * 5, (4, 8, 16, 32, 64))
    assert len(neck([torch.zeros(1, c, 128 // s, 128 // s) for c, s in zip(PYRAMID.channels, PYRAMID.strides)])) == 5
    assert fill_neck(FPN, PYRAMID) == dict(FPN, in_channels=[8, 16, 24, 32], num_outs=4)
    assert build_neck(None, PYRAMID)[1] == PYRAMID


def test_a_neck_whose_maps_are_not_in_order_is_refused():
    with pytest.raises(ValueError, match=r'gives strides \(16, 8, 16, 32\); they must come finest first'):
        build_neck(dict(type='mmseg.MultiLevelNeck', out_channels=8, scales=[0.25, 1, 1, 1]), PYRAMID)


def test_a_head_is_filled_by_in_index_and_only_where_it_has_the_name():
    fpn = dict(type='mmseg.FPNHead', in_index=[0, 2])
    assert fill_decode_head(fpn, PYRAMID, 2) == dict(
        fpn, channels=128, in_channels=[8, 24], feature_strides=[4, 16], num_classes=2, out_channels=2)
    assert fill_decode_head(dict(type='mmseg.SegformerHead'), PYRAMID, 3)['in_channels'] == [8, 16, 24, 32]
    fcn = fill_decode_head(dict(type='mmseg.FCNHead'), PYRAMID, 2)
    assert fcn['in_index'] == -1 and fcn['in_channels'] == 32 and 'feature_strides' not in fcn
    aspp = dict(type='mmseg.DepthwiseSeparableASPPHead', c1_channels=4)
    assert fill_decode_head(aspp, PYRAMID, 2)['c1_in_channels'] == 8
    assert fill_decode_head(dict(aspp, c1_in_channels=0), PYRAMID, 2)['c1_in_channels'] == 0


@pytest.mark.parametrize('stated, message', [
    (dict(in_channels=[8, 16, 24, 64]), r'states in_channels = \[8, 16, 24, 64\], but .* gives \[8, 16, 24, 32\]'),
    (dict(feature_strides=[2, 4, 8, 16]), r'feature_strides = \[2, 4, 8, 16\], but .* gives \[4, 8, 16, 32\]'),
    (dict(num_classes=19), 'num_classes = 19, but the tasks need 2'),
    (dict(in_index=[0, 4]), r'in_index = \[0, 4\], but there are 4 maps')])
def test_what_a_head_states_wrongly_is_an_error_with_both_values(stated, message):
    with pytest.raises(ValueError, match=message):
        fill_decode_head(dict(type='mmseg.FPNHead', **stated), PYRAMID, 2)


def test_what_a_backbone_or_neck_states_wrongly_is_an_error_with_both_values():
    with pytest.raises(ValueError, match='in_channels = 1, but the photographs have 3'):
        build_backbone(dict(type='mmpretrain.ResNet', depth=18, in_channels=1))
    with pytest.raises(ValueError, match=r'in_channels = \[8, 8, 8, 8\], but the backbone gives \[8, 16, 24, 32\]'):
        build_neck(dict(FPN, in_channels=[8] * 4), PYRAMID)


def test_the_default_scope_does_not_matter():
    init_default_scope('mmpretrain')
    try:
        assert build_backbone(dict(type='mmseg.UNet', base_channels=4))[1].strides == (1, 2, 4, 8, 16)
    finally:
        init_default_scope('lopm')
