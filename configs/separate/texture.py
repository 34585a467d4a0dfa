# A network of its own for the texture. It learns outlines, too: what it says on predicted ones is what the meta
# head reads.
_base_ = ['../multitask.py']

model = dict(feature_heads=dict(_delete_=True, texture=dict(type='TextureHead', tasks=['texture'])), meta_head=None)
judged_by = ['texture/auroc']
