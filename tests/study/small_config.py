"""configs/multitask.py made small: a few photographs of 48 x 64, without worker processes and pictures."""
_base_ = ['../../configs/multitask.py']
size = (48, 64)
train_pipeline = [
    dict(type='LoadPhotograph'), dict(type='LoadLesions'), dict(type='FitPhotograph', size=size),
    dict(type='PackLesions', jitter=0.25)]
test_pipeline = [
    dict(type='LoadPhotograph'), dict(type='LoadLesions'), dict(type='FitPhotograph', size=size),
    dict(type='PackLesions')]
alone = dict(num_workers=0, persistent_workers=False)
few = dict(synthetic=dict(num_photographs=24))
train_dataloader = dict(batch_size=4, **alone, dataset=dict(pipeline=train_pipeline, **few))
val_dataloader = test_dataloader = dict(**alone, dataset=dict(pipeline=test_pipeline, **few))
train_cfg = dict(max_epochs=1, val_interval=1)
custom_hooks = [dict(type='SeedHook')]
visualizer = None
