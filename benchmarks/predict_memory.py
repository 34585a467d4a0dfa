"""Does ``lopm predict`` hold more of memory, the more photographs it is given?

    python benchmarks/predict_memory.py work_dirs/multitask --out DIR
    python benchmarks/predict_memory.py packs/multitask --out DIR --photographs 10000 --no-pictures

Makes drawings, gives them out under as many names as there are photographs to be, runs the tool as a process of its
own, and reads the resident size of it and of its children (Linux: /proc) each second. Printed: the median size while
each tenth of the photographs was predicted, the largest of all, and the time. What a process holds in common with its
parent is counted twice.
"""
import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from lopm.arguments import run_tool

DRAWN, TENTHS = 500, 10


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('model', type=Path, metavar='MODEL', help="a run's folder, or a pack")
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder for drawings and predictions')
    parser.add_argument('--photographs', type=int, default=10_000, metavar='N', help='default: 10000')
    parser.add_argument('--no-pictures', action='store_true', help='as for lopm predict')
    return parser.parse_args()


def draw(folder, count):
    """``count`` photographs in ``folder``: 500 drawings, and links to them."""
    from lopm.datasets.synthetic.generate import ensure_synthetic
    names = sorted((ensure_synthetic(folder / 'drawn', DRAWN, seed=9) / 'images').iterdir())
    photographs = folder / 'photographs'
    photographs.mkdir(exist_ok=True)
    for number in range(count):
        link = photographs / f'{number:06d}.jpg'
        if not link.exists():
            link.hardlink_to(names[number % len(names)])
    return photographs


def resident(process):
    """Bytes that a process and all below it hold now."""
    total, waiting = 0, [process]
    while waiting:
        root = Path('/proc', str(waiting.pop()))
        try:
            total += 1024 * sum(int(line.split()[1]) for line in (root / 'status').read_text().splitlines()
                                if line.startswith('VmRSS'))
            waiting += [each for task in (root / 'task').iterdir() for each in (task / 'children').read_text().split()]
        except OSError:  # it ended meanwhile
            continue
    return total


def main(args):
    photographs, out = draw(args.out, args.photographs), args.out / 'predicted'
    if out.exists():
        raise ValueError(f'{out}: is there already, and lopm predict would only do the rest; name another --out')
    start, sizes = time.perf_counter(), []
    process = subprocess.Popen([sys.executable, '-m', 'lopm', 'predict', args.model, photographs, '--out', out,
                                *['--no-pictures'] * args.no_pictures], stdout=subprocess.DEVNULL)
    step = args.photographs // TENTHS
    print('photographs  resident, MB')
    while process.poll() is None:
        done = sum(1 for _ in (out / 'cases').glob('*.json')) if (out / 'cases').is_dir() else 0
        if sizes and done // step > sizes[-1][0] // step:  # at once: the pictures may take as long again
            within = [size for before, size, _ in sizes if sizes[-1][0] // step == before // step]
            print(f'{done // step * step:11,}  {median(within) / 1e6:12,.0f}', flush=True)
        sizes.append((done, resident(process.pid), time.perf_counter() - start))
        time.sleep(1)
    if process.returncode:
        raise ValueError(f'lopm predict {args.model}: ended with exit status {process.returncode}; its words are above')
    after = [size for done, size, _ in sizes if done == args.photographs]
    print(f'tables{" and pictures" * (not args.no_pictures)} after that: {max(after, default=0) / 1e6:,.0f} MB\n'
          f'largest of all {max(size for _, size, _ in sizes) / 1e6:,.0f} MB; {sizes[-1][2] / 60:.0f} minutes')


if __name__ == '__main__':
    run_tool(main, parse_args())
