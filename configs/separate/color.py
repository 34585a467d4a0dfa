# A network of its own for the color. It learns outlines, too: what it says on predicted ones is what the meta
# head reads.
_base_ = ['../multitask.py']

model = dict(feature_heads=dict(_delete_=True, color=dict(type='ColorHead', tasks=['color'])), meta_head=None)
judged_by = ['color/auroc']
