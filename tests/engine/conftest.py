"""Short trainings of the toy model, in this process and in others."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


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
    """Run a command as a user would, from another folder; its exit status and output."""
    def run(*command, **environment):
        bin_dir = os.path.dirname(sys.executable)
        env = {**os.environ, 'PYTHONPATH': str(ROOT), 'OMP_NUM_THREADS': '1', 'PATH': f'{bin_dir}:{os.environ["PATH"]}',
               **environment}
        done = subprocess.run([str(part) for part in command], env=env, cwd=tmp_path, text=True, timeout=1800,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    return run
