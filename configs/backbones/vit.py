# DINOv2's ViT-S of timm, a pyramid made of its last map. Patches of 14 pixels are resampled to 16: strides are 4 to 32.
# pretrained=True takes timm's weights from its hub, pretrained='file.safetensors' a local copy; with few photographs
# frozen_stages=1 freezes the whole ViT, and frozen_stages=['net.model.blocks.0', ...] its first blocks.
_base_ = ['../multitask.py']

model = dict(backbone=dict(_delete_=True, type='TimmBackbone', name='vit_small_patch14_dinov2.lvd142m', patch_size=16))
