"""Kill -9 a training at random moments, resume it, and compare the result with that of a run nobody disturbed.

    python benchmarks/kill_resume.py configs/multitask.py --cfg-options train_cfg.max_epochs=4

Both runs start from the same config. Every tensor of their last checkpoints (weights, their moving average, the
optimizer's state) and the state of early stopping must be equal bit for bit, else the exit status is 1.
"""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from lopm.arguments import existing_file, run_tool

TRAIN = Path(__file__).parents[1] / 'tools/train.py'


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', type=existing_file, metavar='CONFIG')
    parser.add_argument('--work-dir', type=Path, default=Path('work_dirs/kill_resume'), metavar='DIR',
                        help='holds the runs, and is emptied first (default: work_dirs/kill_resume)')
    parser.add_argument('--kills', type=int, default=3, metavar='N',
                        help='how often the second run is killed (default: 3)')
    parser.add_argument('--seed', type=int, default=0, help='of the random moments (default: 0)')
    parser.add_argument('--cfg-options', nargs='+', default=[], metavar='KEY=VALUE',
                        help='changes of the config, for example fewer epochs')
    return parser.parse_args()


def start(args, name, *more):
    """Start a training in a process group of its own, with its output in a file."""
    command = [sys.executable, str(TRAIN), str(args.config), '--work-dir', str(args.work_dir / name), *more]
    if args.cfg_options:
        command += ['--cfg-options', *args.cfg_options]
    args.work_dir.mkdir(parents=True, exist_ok=True)
    with open(args.work_dir / f'{name}.log', 'a') as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)


def run_to_end(args, name, *more):
    began = time.monotonic()
    if start(args, name, *more).wait():
        sys.exit(f'the training failed; its output is in {args.work_dir / name}.log')
    return time.monotonic() - began


def logged_steps(folder):
    """Seconds that each training step took, by its number, as the newest start in this folder has logged them."""
    logs = sorted(folder.glob('*/vis_data/scalars.json'))
    lines = logs[-1].read_text().splitlines(True) if logs else []
    entries = [json.loads(line) for line in lines if line.endswith('\n')]  # the last may be half written
    return {entry['step']: entry['time'] for entry in entries if 'lr' in entry}


def kill_at(process, folder, step, delay):
    """Kill the whole group, workers included, some seconds after this start has logged the step."""
    earlier = set(folder.glob('*/vis_data'))
    while process.poll() is None:
        if set(folder.glob('*/vis_data')) > earlier and max(logged_steps(folder), default=0) >= step:
            time.sleep(delay)
            break
        time.sleep(0.02)
    if process.poll() is not None:
        sys.exit(f'the run ended before it was killed: see {folder}.log, and let it have more epochs')
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def tensors(value, name=''):
    """``(name, tensor)`` of everything nested in a checkpoint."""
    import torch
    if torch.is_tensor(value):
        yield name, value
    elif isinstance(value, (dict, list, tuple)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from tensors(item, f'{name}.{key}' if name else str(key))


def compare(first, second):
    """Print a table of what differs between two checkpoints; whether nothing does."""
    from lopm.weights import read_checkpoint

    first, second = read_checkpoint(first), read_checkpoint(second)
    same = True
    print(f'{"part":<20}{"tensors":>8}{"different":>11}{"largest":>12}')
    for part in ('state_dict', 'ema_state_dict', 'optimizer'):
        ours, theirs = dict(tensors(first.get(part))), dict(tensors(second.get(part)))
        gaps = [(value.double() - theirs[name].double()).abs().max().item() for name, value in ours.items()
                if not value.equal(theirs[name])]
        same &= not gaps and ours.keys() == theirs.keys()
        print(f'{part:<20}{len(ours):>8}{len(gaps):>11}{max(gaps, default=0):>12.2g}')
    for key in ('early_stopping', 'best_value'):
        ours, theirs = (each['message_hub']['runtime_info'].get(key) for each in (first, second))
        same &= ours == theirs
        print(f'{key:<20}{ours} {"=" if ours == theirs else "is not"} {theirs}')
    return same


def main(args):
    shutil.rmtree(args.work_dir, ignore_errors=True)
    moments = random.Random(args.seed)

    seconds = run_to_end(args, 'whole')
    logged = logged_steps(args.work_dir / 'whole')
    print(f'undisturbed: {max(logged)} steps in {seconds:.0f} s')
    early = sorted(logged)[:len(logged) * 3 // 4]  # late enough to have something to lose, not so late that it is over
    for step in sorted(moments.sample(early, args.kills)):
        delay = moments.uniform(0, median(logged.values()))  # anywhere in a step, the saving after an epoch included
        kill_at(start(args, 'killed', '--resume'), args.work_dir / 'killed', step, delay)
        print(f'kill -9 {delay:.2f} s after step {step}')
    run_to_end(args, 'killed', '--resume')
    same = compare(args.work_dir / 'whole/last.pth', args.work_dir / 'killed/last.pth')
    print('bit-identical' if same else 'NOT identical')
    return not same


if __name__ == '__main__':
    run_tool(main, parse_args())
