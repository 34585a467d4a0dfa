from types import SimpleNamespace

import pytest
from mmengine.logging import MessageHub, MMLogger

from lopm.engine.early_stopping import ResumableEarlyStoppingHook
from lopm.engine.monitor import is_better, monitored


def new_run(name, saved=None, epoch=0):
    """What the hook needs of a runner, with the message hub of a checkpoint if there is one."""
    hub = MessageHub(name)
    if saved:
        hub.load_state_dict(saved)
    return SimpleNamespace(epoch=epoch, message_hub=hub, train_loop=SimpleNamespace(stop_training=False),
                           logger=MMLogger.get_instance('test'))


def validate(runner, hook, *values, interval=1):
    for value in values:
        runner.epoch += interval
        hook.after_val_epoch(runner, {'score': value})
    return runner.train_loop.stop_training


def hook_for(runner):
    hook = ResumableEarlyStoppingHook('score', patience=3)
    hook.before_train(runner)
    return hook


def test_stops_after_patience_epochs_without_improvement():
    runner = new_run('plain')
    hook = hook_for(runner)
    assert not validate(runner, hook, 0.5, 0.4, 0.5, 0.6, 0.5, 0.6)
    assert validate(runner, hook, 0.3)


def test_patience_is_of_epochs_however_far_apart_validations_are():
    runner = new_run('sparse')
    hook = hook_for(runner)
    assert not validate(runner, hook, 0.5, 0.4, interval=2)
    assert validate(runner, hook, 0.4, interval=2)


def test_a_run_resumed_between_two_validations_goes_on_to_the_next():
    first = new_run('between')
    validate(first, hook_for(first), 0.5, 0.4, interval=2)
    second = new_run('later', first.message_hub.state_dict(), epoch=5)
    hook = hook_for(second)
    assert not second.train_loop.stop_training
    assert not validate(second, hook, 0.6)


def test_nobody_waits_for_what_is_never_known():
    runner = new_run('unknown')
    assert not validate(runner, hook_for(runner), *[float('nan')] * 9)


def test_a_resumed_run_goes_on_waiting():
    first = new_run('first')
    validate(first, hook_for(first), 0.5, 0.4, 0.4)
    second = new_run('second', first.message_hub.state_dict(), epoch=3)
    assert validate(second, hook_for(second), 0.4)


def test_a_run_that_has_stopped_stays_stopped_when_resumed():
    first = new_run('stopped')
    assert validate(first, hook_for(first), 0.5, 0.4, 0.4, 0.4)
    second = new_run('again', first.message_hub.state_dict(), epoch=4)
    hook_for(second)
    assert second.train_loop.stop_training


def test_monitored_takes_means_and_names_the_near_metric():
    metrics = {'outline/jaccard': 0.8, 'diagnosis/auroc': 0.6}
    assert monitored(metrics, 'outline/jaccard') == 0.8
    assert monitored(metrics, ['outline/jaccard', 'diagnosis/auroc']) == pytest.approx(0.7)
    assert monitored({**metrics, 'diagnosis/auroc': float('nan')}, list(metrics)) == 0.8
    assert monitored({'outline/jaccard': float('nan')}, 'outline/jaccard') != 0
    with pytest.raises(ValueError, match="did you mean 'diagnosis/auroc'"):
        monitored(metrics, 'diagnosis/auc')


def test_anything_is_better_than_nothing_and_nan_is_not_better():
    nan = float('nan')
    assert is_better(0.1, None) and is_better(0.1, nan)
    assert not is_better(nan, 0.1) and not is_better(nan, None)
    assert not is_better(0.11, 0.1, min_delta=0.05)
