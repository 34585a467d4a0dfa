"""AdamW; a warm-up of 50 steps and a cosine down to nothing; validation after every epoch."""
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=12)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05, fused=True),
    # A meta head has few weights and probabilities to read: at the network's rate it would hardly leave zero.
    paramwise_cfg=dict(norm_decay_mult=0., bias_decay_mult=0., custom_keys=dict(
        feature_heads=dict(lr_mult=2.), meta_head=dict(lr_mult=20., decay_mult=0.))),
    clip_grad=dict(max_norm=5.))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, end=50, by_epoch=False),
    dict(type='CosineAnnealingLR', by_epoch=False)]  # to the end of train_cfg
