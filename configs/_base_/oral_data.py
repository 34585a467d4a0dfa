"""A clinic's own photographs, 512 pixels: the parts that lopm split made, given by ``--data DIR``."""
data_root = None  # nothing is built in
size = (512, 512)  # height, width, of all pipelines; --cfg-options size=224 trains in a fifth of the time
record_fields = dict(
    age=dict(center=50, scale=20, range=[0, 120]), sex=dict(words=['female', 'male']),
    tobacco=dict(words=[False, True]), alcohol=dict(words=[False, True]))

# Exposure may change, hue may not: it is a label. Flips are fine: no label tells left from right.
train_pipeline = [
    dict(type='LoadPhotograph'),
    dict(type='LoadLesions'),
    dict(type='FitPhotograph', ratio_range=(1, 1.25)),
    dict(type='mmseg.RandomCrop'),
    dict(type='mmseg.RandomFlip', prob=[0.5, 0.25], direction=['horizontal', 'vertical']),
    dict(type='LightJitter', strength=0.15),
    dict(type='PackLesions', jitter=0.25)]
test_pipeline = [
    dict(type='LoadPhotograph'),
    dict(type='LoadLesions'),
    dict(type='FitPhotograph'),
    dict(type='PackLesions')]

# Tasks, record and size come from the whole config (lopm.engine.parts.share).
train_dataloader = dict(
    batch_size=8, num_workers=2, persistent_workers=True,
    sampler=dict(type='EpochSampler', shuffle=True),
    collate_fn=dict(type='pseudo_collate'),
    dataset=dict(type='LesionDataset', ann_file='train.json', pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=8, num_workers=2, persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='pseudo_collate'),
    dataset=dict(type='LesionDataset', ann_file='val.json', pipeline=test_pipeline, test_mode=True))
test_dataloader = {**val_dataloader, 'dataset': {**val_dataloader['dataset'], 'ann_file': 'test.json'}}
val_evaluator = test_evaluator = dict(type='LesionMetric')
