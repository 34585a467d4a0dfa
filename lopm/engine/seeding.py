"""Seeds every training step, see ``lopm.datasets.sampler``."""
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook

from lopm.datasets.sampler import seed_from
from lopm.registry import HOOKS


@HOOKS.register_module()
class SeedHook(Hook):
    """Gives what is random in the model (dropout, drop path, jitter) a seed from (seed, iteration, rank)."""

    priority = 'VERY_HIGH'

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        seed_from(runner.seed, runner.iter, get_rank())
        if torch.cuda.is_available():
            torch.cuda.manual_seed(torch.initial_seed())
