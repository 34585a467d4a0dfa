"""``BalancingHook``: tells a balancing of losses when a step and when an epoch is over."""
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook

from lopm.datasets.sampler import seed_from
from lopm.engine.finite import was_taken
from lopm.engine.iterations import counts_steps
from lopm.engine.runner import unwrap
from lopm.registry import HOOKS


@HOOKS.register_module()
class BalancingHook(Hook):
    """Calls ``after_step`` and ``after_epoch`` of the model's balancing; ``LesionRunner`` registers it.

    The losses that ``after_step`` may ask for are of the same batch with the same random numbers, without gradient.
    """

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        model = unwrap(runner.model)
        if not was_taken(runner):
            return

        @torch.no_grad()
        def again():
            seed_from(runner.seed, runner.iter, get_rank())
            with runner.optim_wrapper.optim_context(runner.model):
                return model.separate_losses(*model.batch)
        model.weighing.balancing.after_step(again)

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if counts_steps(runner.train_loop) and runner.iter and runner.iter % len(runner.train_dataloader) == 0:
            unwrap(runner.model).weighing.balancing.after_epoch()

    def after_train_epoch(self, runner):
        if not counts_steps(runner.train_loop):
            unwrap(runner.model).weighing.balancing.after_epoch()
