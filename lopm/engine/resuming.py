"""Going on from a checkpoint by the config of today: what differs is said and holds from here on, or is refused.

mmengine takes the schedule, the rates and the seed out of the checkpoint, whatever the config says: epochs that were
added train at the end of the old schedule, at a rate of nothing.
"""
import json

SCHEDULE = ('optim_wrapper', 'param_scheduler', 'train_cfg', 'auto_scale_lr')
JUDGING = ('judged_by', 'monitor', 'min_delta')  # a best score was measured with them
FIXED = ('optim_wrapper.optimizer.type', 'train_cfg.type', 'train_dataloader.batch_size')
# What changes nothing of a training: where it is written, how it is shown, who computes it.
ASIDE = ('work_dir', 'load_from', 'resume', 'launcher', 'experiment_name', 'env_cfg', 'model_wrapper_cfg', 'visualizer',
         'vis_backends', 'log_processor', 'log_level', 'default_hooks.logger', 'test_dataloader', 'test_cfg',
         'test_evaluator')
WORKERS = ('num_workers', 'persistent_workers', 'pin_memory', 'prefetch_factor')
SHOWN = 8
NEW_RUN = 'To start anew from its weights: --cfg-options load_from={} and another --work-dir, without --resume'


def as_text(cfg):
    """A config as json, to be kept in a checkpoint, from where it is read without running code."""
    return json.dumps(cfg.to_dict(), default=str)


def differences(was, now):
    """``{key: (value then, value now)}`` of two configs as json, without what changes nothing of a training.

    A value that the config hands to several places (``lopm.engine.parts.hand_out``) is named at the first.
    """
    was, now = flatten(json.loads(was)), flatten(json.loads(now))
    found = {}
    for key in sorted(was.keys() | now.keys(), key=lambda key: (key.count('.'), key)):
        values = was.get(key), now.get(key)
        seen = [k for k, v in found.items() if v == values and last(k) == last(key)]
        if values[0] != values[1] and not seen and not key.startswith(ASIDE) and last(key) not in WORKERS:
            found[key] = values
    return found


def flatten(value, key=''):
    """``{dotted key: plain value}``; members of a list go by their type or name where they have one."""
    if isinstance(value, dict) and value:
        items = value.items()
    elif isinstance(value, list) and any(isinstance(each, (dict, list)) for each in value):
        items = {_name(each, i): each for i, each in enumerate(value)}.items()
    else:
        return {key: value}
    return {name: each for part, inner in items for name, each in flatten(inner, f'{key}.{part}'.strip('.')).items()}


def _name(member, position):
    return str((isinstance(member, dict) and (member.get('name') or member.get('type'))) or position)


def last(key):
    return key.rpartition('.')[2]


def describe(found):
    """What differs, in words."""
    said = [f'{key} was {was!r} and is {now!r}' for key, (was, now) in list(found.items())[:SHOWN]]
    return '; '.join(said) + (f'; and {len(found) - SHOWN} more' if len(found) > SHOWN else '')


def forestall(checkpoint, runner):
    """Keep mmengine from taking the seed out of a checkpoint, and from warning of metainfo that is the same.

    It compares pickles, in which a config's dict differs from the plain one of a checkpoint. Returns the checkpoint.
    """
    meta, own = checkpoint['meta'], getattr(runner.train_dataloader.dataset, 'metainfo', None)
    if as_plain(meta.get('dataset_meta')) == as_plain(own):
        meta['dataset_meta'] = own
    if (runner.cfg.get('randomness') or {}).get('seed') is not None:
        meta['seed'] = runner.cfg.randomness.seed
    return checkpoint


def as_plain(value):
    return json.dumps(value, default=str, sort_keys=True)


def settle(runner, checkpoint, fresh, source):
    """Let the config of today hold in a runner that mmengine has resumed.

    Args:
        checkpoint: What was read.
        fresh: ``settings`` of the optimizer before.
        source: Name of the checkpoint.

    Raises:
        ValueError: The steps of the checkpoint are of another kind or number than those of the config.
    """
    was = checkpoint['meta'].get('config_json')
    found = differences(was, as_text(runner.cfg)) if was else {}
    refuse_other_steps(runner, found, source)
    if found:
        runner.logger.warning(f'The config is not that of {source}, and holds from here on: {describe(found)}.')
    if any(last(key) in JUDGING or key.startswith('val_evaluator') for key in found):
        for key in ('best_value', 'early_stopping'):
            runner.message_hub.runtime_info.pop(key, None)
        runner.logger.warning('The best score so far was measured otherwise and is forgotten.')
    if was is None or any(key.startswith(SCHEDULE) for key in found):
        follow_schedule(runner, fresh)
    if runner.epoch > runner.max_epochs or runner.iter > runner.max_iters:
        runner.logger.warning(f'{source} has trained longer than train_cfg says; nothing is left to train.')


def refuse_other_steps(runner, found, source):
    fixed = {key: found[key] for key in FIXED if key in found}
    if fixed:
        raise ValueError(f'{source} cannot be resumed with another kind of step: {describe(fixed)}. Put it back. '
                         + NEW_RUN.format(source))
    length = len(runner.train_dataloader)
    if runner.epoch and runner.iter != runner.epoch * length:
        raise ValueError(f'{source} comes from epochs of {runner.iter / runner.epoch:g} steps, and an epoch has '
                         f'{length} now: the training part, its batch size or the number of processes is another. '
                         'Put it back. ' + NEW_RUN.format(source))


def settings(wrapper):
    """Rates, decays and the like of every group of an optimizer wrapper, as its config says."""
    return [{key: value for key, value in group.items() if key != 'params'} for group in wrapper.param_groups]


def follow_schedule(runner, fresh):
    """Build the schedule of the config, and go through it up to where the run is."""
    for group, own in zip(runner.optim_wrapper.param_groups, fresh):
        group.update(own)
        group.update({key: group[f'initial_{key}'] for key in own if f'initial_{key}' in group})
    if not runner.param_schedulers:
        return
    runner.param_schedulers = schedulers = runner.build_param_scheduler(runner.cfg.param_scheduler)
    if any(getattr(each, 'need_val_args', False) for each in schedulers):
        raise ValueError('param_scheduler: a schedule that follows scores cannot be changed in a run that is resumed')
    runner.optim_wrapper._global_step = runner.iter  # else mmengine warns that no step was taken before
    for step in range(1, runner.iter + 1):
        over = runner.epoch and step % (runner.iter // runner.epoch) == 0
        for each in schedulers:
            if over or not each.by_epoch:
                each.step()
