"""Trainings in several processes, on CPUs, as a user starts them."""
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lopm.weights import read_checkpoint

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONFIG = HERE / 'toy_config.py'


def check_run(status, output, work_dir, steps=3):
    """Two ranks share an epoch of 24 photographs in batches of 4: half the steps of one process."""
    assert status == 0, output
    assert f'Epoch(train) [2][{steps}/{steps}]' in output and 'Traceback' not in output
    assert read_checkpoint(work_dir / 'last.pth')['meta']['iter'] == 2 * steps


def free_port():
    with socket.socket() as any_port:
        any_port.bind(('127.0.0.1', 0))
        return str(any_port.getsockname()[1])


def test_two_gloo_ranks_train_on_a_cpu(run_tool, tmp_path):
    status, output = run_tool(ROOT / 'tools/dist_train.sh', CONFIG, 2, '--work-dir', tmp_path / 'run', '--cfg-options',
                              'train_cfg.max_epochs=2', MASTER_PORT=free_port(), CUDA_VISIBLE_DEVICES='')
    check_run(status, output, tmp_path / 'run')


def test_a_launcher_without_its_environment_says_what_to_do(run_tool):
    status, output = run_tool(sys.executable, ROOT / 'tools/train.py', CONFIG, '--launcher', 'slurm')
    assert status and 'start with tools/slurm_train.sh' in output


@pytest.fixture
def slurm(tmp_path):
    """A Slurm of one node; the path of its configuration."""
    if os.environ.get('SLURM_CONF'):
        yield os.environ['SLURM_CONF']
        return
    if not shutil.which('slurmctld') or os.geteuid():
        pytest.skip('no Slurm here: as root, apt-get install --no-install-recommends slurm-wlm munge')
    script = ROOT / '.ci/slurm.sh'
    subprocess.run([script, 'up', tmp_path / 'slurm'], check=True, timeout=600)
    yield str(tmp_path / 'slurm/slurm.conf')
    subprocess.run([script, 'down', tmp_path / 'slurm'], check=True, timeout=600)


def test_a_slurm_job_of_two_processes_trains(slurm, run_tool, tmp_path):
    status, output = run_tool(ROOT / 'tools/slurm_train.sh', 'cpu', 'toy', CONFIG, '--work-dir', tmp_path / 'run',
                              '--cfg-options', 'train_cfg.max_epochs=2', SLURM_CONF=slurm, PROCESSES='2',
                              CPUS_PER_TASK='1', SRUN_ARGS='--time=5', CUDA_VISIBLE_DEVICES='')
    check_run(status, output, tmp_path / 'run')
