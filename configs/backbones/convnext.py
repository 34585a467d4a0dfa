# ConvNeXt-T of mmpretrain. drop_path_rate, pretrained and frozen_stages are options of the backbone.
_base_ = ['../multitask.py']

model = dict(backbone=dict(_delete_=True, type='mmpretrain.ConvNeXt', arch='tiny', drop_path_rate=0.1))
