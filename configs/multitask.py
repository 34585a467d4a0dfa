# The whole model: outline, color, texture, borders, homogeneity and diagnosis on one shared backbone.
# On the built-in photographs, which show that the software works, and nothing about patients.
_base_ = ['_base_/oral_tasks.py', '_base_/synthetic_data.py', '_base_/schedule.py', '_base_/runtime.py']

model = dict(
    type='MultiTaskModel',
    data_preprocessor=dict(
        type='mmseg.SegDataPreProcessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True, size_divisor=16, pad_val=0, seg_pad_val=255),
    # Any backbone of mmpretrain, mmseg or timm: see configs/backbones/. Small, to train in minutes on two cores: half
    # the channels of a ResNet-18, and not its last stage, which holds three quarters of the weights.
    backbone=dict(
        type='mmpretrain.ResNet', depth=18, stem_channels=32, base_channels=32, num_stages=3, strides=(1, 2, 2),
        dilations=(1, 1, 1), out_indices=(0, 1, 2)),
    neck=dict(type='mmseg.FPN', out_channels=64),
    outline_head=dict(type='OutlineHead', decode_head=dict(type='mmseg.FPNHead', channels=64)),
    feature_heads=dict(
        color=dict(type='ColorHead', tasks=['color']),
        texture=dict(type='TextureHead', tasks=['texture']),
        borders=dict(type='BordersHead', tasks=['border_sharpness', 'border_regularity']),
        homogeneity=dict(type='HomogeneityHead', tasks=['homogeneity'])),
    meta_head=dict(type='MetaHead', task='diagnosis'),
    task_weights=dict(outline=3.))  # one loss among eight, and the words of the borders stand on it

train_cfg = dict(max_epochs=18, val_interval=3)
optim_wrapper = dict(optimizer=dict(lr=3e-3))
