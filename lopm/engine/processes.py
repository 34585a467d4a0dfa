"""One run as several processes: on GPUs or on CPUs, started by torchrun or by Slurm."""
import atexit
import functools
import os
import subprocess

import torch

from lopm.workers import end_with_parent


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
