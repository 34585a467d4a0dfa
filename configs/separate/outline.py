# A network of its own for the outline.
_base_ = ['../multitask.py']

model = dict(feature_heads=dict(_delete_=True), meta_head=None)
judged_by = ['outline/jaccard']
