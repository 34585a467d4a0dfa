"""A step whose loss or gradients are not finite is not taken, and leaves nothing behind.

Optimizers pass over parameters without a gradient. So a hook of the optimizer, called when gradients are complete
(reduced over ranks, unscaled, clipped), drops them all where something is not finite: no decay, no moment, no count.
The buffers of the model (statistics of norms, state of a balancing), which the forward pass has moved, are put back.
"""
import torch
from mmengine.dist import all_reduce
from mmengine.hooks import EMAHook as MMEngineEMAHook
from mmengine.hooks import Hook
from torch.nn.utils import get_total_norm

from lopm.arguments import Stopped
from lopm.engine.runner import unwrap
from lopm.registry import HOOKS


@HOOKS.register_module()
class FiniteStepsHook(Hook):
    """Skips training steps that are not finite, says so, and stops the run when too many come in a row.

    All ranks decide alike. Costs one look at the gradients a step, and one wait for the device. Where float16 scales
    the loss, gradients that overflow are the search for a scale, and no fault, as long as the scale is above 1.
    ``LesionRunner`` registers it; a config names it to change the number.

    Args:
        most_in_row: Steps in a row that may be skipped; one more ends the run.
    """

    priority = 5  # after ``ReduceLogsHook``, before what is logged is taken note of

    def __init__(self, most_in_row=10):
        self.most_in_row = most_in_row
        self.in_row = self.skipped = 0
        self.begin()

    def begin(self):
        """A new step: nothing is known of it. ``taken``: whether it was; None: not over, or not judged."""
        self.begun, self.loss, self.taken = False, 0., None

    def before_train(self, runner):
        model = unwrap(runner.model)
        self.buffers = list(model.buffers())
        self.kept = [buffer.clone() for buffer in self.buffers]
        model.register_forward_hook(self._note_loss)
        runner.optim_wrapper.optimizer.register_step_pre_hook(self._judge)

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if not self.begun:  # not in the middle of a step, where gradients are accumulated
            torch._foreach_copy_(self.kept, self.buffers)
            self.begun = True

    def _note_loss(self, model, args, output):
        """Sums what will be summed, over the batches of a step where gradients are accumulated."""
        if model.training and isinstance(output, dict):
            self.loss = self.loss + sum(mean_of(value) for name, value in output.items() if 'loss' in name)

    def _judge(self, optimizer, *_):
        parameters = [each for group in optimizer.param_groups for each in group['params'] if each.grad is not None]
        norm = get_total_norm([each.grad for each in parameters])
        self.taken = on_all_ranks(norm.isfinite() & self._loss_is_finite(norm.device))
        if not self.taken:
            for each in parameters:
                each.grad = None

    def _loss_is_finite(self, device):
        return torch.as_tensor(self.loss, device=device).isfinite()

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if self.taken is None and runner.optim_wrapper.should_update():
            self.taken = False  # a gradient scaler has passed over the optimizer
        runner.step_taken = self.taken is not False
        if self.taken:
            self.in_row = 0
        elif self.taken is False:
            torch._foreach_copy_(self.buffers, self.kept)
            if not self._searches_scale(runner.optim_wrapper):
                self._count(runner, outputs)
            outputs.clear()  # else the means that are logged would be nan for many steps
        if self.taken is not None:
            self.begin()

    def _searches_scale(self, wrapper):
        scaler = getattr(wrapper, 'loss_scaler', None)
        return scaler is not None and on_all_ranks(self._loss_is_finite('cpu')) and scaler.get_scale() > 1

    def _count(self, runner, outputs):
        self.in_row += 1
        self.skipped += 1
        what = f'step {runner.iter + 1} is not finite ({describe(outputs)})'
        if self.in_row > self.most_in_row:
            raise Stopped(f'{self.in_row} steps in a row were skipped: {what}. The checkpoints hold the weights from '
                          'before. Lower optim_wrapper.optimizer.lr, train without --amp, or look at that task\'s '
                          'loss and labels; then start anew, or go on with --resume')
        runner.logger.warning(f'Skipped: {what}; {self.in_row} in a row, {self.most_in_row} may be.')

    def after_train(self, runner):
        if self.skipped:
            runner.logger.warning(f'{self.skipped} steps of this run were skipped, since they were not finite.')


@HOOKS.register_module()
class EMAHook(MMEngineEMAHook):
    """mmengine's, except that a step that was not taken does not count."""

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if was_taken(runner):
            super().after_train_iter(runner, batch_idx, data_batch, outputs)


def was_taken(runner):
    """Whether the last training step was taken."""
    return getattr(runner, 'step_taken', True)


def mean_of(loss):
    """The value of a loss, which may be a list, as mmengine sums it."""
    return sum(map(mean_of, loss)) if isinstance(loss, (list, tuple)) else loss.detach().float().mean()


def on_all_ranks(flag):
    """Whether a flag ``[]`` holds on every rank."""
    flag = flag.float()
    all_reduce(flag, 'min')
    return bool(flag)


def describe(outputs):
    """Which losses are not finite, in words."""
    bad = {name: float(value) for name, value in outputs.items() if 'loss' in name and not value.isfinite()}
    if len(bad) > 1:
        bad.pop('loss', None)  # the sum of the others
    return ', '.join(f'{name} {value}' for name, value in bad.items()) or 'gradients, while all losses are finite'


def not_finite(state):
    """Names of the tensors of a state dict, nested or not, that hold nan or infinity."""
    if torch.is_tensor(state):
        return [] if not state.is_floating_point() or state.isfinite().all() else ['']
    items = state.items() if isinstance(state, dict) else enumerate(state) if isinstance(state, (list, tuple)) else ()
    return [f'{key}.{name}'.rstrip('.') for key, value in items for name in not_finite(value)]
