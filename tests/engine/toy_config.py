_base_ = ['../../configs/_base_/runtime.py', '../../configs/_base_/schedule.py']
custom_imports = dict(imports=['tests.engine.toy'])

model = dict(type='ToyModel')
train_dataloader = dict(
    batch_size=4, num_workers=2, persistent_workers=True,
    dataset=dict(type='ToyDataset'), sampler=dict(type='EpochSampler'))
val_dataloader = dict(
    batch_size=4, num_workers=0, dataset=dict(type='ToyDataset'), sampler=dict(type='DefaultSampler', shuffle=False))
test_dataloader = val_dataloader
val_evaluator = test_evaluator = dict(type='ToyMetric')

train_cfg = dict(max_epochs=3)
log_processor = dict(shown='toy/.*')
default_hooks = dict(logger=dict(interval=1), checkpoint=dict(monitor='toy/accuracy'))
custom_hooks = [
    dict(type='SeedHook'),
    dict(type='ReduceLogsHook'),
    dict(type='EMAHook', momentum=0.1),
    dict(type='ResumableEarlyStoppingHook', monitor='toy/accuracy', patience=5),
    dict(type='BadPhotographsHook', max_share=0.1)]
