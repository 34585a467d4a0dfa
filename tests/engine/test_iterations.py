"""Loops that count steps: saved, stopped early, resumed and logged like loops that count epochs."""
import json
import sys

import pytest

from lopm.engine.iterations import fit_to_loop
from lopm.engine.launch import build_runner, load_config, resume_from
from lopm.weights import read_checkpoint
from tests.engine.test_processes import CONFIG, ROOT

LOOP = ['train_cfg.type=IterBasedTrainLoop', 'train_cfg.max_iters=20', 'train_cfg.val_interval=4']


def test_a_run_by_steps_leaves_what_a_run_by_epochs_leaves(toy_config, tmp_path):
    runner = build_runner(toy_config(*LOOP))
    runner.train()
    last = read_checkpoint(tmp_path / 'last.pth')
    assert last['meta']['iter'] == 20 and (tmp_path / 'best.pth').is_file()
    lines = [json.loads(line) for line in open(f'{runner.log_dir}/vis_data/scalars.json')]
    assert [line['step'] for line in lines if 'toy/accuracy' in line] == [4, 8, 12, 16, 20]
    assert runner.optim_wrapper.param_groups[-1]['lr'] < 1e-3  # the schedule ends with the loop, not with an epoch
    log = open(f'{runner.log_dir}/{runner.timestamp}.log').read()
    assert 'Iter(train) [20/20]' in log and 'Iter(val) [8]' in log and 'it will be restarted' not in log


@pytest.mark.parametrize('sampler', ['EpochSampler', 'InfiniteSampler', 'DefaultSampler'])
def test_photographs_come_epoch_after_epoch_and_are_augmented_anew(toy_config, sampler):
    cfg = toy_config(*LOOP, f'train_dataloader.sampler.type={sampler}', 'train_dataloader.sampler.shuffle=True')
    loader = build_runner(cfg).train_loop.dataloader
    items = [item for item, _ in zip(loader.sampler, range(60))]
    assert [epoch for epoch, _ in items] == [0] * 24 + [1] * 24 + [2] * 12
    orders = [[index for epoch, index in items if epoch == each] for each in (0, 1)]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(24)) and orders[0] != orders[1]
    loader.sampler.skip(30)
    assert [item for item, _ in zip(loader.sampler, range(30))] == items[30:]


def test_patience_counts_validations(toy_config, tmp_path, monkeypatch):
    from tests.engine import toy
    monkeypatch.setattr(toy.ToyMetric, 'compute_metrics', lambda self, results: {'accuracy': 0.5})
    cfg = toy_config(*LOOP)
    next(hook for hook in cfg.custom_hooks if hook.type == 'ResumableEarlyStoppingHook').patience = 2
    build_runner(cfg).train()
    assert read_checkpoint(tmp_path / 'last.pth')['meta']['iter'] == 12


def test_a_longer_run_follows_the_longer_schedule(toy_config, tmp_path):
    build_runner(toy_config(*LOOP)).train()
    cfg = toy_config(*LOOP, 'train_cfg.max_iters=30')
    resume_from(cfg)
    resumed = build_runner(cfg)
    resumed.train()
    whole = build_runner(toy_config(*LOOP, 'train_cfg.max_iters=30'))
    whole.train()
    assert [group['lr'] for group in resumed.optim_wrapper.param_groups] == [
        group['lr'] for group in whole.optim_wrapper.param_groups]


def test_a_killed_and_resumed_run_by_steps_is_the_undisturbed_one(run_tool, tmp_path):
    status, output = run_tool(
        sys.executable, ROOT / 'benchmarks/kill_resume.py', CONFIG, '--kills', 2, '--work-dir', tmp_path / 'runs',
        '--cfg-options', *LOOP, 'train_cfg.max_iters=60', 'train_dataloader.dataset.slow=0.05')
    assert status == 0 and output.endswith('bit-identical\n'), output
    assert 'Advance dataloader' in (tmp_path / 'runs/killed.log').read_text()


def test_a_schedule_in_epochs_is_refused():
    cfg = load_config(CONFIG, options=LOOP)
    cfg.param_scheduler = [dict(type='StepLR', step_size=3)]
    with pytest.raises(ValueError, match='param_scheduler counts epochs.*by_epoch=False'):
        fit_to_loop(cfg)
