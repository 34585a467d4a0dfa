# ResNet-50 of mmpretrain. For weights add for example pretrained='resnet50.pth' (a file or a URL),
# and for a few hundred photographs frozen_stages=1 (stem and first stage) and norm_eval=True.
_base_ = ['../multitask.py']

model = dict(backbone=dict(_delete_=True, type='mmpretrain.ResNet', depth=50))
