"""Whoever is killed leaves no process behind: data workers, pools, processes of a study, ranks."""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.engine.test_processes import CONFIG, ROOT, free_port

LOOP = ['train_cfg.max_epochs=1000', 'train_dataloader.dataset.length=2400', 'default_hooks.logger.interval=1']


@pytest.fixture
def started(tmp_path):
    """Start a command; what is left of it is killed in the end."""
    processes = []

    def start(*command, **environment):
        env = {**os.environ, 'PYTHONPATH': str(ROOT), 'OMP_NUM_THREADS': '1',
               'PATH': f'{Path(sys.executable).parent}:{os.environ["PATH"]}', **environment}
        with open(tmp_path / 'log', 'w') as log:
            processes.append(subprocess.Popen([str(part) for part in command], env=env, cwd=tmp_path, stdout=log,
                                              stderr=subprocess.STDOUT))
        return processes[-1]
    yield start
    for process in processes:
        for pid in descendants(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.kill()
        process.wait()


def state_of(pid):
    """State and parent of a process, such as ``('S', 1)``; None when it has ended."""
    try:
        state, parent = Path(f'/proc/{pid}/stat').read_text().rpartition(') ')[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in 'ZX' else (state, int(parent))


def descendants(pid):
    """All processes that a process has started, and those that they have."""
    states = {int(path.name): state_of(path.name) for path in Path('/proc').iterdir() if path.name.isdigit()}
    found = [pid]
    for each in found:
        found += [child for child, state in states.items() if state and state[1] == each]
    return found[1:]


def wait_until(state, seconds=240):
    """For a state, not for a time: the limit is for a test that fails."""
    end = time.monotonic() + seconds
    while not state():
        assert time.monotonic() < end
        time.sleep(0.2)


def kill_and_wait(process, children):
    process.kill()
    process.wait()
    try:
        wait_until(lambda: not any(map(state_of, children)), 60)
    finally:
        for pid in filter(state_of, children):
            os.kill(pid, signal.SIGKILL)


def test_data_workers_with_full_queues_end_with_a_training_that_was_killed(started, tmp_path):
    wide = 'train_dataloader.dataset.padding=300000'  # a pipe holds 64 KB: nobody reads these
    process = started(sys.executable, ROOT / 'tools/train.py', CONFIG, '--work-dir', tmp_path / 'run', '--cfg-options',
                      *LOOP, wide, 'val_dataloader.num_workers=1', 'val_dataloader.persistent_workers=True')
    wait_until(lambda: '[1][' in (tmp_path / 'log').read_text() or process.poll() is not None)
    children = descendants(process.pid)
    assert len(children) >= 2, (tmp_path / 'log').read_text()
    process.send_signal(signal.SIGSTOP)  # reads no more; workers go on until their queues are full
    asleep = []

    def all_wait():
        asleep.append(all(state_of(each)[0] == 'S' for each in children))
        return asleep[-5:] == [True] * 5
    wait_until(all_wait)
    kill_and_wait(process, children)


def test_ranks_end_with_the_launcher_that_was_killed(started, tmp_path):
    process = started(ROOT / 'tools/dist_train.sh', CONFIG, 2, '--work-dir', tmp_path / 'run', '--cfg-options', *LOOP,
                      MASTER_PORT=free_port(), CUDA_VISIBLE_DEVICES='')
    wait_until(lambda: '[1][' in (tmp_path / 'log').read_text() or process.poll() is not None)
    children = descendants(process.pid)
    assert len(children) >= 4, (tmp_path / 'log').read_text()
    kill_and_wait(process, children)


@pytest.mark.parametrize('how', ['pool', 'run_apart'])
def test_processes_of_work_end_with_the_one_that_started_them(started, tmp_path, how):
    process = started(sys.executable, Path(__file__), how, tmp_path / 'ready')
    wait_until(lambda: (tmp_path / 'ready').exists() or process.poll() is not None)
    children = descendants(process.pid)
    assert children, (tmp_path / 'log').read_text()
    kill_and_wait(process, children)


def work(path):
    path.touch()
    time.sleep(100000)


if __name__ == '__main__':
    from lopm.workers import run_apart, start_workers
    if sys.argv[1] == 'pool':
        with start_workers(1) as pool:
            list(pool.map(work, [Path(sys.argv[2])]))
    else:
        list(run_apart(work, [Path(sys.argv[2])], 1))
