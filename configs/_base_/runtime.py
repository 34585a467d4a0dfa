"""How a run is watched, saved and repeated."""
default_scope = 'lopm'
custom_imports = dict(imports=['lopm.engine.launch'])  # so that other programs find all that configs name
randomness = dict(seed=0)
work_dir = 'work_dirs'  # of all runs; a run's own is named after its config, or by --work-dir
find_unused_parameters = False  # every head runs on every batch
env_cfg = dict(mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0), dist_cfg=dict(backend='nccl'))

judged_by = ['outline/jaccard', 'diagnosis/auroc']  # their mean picks the best checkpoint and stops the run
default_hooks = dict(
    logger=dict(type='LoggerHook', interval=10),
    checkpoint=dict(type='AtomicCheckpointHook'))
custom_hooks = [
    dict(type='SeedHook'),
    dict(type='ReduceLogsHook'),
    dict(type='FiniteStepsHook', most_in_row=10),  # skipped steps; one more ends the run
    dict(type='EMAHook', ema_type='MomentumAnnealingEMA', gamma=10, momentum=0.002),  # of about the last tenth
    dict(type='ResumableEarlyStoppingHook', patience=10),
    dict(type='BadPhotographsHook', max_share=0.02),
    dict(type='PictureHook')]

log_processor = dict(type='ShortLogProcessor', window_size=10)
visualizer = dict(type='Visualizer', vis_backends=[dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')])
