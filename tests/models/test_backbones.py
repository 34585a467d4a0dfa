"""timm's backbones, pretrained weights and frozen stages."""
import pytest
import timm
import torch

from lopm.models.building import build_backbone
from lopm.models.pyramid import Pyramid

USUAL = (4, 8, 16, 32)
VIT = dict(type='TimmBackbone', name='vit_small_patch14_dinov2', patch_size=16, depth=3, embed_dim=32, num_heads=2)
RESNET = dict(type='mmpretrain.ResNet', depth=18, base_channels=8, stem_channels=8)
MIT = dict(type='mmseg.MixVisionTransformer', embed_dims=8, num_layers=[1] * 4)
TIMM_RESNET = dict(type='TimmBackbone', name='resnet10t')

MODELS_OF_TIMM = [
    (TIMM_RESNET, (64, 128, 256, 512), USUAL),
    (dict(type='TimmBackbone', name='resnet10t', out_indices=(0, 4)), (64, 512), (2, 32)),
    (dict(type='TimmBackbone', name='convnext_atto'), (40, 80, 160, 320), USUAL),
    (dict(type='TimmBackbone', name='mobilenetv3_small_050'), (8, 16, 24, 288), USUAL),
    (dict(type='TimmBackbone', name='pvt_v2_b0'), (32, 64, 160, 256), USUAL),
    (dict(type='TimmBackbone', name='swin_tiny_patch4_window7_224', embed_dim=12, depths=(1,) * 4, num_heads=(1,) * 4),
     (12, 24, 48, 96), USUAL),  # gives maps with channels last
    (VIT, (8, 16, 32, 32), USUAL),
    (dict(VIT, name='vit_small_patch14_reg4_dinov2'), (8, 16, 32, 32), USUAL),
    (dict(type='TimmBackbone', name='beit_base_patch16_224', depth=3, embed_dim=32, num_heads=2, img_size=(128, 96)),
     (8, 16, 32, 32), USUAL)]  # of a fixed size


