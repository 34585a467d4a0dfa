"""mmseg alone and mmpretrain alone: their models, losses, data sets and transforms, and mmengine's Runner.

What has to be equal is taken from lopm's configs: batch size, optimizer, schedule, and an augmentation of the same
ranges (``lopm.LightJitter`` for exposure, since neither package has it). All three train in the channels-last layout,
which changes no number and is a fifth faster on a CPU.
"""
from pathlib import Path

from isic import backbones

MEAN, STD = [127.] * 3, [128.] * 3
FLIPS = dict(type='RandomFlip', prob=[0.25] * 3, direction=['horizontal', 'vertical', 'diagonal'])
LIGHT = dict(type='lopm.LightJitter', strength=0.1)


def grow(size):
    return dict(type='RandomResize', scale=size, ratio_range=(1, 1.25), keep_ratio=True, interpolation='area')


def fit(size):
    return dict(type='Resize', scale=size, keep_ratio=True, interpolation='area')


def mmseg_config(data, peers, run):
    """EncoderDecoder with FPN and FPNHead, cross-entropy and Dice."""
    backbone, channels = backbones.of_mmseg(run.backbone, peers)
    size = (run.size, run.size)

    def dataset(part, pipeline):
        return dict(type='BaseSegDataset', ann_file=str(peers / f'{part}_names.txt'), pipeline=pipeline,
                    data_prefix=dict(img_path=str(Path(data) / 'images'), seg_map_path=str(peers / 'masks')),
                    img_suffix='.jpg', seg_map_suffix='.png', metainfo=dict(classes=('skin', 'lesion')))
    return dict(
        default_scope='mmseg',
        model=dict(
            type='EncoderDecoder',
            data_preprocessor=dict(type='SegDataPreProcessor', mean=MEAN, std=STD, bgr_to_rgb=True, size=size,
                                   seg_pad_val=255, test_cfg=dict(size=size)),
            backbone=backbone,
            neck=dict(type='FPN', in_channels=channels, out_channels=128, num_outs=4),
            decode_head=dict(
                type='FPNHead', in_channels=[128] * 4, in_index=[0, 1, 2, 3], feature_strides=[4, 8, 16, 32],
                channels=128, num_classes=2, align_corners=False,
                loss_decode=[dict(type='CrossEntropyLoss', avg_non_ignore=True), dict(type='DiceLoss')]),
            test_cfg=dict(mode='whole')),
        train=dataset('train', [
            dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), grow(size),
            dict(type='RandomCrop', crop_size=size), FLIPS, LIGHT, dict(type='PackSegInputs')]),
        test=dataset('test', [dict(type='LoadImageFromFile'), fit(size), dict(type='PackSegInputs')]))


def mmpretrain_config(data, peers, run):
    """ImageClassifier with a linear head on the pooled photograph."""
    backbone, channels = backbones.of_mmpretrain(run.backbone, peers)
    size = (run.size, run.size)

    def dataset(part, pipeline):
        return dict(type='CustomDataset', data_root='', data_prefix=str(data), pipeline=pipeline,
                    ann_file=str(peers / f'{part}_labels.txt'), metainfo=dict(classes=('nv', 'mel', 'sk')))
    return dict(
        default_scope='mmpretrain',
        model=dict(
            type='ImageClassifier', data_preprocessor=dict(mean=MEAN, std=STD, to_rgb=True),
            backbone=backbone, neck=dict(type='GlobalAveragePooling'),
            head=dict(type='LinearClsHead', num_classes=3, in_channels=channels)),
        train=dataset('train', [
            dict(type='LoadImageFromFile'), grow(size), dict(type='RandomCrop', crop_size=size, pad_if_needed=True),
            FLIPS, LIGHT, dict(type='PackInputs')]),
        test=dataset('test', [
            dict(type='LoadImageFromFile'), fit(size), dict(type='Pad', size=size), dict(type='PackInputs')]))


def train_peer(config, cfg, out, seed, limit):
    """Train a peer by mmengine's Runner on lopm's schedule ``cfg``; returns ``(model, test loader)``."""
    import torch
    from mmengine.config import ConfigDict
    from mmengine.runner import Runner
    config = ConfigDict(config)
    train, test = (dict(
        batch_size=size, num_workers=0, collate_fn=dict(type='pseudo_collate'),
        sampler=dict(type='DefaultSampler', shuffle=part == 'train'), dataset=dict(config.pop(part), indices=limit))
        for part, size in (('train', cfg.train_dataloader.batch_size), ('test', 1)))  # tested in their own proportions
    runner = Runner(
        model=config['model'], work_dir=str(out), default_scope=config['default_scope'], train_dataloader=train,
        train_cfg=cfg.train_cfg, optim_wrapper=cfg.optim_wrapper, param_scheduler=cfg.param_scheduler,
        default_hooks=dict(checkpoint=None, logger=dict(type='LoggerHook', interval=10)),
        randomness=dict(seed=seed), env_cfg=cfg.env_cfg, experiment_name=out.name)
    runner.model.to(memory_format=torch.channels_last)
    runner.train()
    return runner.model.eval(), Runner.build_dataloader(test)
