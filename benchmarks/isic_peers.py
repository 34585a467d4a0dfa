"""lopm beside mmsegmentation alone and mmpretrain alone, on real photographs (ISIC 2017).

    lopm convert isic2017 DOWNLOAD data/isic2017
    python benchmarks/isic_peers.py --data data/isic2017 --out work_dirs/isic_peers --seeds 0 1 2 --sizes 128 224

Every method is trained once per size and seed: 12 epochs, batch size, AdamW, schedule and augmentation alike; the last
epoch counts. Backbone: EfficientNet-Lite0 from ImageNet (the extra `weights`), the same file for all three; lopm's is
also trained from scratch, and with ResNet-18 from scratch.

    lopm         configs/isic2017.py; the meta head reads features and residual, and not the record
    mmseg        EncoderDecoder, FPN + FPNHead, cross-entropy + Dice
    mmpretrain   ImageClassifier, linear head on the whole photograph

lopm's functions score all on the same test photographs: Jaccard of the outline per photograph at original size, and
AUROC of the diagnosis, lopm's on predicted outlines: mean of melanoma's and seborrheic keratosis' against the rest, as
the challenge has it. Seeds averaged, photographs resampled (in pairs for differences), 95 % interval. Beside it stand
meta heads that read less or more, fitted on the trained network, the frozen pretrained backbone with a logistic
regression, and age and sex alone, which reach about 0.75 without any photograph.

A run that is finished is not repeated: start the same command again to go on, or with --report only to print the tables
of what is finished, by another shell too; they say what is missing. 30 runs with all that is said above: at 128 pixels
lopm's takes fifteen minutes of a core, at 224 forty. Scores of finished runs, a small csv each, are kept in the
project: with --scores docs/figures/isic2017 another machine goes on from there.
"""
import argparse
from pathlib import Path

from lopm.arguments import run_tool

BACKBONES = ('lite0', 'lite0_scratch', 'resnet18')  # see isic/backbones.py


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', type=Path, required=True, help='folder that the converter wrote')
    parser.add_argument('--out', type=Path, required=True, help='folder for runs, predictions and result.json')
    parser.add_argument('--scores', type=Path, metavar='DIR',
                        help='folder for scores of finished runs; default: OUT/scores')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2], help='default: 0 1 2')
    parser.add_argument('--sizes', type=int, nargs='+', default=[128], metavar='PIXELS', help='default: 128')
    parser.add_argument('--backbones', nargs='+', choices=BACKBONES, default=BACKBONES, help='default: all')
    parser.add_argument('--epochs', type=int, default=12, help='default: 12')
    parser.add_argument('--all-peers', action='store_true', help='train mmseg and mmpretrain from scratch, too')
    parser.add_argument('--workers', type=int, default=1, help='runs at a time, a process each; default: 1')
    parser.add_argument('--threads', type=int, default=1, help='of each process; default: 1')
    parser.add_argument('--amp', action='store_true', help='bfloat16 in training, for all three')
    parser.add_argument('--limit', type=int, metavar='N', help='only the first N photographs of each part')
    parser.add_argument('--report', action='store_true', help='train nothing; print what is finished')
    parsed = parser.parse_args(args)
    if not (parsed.data / 'train.json').is_file():
        parser.error(f'{parsed.data}: no train.json there; write it with tools/dataset_converters/isic2017.py')
    parsed.scores = parsed.scores or parsed.out / 'scores'
    return parsed


def train_all(args):
    """Train what is not trained yet, ``--workers`` runs at a time; the tables so far after each."""
    from isic import report, runs

    from lopm.workers import run_apart
    todo = [(run, args) for run in runs.all_runs(args) if not run.is_done(args.scores)]
    for done, (run, _) in enumerate(run_apart(runs.train, todo, args.workers), 1):
        print(f'\n{done} of {len(todo)}: {run}', flush=True)
        report.report(args)


def main(args):
    from isic import data, report

    from lopm.study.settings import keep_settings
    keep_settings(args.out, {'epochs': args.epochs, 'amp': args.amp, 'limit': args.limit})
    data.write_for_peers(args.data, args.out)
    if not args.report:
        train_all(args)
    report.report(args)


if __name__ == '__main__':
    run_tool(main, parse_args())
