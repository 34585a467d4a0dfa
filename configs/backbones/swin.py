# Swin-T of mmpretrain.
_base_ = ['../multitask.py']

model = dict(backbone=dict(_delete_=True, type='mmpretrain.SwinTransformer', arch='tiny'))
