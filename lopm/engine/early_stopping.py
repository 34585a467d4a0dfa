"""Stops a run that no longer gets better."""
import math

from mmengine.hooks import Hook

from lopm.engine.iterations import position, unit
from lopm.engine.monitor import is_better, monitored
from lopm.registry import HOOKS
from lopm.wording import in_words

STATE = 'early_stopping'  # where the message hub, and with it the checkpoint, keeps it


@HOOKS.register_module()
class ResumableEarlyStoppingHook(Hook):
    """Stops when the best validation lies ``patience`` epochs back, however many epochs apart validations are.

    Validations count in the place of epochs where the loop counts steps. Unlike mmengine's hook it remembers over a
    resume how long it has waited, and that it has stopped.

    Args:
        monitor: A metric, or several whose mean counts, of those that are known; larger is better.
        min_delta: What counts as an improvement.
    """

    priority = 'LOW'

    def __init__(self, monitor, patience, min_delta=0.):
        self.monitor = monitor
        self.patience = patience
        self.min_delta = min_delta

    def before_train(self, runner):
        self.state = runner.message_hub.runtime_info.get(STATE, dict(best=None, epoch=0, waited=0))
        self.stop_if_due(runner)

    def after_val_epoch(self, runner, metrics=None):
        value = monitored(metrics, self.monitor)
        if math.isnan(value) and self.state['best'] is None:
            return  # nothing to wait for
        if is_better(value, self.state['best'], self.min_delta):
            self.state = dict(best=value, epoch=position(runner))
        self.state = {**self.state, 'waited': position(runner) - self.state['epoch']}
        runner.message_hub.update_info(STATE, self.state)
        self.stop_if_due(runner)

    def stop_if_due(self, runner):
        """Judged at validations alone, so that a run resumed between two of them goes on to the next."""
        if self.state['waited'] >= self.patience:
            runner.train_loop.stop_training = True
            runner.logger.info(f'Stopping early: {in_words(self.monitor)} was not above {self.state["best"]} in the '
                               f'last {self.state["waited"]} {unit(runner)}.')
