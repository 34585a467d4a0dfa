# A network of its own for the borders. It learns outlines, too: what it says on predicted ones is what the meta head
# reads.
_base_ = ['../multitask.py']

model = dict(
    feature_heads=dict(
        _delete_=True, borders=dict(type='BordersHead', tasks=['border_sharpness', 'border_regularity'])),
    meta_head=None)
judged_by = ['border_sharpness/auroc', 'border_regularity/auroc']
