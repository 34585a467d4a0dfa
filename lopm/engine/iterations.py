"""Loops that count steps instead of epochs, as users of mmseg write them.

``train_cfg=dict(_delete_=True, type='IterBasedTrainLoop', max_iters=20000, val_interval=1000)``. What is counted in
epochs elsewhere (patience, when ``last.pth`` is saved) is then counted in validations.
"""
from mmengine.runner import IterBasedTrainLoop


def counts_steps(loop):
    """Whether a loop, or the config of one, counts steps."""
    if isinstance(loop, dict):
        return loop.get('type', '').endswith('IterBasedTrainLoop') or not loop.get('by_epoch', True)
    return isinstance(loop, IterBasedTrainLoop)


def fit_to_loop(cfg):
    """Fit sampler and logs of a config to a loop that counts steps, in place.

    Raises:
        ValueError: A schedule counts epochs.
    """
    loop = cfg.get('train_cfg') or {}
    if not counts_steps(loop):
        return cfg
    loop.pop('max_epochs', None)  # of the file that the config is built on
    if any(each.get('by_epoch', True) for each in as_list(cfg.get('param_scheduler'))):
        raise ValueError(f'param_scheduler counts epochs, and {loop.get("type", "train_cfg")} has none: set '
                         'by_epoch=False, and begin, end and the like in steps')
    sampler = cfg.train_dataloader.sampler
    if sampler.type != 'EndlessSampler':
        cfg.train_dataloader.sampler = dict(type='EndlessSampler', sampler=sampler)
    cfg.log_processor = {**(cfg.get('log_processor') or {}), 'by_epoch': False}
    logger = (cfg.get('default_hooks') or {}).get('logger')
    if logger:
        logger.log_metric_by_epoch = False
    return cfg


def as_list(value):
    return value if isinstance(value, list) else [value] if value else []


def position(runner):
    """How far a run is, in epochs; in validations where its loop counts steps."""
    return runner.iter // runner.train_loop.val_interval if counts_steps(runner.train_loop) else runner.epoch


def unit(runner):
    """What ``position`` counts."""
    return 'validations' if counts_steps(runner.train_loop) else 'epochs'


def place(runner):
    """Where a run is, in words."""
    return f'step {runner.iter}' if counts_steps(runner.train_loop) else f'epoch {runner.epoch}'
