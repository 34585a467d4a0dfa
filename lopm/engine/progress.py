"""What the log says while a model trains."""
import math
import re

import torch
from mmengine.dist import all_reduce, get_world_size
from mmengine.hooks import Hook
from mmengine.registry import LOG_PROCESSORS
from mmengine.runner import LogProcessor

from lopm.registry import HOOKS


@LOG_PROCESSORS.register_module()
class ShortLogProcessor(LogProcessor):
    """Shows of each validation the few metrics that matter, of a test all, as far as they are known.

    Args:
        shown: Regular expression of the names that are shown.
    """

    def __init__(self, shown=r'outline/jaccard|[^/]+/(auroc|r2)', **kwargs):
        super().__init__(**kwargs)
        self.shown = re.compile(shown)

    def get_log_after_epoch(self, runner, batch_idx, mode, with_non_scalar=False):
        values, line = super().get_log_after_epoch(runner, batch_idx, mode, with_non_scalar)
        if mode == 'val':
            shown = [f'{name}: {value:.3f}' for name, value in values.items()
                     if self.shown.fullmatch(name) and not math.isnan(value)]
            where = f'Epoch(val) [{runner.epoch}]' if self.by_epoch else f'Iter(val) [{runner.iter}]'
            line = f'{where}  ' + '  '.join(shown)
        if mode == 'test':
            known = [f'  {name:45} {value:.4f}' for name, value in values.items() if is_score(name, value)]
            line = '\n'.join(['Scores, as far as they are known:', *known])
        return values, line


def is_score(name, value):
    """Whether a value of a test says something of the model: no time, nothing unknown, no task without a label."""
    return not (name in ('time', 'data_time') or math.isnan(value) or name.endswith('/n') and not value)


@HOOKS.register_module()
class ReduceLogsHook(Hook):
    """Logs the losses of all ranks. A rank's own is only its share of the mean over all of them."""

    priority = 'HIGHEST'  # before what is logged is taken note of

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if get_world_size() > 1:
            values = torch.stack([value.detach() for value in outputs.values()])
            all_reduce(values, 'mean')
            outputs.update(zip(outputs, values))
