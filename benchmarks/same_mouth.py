"""How long the search for mouths that were photographed twice takes, and how it grows.

    python benchmarks/same_mouth.py --out DIR                                  # 500 and 1,000 photographs
    python benchmarks/same_mouth.py --out DIR --photographs 1000 2000 10000
    python benchmarks/same_mouth.py --out DIR --source FOLDER                  # photographs of your own

Photographs are crops of a source (the built-in photographs, or a folder), each with its own frame and light, of 640
pixels; so many of them overlap, which is harder than a clinic's base. Timed apart: finding points, describing and
neighbors, comparing. Wall time and, as other load does not count there, processor time of all processes.
"""
import argparse
import sys
import time
from pathlib import Path

SIZE = 640, 480


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder for the photographs')
    parser.add_argument('--photographs', type=int, nargs='+', default=[500, 1000], help='default: 500 1000')
    parser.add_argument('--source', type=Path, metavar='FOLDER', help='of *.jpg; default: built-in photographs')
    parser.add_argument('--workers', type=int, default=2, help='processes; default: 2')
    return parser.parse_args()


def make(out, sources, number):
    """Paths of ``number`` crops of the sources; those that are there already are kept."""
    import cv2
    import numpy as np
    paths = [out / f'{i:06d}.jpg' for i in range(number)]
    for i, path in enumerate(paths):
        if not path.is_file():
            rng = np.random.default_rng(i)
            grey = cv2.resize(cv2.imread(str(sources[i % len(sources)]), cv2.IMREAD_GRAYSCALE), (1280, 960))
            x, y = rng.integers(0, (1280 - SIZE[0], 960 - SIZE[1]))
            crop = grey[y:y + SIZE[1], x:x + SIZE[0]]
            cv2.imwrite(str(path), cv2.convertScaleAbs(crop, alpha=rng.uniform(.8, 1.2), beta=rng.uniform(-15, 15)))
    return paths


def keep(path, folder):
    """The work of one process: the points of a photograph."""
    import cv2

    from lopm.curation.same_mouth.search import keep_features
    keep_features(folder, path.stem, cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))


def cpu():
    """Seconds of processor of this process and of all that it started, once they have ended."""
    import multiprocessing
    import os
    while multiprocessing.active_children():
        time.sleep(.05)
    times = os.times()
    return times.user + times.children_user


def main(args):
    import shutil

    import numpy as np

    from lopm.curation.journal import each
    from lopm.curation.same_mouth.search import same_mouths
    from lopm.datasets.synthetic.generate import ensure_synthetic
    args.out.mkdir(parents=True, exist_ok=True)
    source = args.source or ensure_synthetic(args.out / 'built_in', 100) / 'images'
    sources = sorted(source.glob('*.jpg'))
    for number in args.photographs:
        paths = make(args.out, sources, number)
        folder = args.out / f'{number}/features'
        shutil.rmtree(folder.parent, ignore_errors=True)
        times = [(time.perf_counter(), cpu())]
        for _ in each(keep, [(path, folder) for path in paths], args.workers):
            pass
        times.append((time.perf_counter(), cpu()))
        found = same_mouths([path.stem for path in paths], np.arange(number), folder, args.workers)
        times.append((time.perf_counter(), cpu()))
        (points, points_cpu), (pairs, pairs_cpu) = np.diff(times, axis=0)
        size = sum(file.stat().st_size for file in folder.iterdir()) / number / 1e3
        print(f'{number} photographs, {args.workers} processes: points {points:.0f} s ({points_cpu:.0f} of processor), '
              f'pairs {pairs:.0f} s ({pairs_cpu:.0f}); {size:.0f} KB a photograph; {len(found)} pairs')


if __name__ == '__main__':
    sys.exit(main(parse_args()))
