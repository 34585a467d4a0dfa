"""Work in processes of its own."""
import os
import time
from pathlib import Path

import pytest

from lopm.workers import run_apart


def note(path):
    if path.name == 'bad':
        wait_until((path.parent / 'long').exists)
        raise SystemExit(3)
    path.write_text(str(os.getpid()))
    if path.name == 'long':
        time.sleep(100000)


def wait_until(state):
    while not state():
        time.sleep(0.01)


def test_every_job_has_a_process_of_its_own(tmp_path):
    jobs = [tmp_path / name for name in 'abc']
    assert sorted(run_apart(note, jobs, 2)) == jobs
    assert len({path.read_text() for path in jobs} | {str(os.getpid())}) == 4


def test_one_that_fails_ends_the_others(tmp_path):
    with pytest.raises(ValueError, match=r'bad failed \(exit status 3\)'):
        list(run_apart(note, [Path(tmp_path / 'long'), Path(tmp_path / 'bad')], 2))
    wait_until(lambda: not Path(f'/proc/{(tmp_path / "long").read_text()}').exists())