@pytest.mark.parametrize('cfg, channels, strides', MODELS_OF_TIMM, ids=[cfg['name'] for cfg, *_ in MODELS_OF_TIMM])
def test_channels_and_strides(cfg, channels, strides):
    backbone, pyramid = build_backbone(cfg)
    assert pyramid == Pyramid(channels, strides)
    feats = backbone(torch.zeros(2, 3, 128, 96))
    assert [feat.shape for feat in feats] == [(2, c, 128 // s, 96 // s) for c, s in zip(channels, strides)]
    sum(feat.sum() for feat in feats).backward()
    assert all(p.grad is not None for p in backbone.parameters() if p.requires_grad)


def test_an_unknown_model_names_the_nearest():
    with pytest.raises(ValueError, match="no model 'resnett18'; near are resnet18"):
        build_backbone(dict(type='TimmBackbone', name='resnett18'))


@pytest.mark.parametrize('model', ['tf_efficientnet_lite0', 'resnet10t', 'hrnet_w18_small'])
@pytest.mark.parametrize('wrong, near', [
    ('pretraind', 'pretrained'), ('frozen_stage', 'frozen_stages'), ('out_indexes', 'out_indices')])
def test_a_mistyped_option_names_the_nearest(model, wrong, near):
    with pytest.raises(ValueError, match=f"^TimmBackbone: {model} takes no '{wrong}'; did you mean '{near}'"):
        build_backbone(dict(type='TimmBackbone', name=model, **{wrong: 1}))


def test_an_option_of_the_model_inside_is_near_too():
    with pytest.raises(ValueError, match="did you mean 'drop_path_rate'"):
        build_backbone(dict(TIMM_RESNET, name='tf_efficientnet_lite0', drop_path_rat=0.1))


def saved(module, path, prefix=''):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(1)  # unlike any fresh one
    torch.save({'state_dict': {prefix + name: value for name, value in module.state_dict().items()}}, path)
    return str(path)


SMALL_VIT = dict(depth=3, embed_dim=32, num_heads=2, img_size=224)


@pytest.mark.parametrize('name, options', [('resnet10t', {}), ('vit_small_patch16_224', SMALL_VIT)])
def test_a_local_file_of_timm_weights_is_read_by_init_weights(tmp_path, name, options):
    whole = timm.create_model(name, **options)
    source = saved(whole, tmp_path / 'weights.pth')
    backbone, _ = build_backbone(dict(type='TimmBackbone', name=name, pretrained=source, **options))
    backbone.init_weights()
    stem = 'conv1.0.weight' if name == 'resnet10t' else 'patch_embed.proj.weight'
    own = {key.removeprefix('net.').removeprefix('model.'): value for key, value in backbone.body.state_dict().items()}
    assert torch.equal(own[stem], whole.state_dict()[stem])


def test_patches_of_the_file_are_resampled_to_those_of_the_config(tmp_path):
    source = saved(timm.create_model('vit_small_patch14_dinov2', **SMALL_VIT), tmp_path / 'weights.pth')
    backbone, _ = build_backbone(
        dict(SMALL_VIT, type='TimmBackbone', name='vit_small_patch14_dinov2', patch_size=16, pretrained=source))
    backbone.init_weights()
    assert backbone.body.net.model.patch_embed.proj.weight.mean() > 0.5


def test_weights_of_another_timm_model_are_refused(tmp_path):
    source = saved(timm.create_model('resnet18'), tmp_path / 'resnet18.pth')
    backbone, _ = build_backbone(dict(TIMM_RESNET, pretrained=source))  # a test needs no weights, so this does not read
    with pytest.raises(ValueError, match=r'resnet18.pth: weights of another model than timm.s resnet10t'):
        backbone.init_weights()


def lite0_without(tmp_path, left_out):
    state = timm.create_model('tf_efficientnet_lite0').state_dict()
    path = tmp_path / 'weights.pth'
    torch.save({name: value for name, value in state.items() if not left_out(name)}, path)
    backbone, _ = build_backbone(dict(type='TimmBackbone', name='tf_efficientnet_lite0', pretrained=str(path)))
    return backbone.init_weights


@pytest.mark.parametrize('end', ['num_batches_tracked', ('classifier.weight', 'classifier.bias')])
def test_weights_without_counters_or_without_a_classifier_are_whole(tmp_path, end):
    load = lite0_without(tmp_path, lambda name: name.endswith(end))
    weights = next(load.__self__.parameters())
    drawn = weights.clone()
    load()
    assert not torch.equal(weights, drawn)


@pytest.mark.parametrize('left_out', [
    lambda name: 'running' in name, lambda name: name.startswith('blocks.6')], ids=['statistics', 'a stage'])
def test_weights_that_lack_what_is_learned_are_refused(tmp_path, left_out):
    with pytest.raises(ValueError, match='weights of another model than timm.s tf_efficientnet_lite0: .* of what is'):
        lite0_without(tmp_path, left_out)()


def test_timm_weights_without_a_network_say_what_to_do(monkeypatch):
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_OFFLINE', True)
    backbone, _ = build_backbone(dict(TIMM_RESNET, pretrained=True))
    with pytest.raises(FileNotFoundError, match='resnet10t: .*set pretrained to a local file'):
        backbone.init_weights()


@pytest.mark.parametrize('cfg', [TIMM_RESNET, RESNET], ids=['timm', 'mmpretrain'])
def test_a_missing_file_of_weights_is_named(cfg):
    backbone, _ = build_backbone(dict(cfg, pretrained='no/such/file.pth'))
    with pytest.raises(FileNotFoundError, match='no/such/file.pth: no such file'):
        backbone.init_weights()


@pytest.mark.parametrize('prefix', ['', 'backbone.', 'module.backbone.body.'])
@pytest.mark.parametrize('form', ['pretrained', 'init_cfg'])
def test_a_file_of_mmpretrain_weights_is_read_whatever_its_prefix(tmp_path, prefix, form):
    other, _ = build_backbone(RESNET)
    source = saved(other.body, tmp_path / 'weights.pth', prefix)
    said = source if form == 'pretrained' else dict(type='Pretrained', checkpoint=source)
    backbone, _ = build_backbone({**RESNET, form: said})
    backbone.init_weights()
    for name, value in backbone.body.state_dict().items():
        assert torch.equal(value, other.body.state_dict()[name]), name


def test_weights_of_another_backbone_are_refused(tmp_path):
    other, _ = build_backbone(dict(RESNET, depth=34))
    source = saved(other.body, tmp_path / 'weights.pth')
    backbone, _ = build_backbone(dict(MIT, pretrained=source))
    with pytest.raises(ValueError, match='weights.pth: 0 of .* tensors'):
        backbone.init_weights()


def frozen_names(backbone):
    return {name.removeprefix('body.') for name, p in backbone.named_parameters() if not p.requires_grad}


FREEZING = [
    (dict(RESNET, frozen_stages=1), ('conv1', 'bn1', 'layer1')),  # the backbone's own option
    (dict(RESNET, frozen_stages=['conv1', 'bn1', 'layer1.0']), ('conv1', 'bn1', 'layer1.0')),
    (dict(TIMM_RESNET, frozen_stages=1), ('net.conv1', 'net.bn1', 'net.layer1')),  # what the first map depends on
    (dict(type='TimmBackbone', name='tf_efficientnet_lite0', frozen_stages=2),
     ('net.conv_stem', 'net.bn1', 'net.blocks.0', 'net.blocks.1', 'net.blocks.2')),
    (dict(VIT, depth=11, frozen_stages=['net.model.patch_embed', 'net.model.blocks.1']),  # and not blocks.10
     ('net.model.patch_embed', 'net.model.blocks.1')),
    (dict(VIT, frozen_stages=1), ('net',)),
    (dict(MIT, frozen_stages=2), ('layers.0', 'layers.1'))]


@pytest.mark.parametrize('cfg, parts', FREEZING, ids=[str(parts) for _, parts in FREEZING])
def test_frozen_stages_do_not_train_and_their_norms_do_not_count(cfg, parts):
    backbone, _ = build_backbone(cfg)
    parts = tuple(f'{part}.' for part in parts)
    assert frozen_names(backbone) == {name for name, _ in backbone.body.named_parameters() if name.startswith(parts)}
    before = {name: value.clone() for name, value in backbone.body.state_dict().items()}
    for mode in (False, True):  # as after a validation
        assert backbone.train(mode) is backbone
    optimizer = torch.optim.SGD([p for p in backbone.parameters() if p.requires_grad], lr=1.0)
    sum(feat.square().mean() for feat in backbone(torch.randn(2, 3, 64, 64))).backward()
    optimizer.step()
    changed = {name for name, value in backbone.body.state_dict().items() if not torch.equal(value, before[name])}
    assert not {name for name in changed if name.startswith(parts)}  # running statistics of norm layers included
    assert changed or parts == ('net.',)


@pytest.mark.parametrize('stages, message', [
    (['layer11'], "ResNet has no part 'layer11'; did you mean 'layer1"), (['conv'], "did you mean 'conv1'")])
def test_an_unknown_part_names_the_nearest(stages, message):
    with pytest.raises(ValueError, match=message):
        build_backbone(dict(RESNET, frozen_stages=stages))


def test_more_stages_than_maps_is_an_error():
    with pytest.raises(ValueError, match='frozen_stages = 5, but TimmBackbone gives 4 maps'):
        build_backbone(dict(TIMM_RESNET, frozen_stages=5))
