"""Short trainings of the toy model, in this process and in others."""
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HANGS = 900  # seconds


@pytest.fixture
def toy_config(tmp_path):
    """The toy config for ``tmp_path``, changed by ``key=value`` options, without worker processes."""
    from lopm.engine.launch import load_config

    def load(*options):
        alone = ('train_dataloader.num_workers=0', 'train_dataloader.persistent_workers=False')
        cfg = load_config(HERE / 'toy_config.py', tmp_path, alone + options)
        cfg.experiment_name = f'{tmp_path.name}_{len(os.listdir(tmp_path))}'  # mmengine keeps state by this name
        return cfg

    return load


@pytest.fixture
def run_tool(tmp_path):
    """Run a command as a user would, from another folder; its exit status and output.

    One that hangs is ended after a quarter of an hour, and says where each of its processes was.
    """
    def run(*command, **environment):
        bin_dir = os.path.dirname(sys.executable)
        env = {**os.environ, 'PYTHONPATH': str(ROOT), 'OMP_NUM_THREADS': '1', 'PATH': f'{bin_dir}:{os.environ["PATH"]}',
               'PYTHONFAULTHANDLER': '1', **environment}
        process = subprocess.Popen([str(part) for part in command], env=env, cwd=tmp_path, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            output = process.communicate(timeout=HANGS)[0]
            return process.returncode, output
        except subprocess.TimeoutExpired:
            for each in reversed(descendants(process.pid)):  # those who start others end them
                send(each, signal.SIGABRT)  # faulthandler writes the stack of every thread
            return 'hangs', process.communicate(timeout=60)[0]
        finally:
            for each in descendants(process.pid):
                send(each, signal.SIGKILL)

    return run


def descendants(pid):
    """A process and all that it and its children have started, the eldest first."""
    found = subprocess.run(['ps', '-o', 'pid=', '--ppid', str(pid)], capture_output=True, text=True, check=False)
    return [pid, *(each for child in found.stdout.split() for each in descendants(int(child)))]


def send(pid, signal_number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal_number)
