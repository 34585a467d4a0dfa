"""lopm beside mmsegmentation alone and mmpretrain alone, on real photographs (ISIC 2017).

    python tools/dataset_converters/isic2017.py DOWNLOAD data/isic2017
    python tools/benchmark/isic_peers.py --data data/isic2017 --out work_dirs/isic_peers --seeds 0 1 2 --workers 2

Every method is trained once per seed: ResNet-18 from scratch, 128 pixels, 12 epochs, batch size, AdamW, schedule and
augmentation alike; the last epoch counts.

    lopm         configs/isic2017.py; the meta head reads features and residual, and not the record
    mmseg        EncoderDecoder, FPN + FPNHead, cross-entropy + Dice
    mmpretrain   ImageClassifier, linear head on the whole photograph

lopm's functions score all on the same test photographs: Jaccard of the outline per photograph at original size, and
AUROC of the diagnosis, lopm's on predicted outlines; seeds averaged, photographs resampled in pairs, 95 % interval.
Beside it stand meta heads that read less or more, fitted on the trained network, and age and sex alone, which reach
about 0.75 without any photograph.

A run that is finished is not repeated: start the same command again to go on, or only to print the tables.
"""
import argparse
import sys
from pathlib import Path


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', type=Path, required=True, help='folder that the converter wrote')
    parser.add_argument('--out', type=Path, required=True, help='folder for runs, predictions and result.json')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2], help='default: 0 1 2')
    parser.add_argument('--epochs', type=int, default=12, help='default: 12')
    parser.add_argument('--workers', type=int, default=2, help='runs at a time, a process each; default: 2')
    parser.add_argument('--threads', type=int, default=1, help='of each process; default: 1')
    parser.add_argument('--amp', action='store_true', help='bfloat16 in training, for all three')
    parser.add_argument('--limit', type=int, metavar='N', help='only the first N photographs of each part')
    parsed = parser.parse_args(args)
    if not (parsed.data / 'train.json').is_file():
        parser.error(f'{parsed.data}: no train.json there; write it with tools/dataset_converters/isic2017.py')
    return parsed


def train_all(args):
    """Train what is not trained yet, ``--workers`` runs at a time, the longest first."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed

    from isic import runs
    from rich.progress import track
    every = [(method, seed) for method in runs.METHODS for seed in args.seeds]
    todo = [each for each in every if not runs.is_done(*each, args.out)]
    spawn = multiprocessing.get_context('spawn')
    with ProcessPoolExecutor(args.workers, spawn, max_tasks_per_child=1) as pool:
        futures = {pool.submit(runs.run, *each, args): each for each in todo}
        for future in track(as_completed(futures), 'training', total=len(todo)):
            method, seed = futures[future]
            print(f'{method}, seed {seed}: {future.result():.0f} s')


def main(args):
    from isic import data, report

    from lopm.study.settings import keep_settings
    keep_settings(args.out, {'epochs': args.epochs, 'amp': args.amp, 'limit': args.limit})
    data.write_for_peers(args.data, args.out)
    train_all(args)
    report.report(args)


if __name__ == '__main__':
    sys.exit(main(parse_args()))
