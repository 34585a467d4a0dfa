import functools

import mmengine.optim.optimizer.amp_optimizer_wrapper as amp
import pytest
import torch

from lopm.arguments import Stopped
from lopm.engine.finite import not_finite
from lopm.engine.launch import build_runner, resume_from
from lopm.weights import read_checkpoint
from tests.engine.test_processes import CONFIG, ROOT, free_port

ONE_EPOCH = 'train_cfg.max_epochs=1'
LOADS = 'train_dataloader.dataset.'


def log_of(tmp_path):
    return ''.join(path.read_text() for path in sorted(tmp_path.glob('*/*.log')))


def steps_taken(checkpoint):
    return {int(each['step']) for each in checkpoint['optimizer']['state'].values()}


@pytest.mark.parametrize('what', ['nan_points', 'nan_losses'])
def test_a_step_that_is_not_finite_leaves_nothing_behind(toy_config, tmp_path, what):
    build_runner(toy_config(ONE_EPOCH, f'{LOADS}{what}=[5]', 'default_hooks.logger.interval=6')).train()
    last = read_checkpoint(tmp_path / 'last.pth')
    assert not not_finite({key: last[key] for key in ('state_dict', 'ema_state_dict', 'optimizer')})
    assert steps_taken(last) == {5} and int(last['ema_state_dict']['steps']) == 5
    assert int(last['state_dict']['layers.1.num_batches_tracked']) == 5  # BatchNorm saw the batch, and forgot it
    log = log_of(tmp_path)
    assert log.count('is not finite (label.loss nan') == 1 and '1 steps of this run were skipped' in log


def test_all_finite_steps_are_those_of_a_run_without_the_hook(toy_config, tmp_path, monkeypatch):
    with_hook = build_runner(toy_config()).train().state_dict()
    monkeypatch.setattr('lopm.engine.finite.FiniteStepsHook.before_train', lambda *_: None)
    monkeypatch.setattr('lopm.engine.finite.FiniteStepsHook.before_train_iter', lambda *_, **__: None)
    monkeypatch.setattr('lopm.engine.finite.FiniteStepsHook.after_train_iter', lambda *_, **__: None)
    for name, value in build_runner(toy_config()).train().state_dict().items():
        assert value.equal(with_hook[name])


def test_some_in_a_row_stop_the_run_and_no_checkpoint_is_touched(toy_config, tmp_path):
    build_runner(toy_config(ONE_EPOCH)).train()
    before = {name: (tmp_path / name).read_bytes() for name in ('last.pth', 'best.pth')}
    cfg = toy_config(f'{LOADS}nan_points={list(range(24))}'.replace(' ', ''))
    cfg.custom_hooks.append(dict(type='FiniteStepsHook', most_in_row=3))
    resume_from(cfg)
    with pytest.raises(Stopped, match=r'4 steps in a row were skipped: step 10 is not finite \(label.loss nan'):
        build_runner(cfg).train()
    assert before == {name: (tmp_path / name).read_bytes() for name in before}


def test_a_step_is_all_its_batches_where_gradients_are_accumulated(toy_config, tmp_path):
    cfg = toy_config(ONE_EPOCH, f'{LOADS}nan_losses=[5]', 'optim_wrapper.accumulative_counts=3')
    build_runner(cfg).train()
    assert steps_taken(read_checkpoint(tmp_path / 'last.pth')) == {1}


def test_overflow_while_a_scale_is_searched_is_no_fault(toy_config, tmp_path, monkeypatch):
    monkeypatch.setattr(amp, 'is_cuda_available', lambda: True)
    monkeypatch.setattr(amp, 'GradScaler', functools.partial(torch.amp.GradScaler, 'cpu'))
    cfg = toy_config(ONE_EPOCH, 'optim_wrapper.type=AmpOptimWrapper', 'optim_wrapper.loss_scale.init_scale=3e38',
                     'optim_wrapper.loss_scale.backoff_factor=0.1')
    cfg.custom_hooks.append(dict(type='FiniteStepsHook', most_in_row=0))
    build_runner(cfg).train()
    taken = steps_taken(read_checkpoint(tmp_path / 'last.pth'))
    assert taken and max(taken) < 6 and 'is not finite' not in log_of(tmp_path)

    cfg = toy_config(ONE_EPOCH, 'optim_wrapper.type=AmpOptimWrapper', f'{LOADS}nan_losses=[5]')
    cfg.custom_hooks.append(dict(type='FiniteStepsHook', most_in_row=0))
    with pytest.raises(Stopped, match='label.loss nan'):
        build_runner(cfg).train()


@pytest.mark.slow
def test_two_ranks_decide_alike(run_tool, tmp_path):
    status, output = run_tool(ROOT / 'tools/dist_train.sh', CONFIG, 2, '--work-dir', tmp_path / 'run', '--cfg-options',
                              ONE_EPOCH, f'{LOADS}nan_losses=[5]', MASTER_PORT=free_port(), CUDA_VISIBLE_DEVICES='')
    assert status == 0, output
    last = read_checkpoint(tmp_path / 'run/last.pth')
    assert steps_taken(last) == {2} and '1 in a row, 10 may be' in output


def test_weights_that_are_not_finite_are_not_saved(toy_config, tmp_path):
    runner = build_runner(toy_config('train_cfg.max_epochs=2'))
    save = type(runner).save_checkpoint

    def spoil(*args, **kwargs):
        if runner.epoch == 2:
            runner.model.layers[0].weight.data[0, 0] = float('inf')
        save(runner, *args, **kwargs)
    runner.save_checkpoint = spoil
    with pytest.raises(Stopped, match=r'1 tensors are not finite \(.*layers.0.weight.*keeps what was saved before'):
        runner.train()
    assert read_checkpoint(tmp_path / 'last.pth')['meta']['epoch'] == 1


def test_a_score_that_is_not_known_is_named_once_and_the_others_judge(toy_config, tmp_path, monkeypatch):
    from tests.engine import toy
    monkeypatch.setattr(toy.ToyMetric, 'compute_metrics', lambda self, results: {
        'accuracy': sum(results) / len(results), 'auroc': float('nan')})
    cfg = toy_config('default_hooks.checkpoint.monitor=[toy/accuracy,toy/auroc]')
    build_runner(cfg).train()
    assert log_of(tmp_path).count('toy/auroc is not known on this validation part') == 1
    assert read_checkpoint(tmp_path / 'best.pth')['message_hub']['runtime_info']['best_value'] > 0


def test_where_no_score_is_known_there_is_no_best(toy_config, tmp_path, monkeypatch):
    from tests.engine import toy
    monkeypatch.setattr(toy.ToyMetric, 'compute_metrics', lambda self, results: {'accuracy': float('nan')})
    build_runner(toy_config()).train()
    assert not (tmp_path / 'best.pth').exists() and (tmp_path / 'last.pth').is_file()
    assert 'nothing is left to judge by, best.pth is not written' in log_of(tmp_path)


def test_the_shipped_config_names_the_number():
    from mmengine.config import Config
    hooks = Config.fromfile(ROOT / 'configs/multitask.py').custom_hooks
    assert [hook['most_in_row'] for hook in hooks if hook['type'] == 'FiniteStepsHook'] == [10]
