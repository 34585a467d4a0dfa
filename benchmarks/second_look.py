"""What a second look is worth where lesions are small, and what it costs.

    python benchmarks/second_look.py --out DIR                     # built-in photographs of small lesions, seed 0
    python benchmarks/second_look.py --out DIR --seeds 0 1 2
    python benchmarks/second_look.py --out DIR --config configs/isic2017.py --data data/isic2017 --size 64

Trains a config with ``second_look`` and without it, on the same photographs with the same seed, and scores both on the
test part: outlines, words on predicted outlines, and their differences in pairs with 95 % intervals over patients. Time
of a prediction: both models in turns on the same photographs, on one thread. A finished run is not repeated.
"""
import argparse
import time
from pathlib import Path

from lopm.arguments import run_tool

ROOT = Path(__file__).parents[1]
LOOKS = {'one look': [], 'second look': ['second_look.zoom=3']}
TIMED = 24  # photographs


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder for photographs and runs')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0], help='default: 0')
    parser.add_argument('--config', type=Path, default=ROOT / 'configs/multitask.py',
                        help='default: configs/multitask.py')
    parser.add_argument('--data', type=Path, metavar='DIR', help='parts; default: drawings of small lesions')
    parser.add_argument('--size', type=int, metavar='PIXELS', help="default: the config's")
    parser.add_argument('--epochs', type=int, metavar='N', help="default: the config's")
    return parser.parse_args()


def run(args, data, look, seed):
    """The folder of a run, trained and tested; one that is there is kept."""
    from lopm.engine import launch, testing
    out = args.out / f'{look.replace(" ", "_")}_{seed}'
    if not (out / 'predictions.parquet').is_file():
        options = [f'randomness.seed={seed}', *LOOKS[look], *([f'size={args.size}'] if args.size else []),
                   *([f'train_cfg.max_epochs={args.epochs}'] if args.epochs else [])]
        cfg = launch.load_config(args.config, out, options, data)
        print(launch.resume_from(cfg))
        launch.train(cfg)
        best = next(path for path in (out / 'best.pth', out / 'last.pth') if path.is_file())
        cfg = launch.load_config(args.config, out / 'test', options, data, checkpoint=best)
        testing.test(cfg, best, out / 'metrics.json', predictions=out / 'predictions.parquet', unaudited=True)
    return out


def rows_of(folder):
    from lopm.evaluation.predictions import fill_missed, read_predictions
    rows, about = read_predictions(folder / 'predictions.parquet')
    return fill_missed(rows, about), about


def report(args, runs):
    """Print the scores of both, and their differences; seeds averaged."""
    import numpy as np

    from lopm.evaluation.intervals import compare_outlines, compare_words, estimate_outlines, estimate_words
    from lopm.tasks import build_tasks
    for seed in args.seeds:
        (one, about), (two, _) = (rows_of(runs[look, seed]) for look in LOOKS)
        print(f'\nseed {seed}: {len(one)} photographs; one look, second look, second minus one')
        lines = [('outline jaccard', *(estimate_outlines(rows)['jaccard'] for rows in (one, two)),
                  compare_outlines(two, one)['jaccard'])]
        for name, task in build_tasks(about['tasks']).answered.with_words.items():
            if any(name in row.on_pred for row in one):
                lines.append((f'{name} auroc', *(estimate_words(task, rows)['auroc'] for rows in (one, two)),
                              compare_words(task, two, one)['auroc']))
        for name, *values, difference in lines:
            print(f'{name:28}' + ''.join(f'{each.value:8.3f} ({each.low:.3f} to {each.high:.3f})' for each in values)
                  + f'   {difference.value:+.3f} ({difference.low:+.3f} to {difference.high:+.3f})'
                  + f'  {difference.lesions} lesions')
    took = timed(args, runs)
    ratio = np.array(took['second look']) / np.array(took['one look'])
    print(f'\ntime of a photograph: {np.median(took["one look"]):.3f} s, with a second look '
          f'{np.median(took["second look"]):.3f} s, {np.median(ratio):.2f} times '
          f'({np.quantile(ratio, .05):.2f} to {np.quantile(ratio, .95):.2f}), {len(ratio)} photographs')


def timed(args, runs):
    """Seconds of each photograph, in turns, by either model of the first seed."""
    import torch

    from lopm.datasets.index import read_images
    from lopm.predictor import Predictor
    torch.set_num_threads(1)
    models = {look: Predictor(runs[look, args.seeds[0]], flags=False, measured=False, threads=1) for look in LOOKS}
    folder = args.data or args.out / 'photographs'
    paths = [folder / image['file_name'] for image in read_images(folder / 'test.json')[:TIMED]]
    found = {look: [] for look in LOOKS}
    for path in [paths[0], *paths]:
        for look, model in models.items():
            start = time.perf_counter()
            model(path)
            found[look].append(time.perf_counter() - start)
    return {look: each[1:] for look, each in found.items()}


def main(args):
    from lopm.datasets.synthetic.generate import ensure_synthetic
    data = args.data or ensure_synthetic(args.out / 'photographs', small=True)
    report(args, {(look, seed): run(args, data, look, seed) for seed in args.seeds for look in LOOKS})


if __name__ == '__main__':
    run_tool(main, parse_args())
