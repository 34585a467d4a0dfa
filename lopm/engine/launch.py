"""From a config file to a Runner that can start: processes, devices, and checks before any time is spent."""
import atexit
import functools
import os
import subprocess
from contextlib import nullcontext
from pathlib import Path

import mmengine.registry
import torch
from mmengine.config import Config
from mmengine.model import is_model_wrapper
from mmengine.registry import Registry
from mmengine.runner import Runner

import lopm.registry  # noqa: F401  first, so that the loop below leaves its registries alone
from lopm.datasets import sampler  # noqa: F401  registers EpochSampler
from lopm.datasets.config import PARTS, annotations, follow_record, share, use_folder
from lopm.datasets.splits import check_parts
from lopm.engine import amp, progress  # noqa: F401  registers BFloat16OptimWrapper and ShortLogProcessor
from lopm.engine.checks import near_names
from lopm.engine.iterations import fit_to_loop
from lopm.engine.left_out import leave_out
from lopm.engine.log import ignore_meaningless, import_quietly, show_less
from lopm.engine.names import keep_what_is_read, refuse_unread_parts
from lopm.engine.options import apply_options
from lopm.engine.prior import take_prior
from lopm.engine.resuming import forestall, settings, settle
from lopm.engine.weights import check_fits, read_checkpoint, weights_of
from lopm.files import sole_run
from lopm.workers import end_with_parent

WORK_DIRS = 'work_dirs'  # where runs go of which nobody says where

ignore_meaningless()
# mmengine warns at every build from a registry in which the default scope has no child.
for root in list(vars(mmengine.registry).values()):
    if isinstance(root, Registry) and 'lopm' not in root.children:
        Registry(root.name, parent=root, scope='lopm')


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


def load_config(path, work_dir=None, options=(), folder=None, undivided=False, checkpoint=None):
    """The config of a file, changed by ``['key=value', ...]``, checked and completed.

    Args:
        folder, undivided: Parts that stand in for the config's own (``use_folder``).
        checkpoint: A model that was trained by it, whatever the parts: what that was trained without is left out, and
            the test's prior is that of its training.
    """
    cfg = Config.fromfile(path)
    keep_what_is_read(cfg, path, options)
    record = cfg.get('record_fields')
    apply_options(cfg, options)
    refuse_unread_parts(cfg)
    follow_record(cfg, record)
    if folder:
        use_folder(cfg, folder, undivided, options)
    leave_out(cfg, checkpoint)
    if checkpoint:
        take_prior(cfg, checkpoint)
    share(cfg)
    if work_dir or cfg.get('work_dir', WORK_DIRS) == WORK_DIRS:
        cfg.work_dir = str(work_dir or Path(WORK_DIRS) / Path(path).stem)
    return cfg


@near_names()
def train(cfg, launcher='none'):
    """Train, and return the model."""
    check_data(cfg)
    init_processes(launcher)
    with nullcontext() if launcher != 'none' and os.environ['RANK'] != '0' else sole_run(cfg.work_dir):
        return build_runner(cfg, launcher).train()


def check_data(cfg):
    """Refuse parts that share a patient or a photograph, as far as they are made already."""
    datasets = [cfg[f'{part}_dataloader']['dataset'] for part in PARTS if cfg.get(f'{part}_dataloader')]
    files = [annotations(each) for dataset in datasets for each in (dataset, *dataset.get('others', ()))
             if 'ann_file' in each]
    check_parts(file for file in files if Path(file).is_file())


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


@functools.cache  # who trains asks first, and the runner again
def init_processes(launcher):
    """Join the other processes, over gloo where there is no GPU; with GPUs, mmengine does it, over nccl.

    mmengine's own launchers call ``torch.cuda.set_device`` and fail without a GPU.
    """
    if launcher == 'slurm':
        os.environ.update(slurm_environment(os.environ))
    if launcher != 'none':
        atexit.register(leave_processes)
    if 'TORCHELASTIC_RUN_ID' in os.environ:  # torchrun's own children; others may outlive the shell that started them
        end_with_parent()
    if launcher == 'none' or torch.cuda.is_available() or torch.distributed.is_initialized():
        return
    missing = [name for name in ('RANK', 'WORLD_SIZE', 'MASTER_ADDR', 'MASTER_PORT') if name not in os.environ]
    if missing:
        raise RuntimeError(f'--launcher {launcher}: {", ".join(missing)} not set; start with '
                           'tools/dist_train.sh or torchrun')
    torch.distributed.init_process_group('gloo')


def leave_processes():
    """Close what connects the processes.

    Left to the interpreter's end, its threads now and then abort a process that has done its work.
    """
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def slurm_environment(environment):
    """The variables that torch.distributed reads, from those that srun sets."""
    if 'SLURM_PROCID' not in environment:
        raise RuntimeError('--launcher slurm: SLURM_PROCID is not set; start with tools/slurm_train.sh or srun')
    hosts = ['scontrol', 'show', 'hostnames', environment['SLURM_JOB_NODELIST']]
    port = 20000 + int(environment['SLURM_JOB_ID']) % 10000  # two jobs on one node must not meet
    return {'RANK': environment['SLURM_PROCID'], 'WORLD_SIZE': environment['SLURM_NTASKS'],
            'LOCAL_RANK': environment['SLURM_LOCALID'],
            'MASTER_ADDR': environment.get('MASTER_ADDR') or subprocess.check_output(hosts, text=True).split()[0],
            'MASTER_PORT': environment.get('MASTER_PORT', str(port))}


def use_amp(cfg):
    """Mixed precision: float16 with loss scaling on a GPU, bfloat16 on a CPU."""
    cfg.optim_wrapper.type = 'AmpOptimWrapper' if torch.cuda.is_available() else 'BFloat16OptimWrapper'


def resume_from(cfg, checkpoint=None):
    """Go on from a checkpoint; without one from the last of the work directory, or from the start if there is none.

    Says in words what it will do.
    """
    checkpoint = Path(checkpoint or Path(cfg.work_dir) / 'last.pth')
    if checkpoint.is_file():
        cfg.load_from, cfg.resume = str(checkpoint), True
        return f'Resuming from {checkpoint}'
    return f'Nothing to resume in {cfg.work_dir}: starting from the beginning'
