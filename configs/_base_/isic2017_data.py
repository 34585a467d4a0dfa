"""ISIC 2017 as lopm convert isic2017 writes it: real lesions, real outlines, 128 pixels."""
data_root = 'data/isic2017'
size = (128, 128)  # height, width, of all pipelines; --cfg-options size=224 makes it a square
record_fields = dict(age=dict(center=45, scale=20, range=[0, 120]), sex=dict(words=['female', 'male']))

train_pipeline = [
    dict(type='LoadPhotograph'),
    dict(type='LoadLesions'),
    dict(type='FitPhotograph', ratio_range=(1, 1.25)),
    dict(type='mmseg.RandomCrop'),
    dict(type='mmseg.RandomFlip', prob=[0.25, 0.25, 0.25], direction=['horizontal', 'vertical', 'diagonal']),
    dict(type='LightJitter', strength=0.1),
    dict(type='PackLesions', jitter=0.25)]
test_pipeline = [
    dict(type='LoadPhotograph'),
    dict(type='LoadLesions'),
    dict(type='FitPhotograph'),
    dict(type='PackLesions')]

# Tasks, record and size come from the whole config (lopm.engine.parts.share).
train_dataloader = dict(
    batch_size=16, num_workers=2, persistent_workers=True,
    sampler=dict(type='EpochSampler', shuffle=True),
    collate_fn=dict(type='pseudo_collate'),
    dataset=dict(type='LesionDataset', data_root=data_root, ann_file='train.json', pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=16, num_workers=2, persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='pseudo_collate'),
    dataset=dict(type='LesionDataset', data_root=data_root, ann_file='val.json', pipeline=test_pipeline,
                 test_mode=True))
test_dataloader = {**val_dataloader, 'dataset': {**val_dataloader['dataset'], 'ann_file': 'test.json'}}
val_evaluator = test_evaluator = dict(type='LesionMetric')
