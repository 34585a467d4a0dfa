"""``LesionRunner``: mmengine's Runner, stricter, quieter, and with hooks of its own."""
import torch
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from lopm.datasets import sampler  # noqa: F401  registers EpochSampler
from lopm.engine import amp, progress  # noqa: F401  registers BFloat16OptimWrapper and ShortLogProcessor
from lopm.engine.iterations import fit_to_loop
from lopm.engine.log import import_quietly, show_less
from lopm.engine.processes import init_processes
from lopm.engine.resuming import forestall, settings, settle
from lopm.weights import check_fits, read_checkpoint, weights_of
from lopm.workers import end_with_parent


class LesionRunner(Runner):
    """mmengine's Runner, but a checkpoint either fits the model or is refused, and its log shows less than its file
    holds; and with hooks of its own."""

    @classmethod
    def from_cfg(cls, cfg):
        return super().from_cfg(fit_to_loop(cfg))

    def register_hooks(self, default_hooks=None, custom_hooks=None):
        super().register_hooks(default_hooks, custom_hooks)
        if 'FiniteStepsHook' not in {type(hook).__name__ for hook in self.hooks}:
            self.register_hook(dict(type='FiniteStepsHook'))
        if hasattr(unwrap(self.model), 'weighing'):
            self.register_hook(dict(type='BalancingHook'))
        if self.cfg.get('tasks'):
            self.register_hook(dict(type='OverviewHook'))

    def build_logger(self, *args, **kwargs):
        return show_less(super().build_logger(*args, **kwargs))

    @staticmethod
    def build_dataloader(dataloader, seed=None, diff_rank_seed=False):
        """Its worker processes end with this one, however it ends."""
        loader = Runner.build_dataloader(dataloader, seed, diff_rank_seed)
        if loader.num_workers and not isinstance(loader.worker_init_fn, Worker):
            loader.worker_init_fn = Worker(loader.worker_init_fn)
        return loader

    def wrap_model(self, model_wrapper_cfg, model):
        """Convolutions are faster in the channels-last layout, by a sixth on a CPU, and compute the same."""
        return super().wrap_model(model_wrapper_cfg, model.to(memory_format=torch.channels_last))

    def load_checkpoint(self, filename, map_location='cpu', **_):
        checkpoint = read_checkpoint(filename, map_location)
        if self._resume and 'optimizer' not in checkpoint:
            raise ValueError(f'{filename} holds weights alone, no state to resume from; give last.pth')
        model = unwrap(self.model)
        check_fits(model, weights_of(checkpoint), filename)
        checkpoint.setdefault('state_dict', weights_of(checkpoint))  # where the EMA hook looks for them
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        model.load_state_dict(weights_of(checkpoint))
        self._has_loaded = True
        self.logger.info(f'Loaded {filename}')
        if self._resume:
            self.resumed = forestall(checkpoint, self)
        return checkpoint

    def resume(self, filename, *args, **kwargs):
        fresh = settings(self.optim_wrapper)
        super().resume(filename, *args, **kwargs)
        settle(self, self.resumed, fresh, filename)


class Worker:
    """What a data worker does first; can be sent to a spawned one.

    Args:
        then: What mmengine would have it do, called with the worker's number; None: nothing.
    """

    def __init__(self, then):
        self.then = then

    def __call__(self, number):
        end_with_parent()
        if self.then:
            self.then(number)


def unwrap(model):
    """The model itself, without the wrapper of a distributed run."""
    return model.module if is_model_wrapper(model) else model


def build_runner(cfg, launcher='none'):
    """A ``LesionRunner``; with a launcher, as one of several processes, on GPUs or on CPUs."""
    # Data workers pass a batch as some seventy tensors. With a file descriptor for each, torch's default, a batch of 8
    # photographs takes 50 ms of the training process; with file names 5.
    torch.multiprocessing.set_sharing_strategy('file_system')
    import_quietly()
    init_processes(launcher)
    cfg.launcher = launcher
    if launcher != 'none' and not torch.cuda.is_available():
        cfg.model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None, broadcast_buffers=False)
    return LesionRunner.from_cfg(cfg)
