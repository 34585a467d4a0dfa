# The diagnosis without features between: to be compared with, since nobody can look inside or correct it.
_base_ = ['multitask.py']

model = dict(
    feature_heads=dict(_delete_=True, diagnosis=dict(type='FeatureHead', tasks=['diagnosis'], with_lab=True)),
    meta_head=None)
