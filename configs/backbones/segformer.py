# SegFormer's encoder, MiT-B0 of mmseg.
_base_ = ['../multitask.py']

model = dict(backbone=dict(
    _delete_=True, type='mmseg.MixVisionTransformer', embed_dims=32, num_layers=[2, 2, 2, 2], num_heads=[1, 2, 5, 8]))
