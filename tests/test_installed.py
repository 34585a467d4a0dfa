"""What ``pip install .`` installs works by itself: configs and label maps come with it."""
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = '''
import lopm
from lopm.arguments import existing_file
from lopm.curation.command import LABELS
from lopm.curation.label_map import read_map
from lopm.engine.config import load_config
print(lopm.__file__)
cfg = load_config(existing_file('configs/multitask.py'))
print(cfg.model.type, len(read_map(LABELS)['words']))
'''


@pytest.mark.slow
def test_a_wheel_brings_its_configs(tmp_path):
    pip = [sys.executable, '-m', 'pip', '-q', '--disable-pip-version-check']
    source = tmp_path / 'source'  # setuptools leaves files where it builds
    for folder in ('lopm', 'configs'):
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns('__pycache__'))
    for file in ('setup.py', 'README.md'):
        shutil.copy(ROOT / file, source)
    subprocess.run([*pip, 'install', '--no-deps', '--no-build-isolation', '--target', str(tmp_path / 'site'),
                    str(source)], check=True, cwd=tmp_path)
    run = subprocess.run([sys.executable, '-c', CODE], cwd=tmp_path, env={'PYTHONPATH': str(tmp_path / 'site')},
                         check=True, capture_output=True, text=True)
    tracked = subprocess.run(['git', 'ls-files', 'lopm'], cwd=ROOT, check=False, capture_output=True, text=True).stdout
    missing = [file for file in tracked.split() if not (tmp_path / 'site' / file).is_file()]
    assert not missing  # a file that is no code has to be named in setup.py
    where, found = run.stdout.splitlines()
    assert where.startswith(str(tmp_path)) and found.split()[0] == 'MultiTaskModel' and int(found.split()[1]) > 5
