"""From a config file to a training: what tools and notebooks begin with."""
import os
from contextlib import nullcontext
from pathlib import Path

import torch

from lopm.datasets.splits import check_parts
from lopm.engine.checks import near_names
from lopm.engine.config import load_config
from lopm.engine.parts import PARTS, annotations
from lopm.engine.processes import init_processes
from lopm.engine.runner import build_runner
from lopm.files import sole_run

__all__ = ['build_runner', 'check_data', 'load_config', 'resume_from', 'train', 'use_amp']


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
