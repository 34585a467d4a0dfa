# A network of its own for the homogeneity. It learns outlines, too: what it says on predicted ones is what the meta
# head reads.
_base_ = ['../multitask.py']

model = dict(
    feature_heads=dict(_delete_=True, homogeneity=dict(type='HomogeneityHead', tasks=['homogeneity'])), meta_head=None)
judged_by = ['homogeneity/auroc']
