import json

import pytest
import torch

from lopm.engine.launch import build_runner, resume_from
from lopm.engine.resuming import differences
from lopm.weights import read_checkpoint


def log_of(runner):
    return open(f'{runner.log_dir}/{runner.timestamp}.log').read()


def rates(runner):
    return [group['lr'] for group in runner.optim_wrapper.param_groups]


def logged_rates(runner, steps):
    """Those of a run that has just ended; runs that begin in one second share a file."""
    lines = [json.loads(line) for line in open(f'{runner.log_dir}/vis_data/scalars.json')]
    return [line['base_lr'] for line in lines if 'lr' in line][-steps:]


@pytest.fixture
def resumed(toy_config):
    """Train two epochs of three, or what the first options say, and go on with other options."""
    def run(first=(), then=()):
        build_runner(toy_config('train_cfg.max_epochs=2', *first)).train()
        cfg = toy_config(*then)
        resume_from(cfg)
        runner = build_runner(cfg)
        runner.train()
        return runner
    return run


def test_longer_training_follows_the_longer_schedule(resumed, toy_config, tmp_path):
    runner = resumed(then=['train_cfg.max_epochs=4'])
    assert 'train_cfg.max_epochs was 2 and is 4' in log_of(runner)
    said = logged_rates(runner, 12)
    whole = build_runner(toy_config('train_cfg.max_epochs=4'))
    logged = []
    whole.call_hook = lambda name, *_, call=whole.call_hook, **__: (
        logged.append(rates(whole)) if name == 'before_train_iter' else None, call(name, *_, **__))
    whole.train()
    assert rates(runner) == rates(whole) and runner.iter == 24
    assert said == pytest.approx([step[-1] for step in logged[12:]], rel=1e-9)


def test_another_rate_holds_from_here_on(resumed):
    runner = resumed(['param_scheduler=None'], ['optim_wrapper.optimizer.lr=0.5', 'param_scheduler=None'])
    assert set(rates(runner)) == {0.5}
    assert 'optim_wrapper.optimizer.lr was 0.001 and is 0.5' in log_of(runner)


def test_where_nothing_differs_nothing_is_said_and_the_run_is_the_undisturbed_one(toy_config, tmp_path):
    build_runner(toy_config()).train()
    whole = read_checkpoint(tmp_path / 'last.pth')
    killed = build_runner(toy_config())

    def call_hook(name, *args, **kwargs):
        type(killed).call_hook(killed, name, *args, **kwargs)
        if name == 'after_train_iter' and killed.iter == 14:
            raise KeyboardInterrupt
    killed.call_hook = call_hook
    with pytest.raises(KeyboardInterrupt):
        killed.train()
    again = toy_config()
    resume_from(again)
    runner = build_runner(again)
    runner.train()
    log = log_of(runner)
    assert 'WARNING - The' not in log and 'metainfo' not in log and 'seed' not in log.partition('Loaded')[2]
    last = read_checkpoint(tmp_path / 'last.pth')
    assert all(value.equal(last['state_dict'][name]) for name, value in whole['state_dict'].items())


def test_a_checkpoint_of_before_follows_the_schedule_of_the_config(toy_config, tmp_path):
    build_runner(toy_config('train_cfg.max_epochs=2')).train()
    checkpoint = read_checkpoint(tmp_path / 'last.pth')
    del checkpoint['meta']['config_json']
    torch.save(checkpoint, tmp_path / 'last.pth')
    cfg = toy_config('train_cfg.max_epochs=4')
    resume_from(cfg)
    runner = build_runner(cfg)
    runner.train()
    assert logged_rates(runner, 12)[0] > 1e-4


@pytest.mark.parametrize('options, words', [
    (['train_dataloader.batch_size=6'], 'another kind of step: train_dataloader.batch_size was 4 and is 6'),
    (['optim_wrapper.optimizer.type=SGD', 'optim_wrapper.optimizer.fused=False'], "was 'AdamW' and is 'SGD'"),
    (['train_dataloader.dataset.length=32'], 'epochs of 6 steps, and an epoch has 8 now')])
def test_other_steps_are_refused(resumed, options, words):
    with pytest.raises(ValueError, match=f'{words}.*load_from='):
        resumed(then=options)


def test_a_best_score_that_was_measured_otherwise_is_forgotten(resumed):
    runner = resumed(then=['default_hooks.checkpoint.monitor=[toy/accuracy]'])
    assert 'measured otherwise and is forgotten' in log_of(runner)


def test_another_seed_is_said_and_holds(resumed):
    runner = resumed(then=['randomness.seed=5'])
    assert runner.seed == 5 and 'randomness.seed was 0 and is 5' in log_of(runner)


def test_what_differs_is_named_once_and_by_type():
    def config(classes, folder, patience):
        tasks = [dict(name='color', classes=classes)]
        return json.dumps(dict(tasks=tasks, model=dict(tasks=tasks), work_dir=folder,
                               custom_hooks=[dict(type='A', patience=patience), dict(type='B')]))
    assert differences(config(['a'], 'x', 1), config(['a', 'b'], 'y', 2)) == {
        'tasks.color.classes': (['a'], ['a', 'b']), 'custom_hooks.A.patience': (1, 2)}
