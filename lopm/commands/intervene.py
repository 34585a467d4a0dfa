"""What a clinician's corrections are worth: the diagnosis as more and more features of each lesion are corrected.

    lopm intervene configs/multitask.py work_dirs/multitask/best.pth --out interventions
    lopm intervene configs/multitask.py best.pth --out DIR --also shifted=data/shifted

Features are corrected one after the other, in three orders: by chance, the least sure one first, the one first whose
answer is expected to move the diagnosis most. A correction says the true feature (built-in photographs) or what a
rater said. OUT gets interventions.csv and interventions.png: AUROC, accuracy and log loss of the diagnosis with 95 %
intervals over patients, and the share of lesions whose true diagnosis a correction makes less probable.
"""
import argparse
from pathlib import Path

from lopm.arguments import add_data_argument, add_options_argument, existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', type=existing_file, metavar='CONFIG', help='with a meta head')
    parser.add_argument('checkpoint', type=existing_file, metavar='CHECKPOINT', help='usually best.pth')
    parser.add_argument('--out', type=Path, default=Path('interventions'), metavar='DIR', help='default: interventions')
    add_data_argument(parser)
    parser.add_argument('--also', nargs='+', default=[], metavar='NAME=DIR',
                        help='other data sets, whose test parts are looked at as well')
    parser.add_argument('--true-outlines', action='store_true', help='read features in true outlines, not predicted')
    parser.add_argument('--orders', nargs='+', choices=['random', 'uncertainty', 'expected_gain'],
                        default=['random', 'uncertainty', 'expected_gain'])
    add_options_argument(parser)
    return parser.parse_args(args)


def main(args):
    from lopm.datasets.synthetic.labels import limits
    from lopm.pictures.intervention import draw_interventions
    from lopm.pictures.style import note_on
    from lopm.study.intervene import curves_of, write_steps
    from lopm.wording import decimal, score_in_words
    others = [each.partition('=')[::2] for each in args.also]
    if any(not folder for _, folder in others):
        raise ValueError(f'--also {" ".join(args.also)}: write NAME=DIR')
    side = 'on_true' if args.true_outlines else 'on_pred'
    steps, part = {}, None
    for name, folder in [('test', args.data), *others]:
        steps[name], part = curves_of(args.config, args.checkpoint, args.cfg_options, args.data, folder, side,
                                      args.orders)
    args.out.mkdir(parents=True, exist_ok=True)
    write_steps(args.out / 'interventions.csv', steps)
    known = {key.split('/')[1]: value for key, value in limits(part).items()} \
        if Path(part).with_name('truth.json').is_file() else None
    draw_interventions(steps, args.out / 'interventions.png', known, note_on(part))
    for name, each in steps.items():
        for step in each:
            print(f'{name:8} {step.order:14} {step.corrected}: AUROC {score_in_words("auroc", *step.auroc)}, accuracy '
                  f'{decimal(step.accuracy[0])}, log loss {decimal(step.log_loss)}, {step.worse:.0%} of {step.lesions} '
                  'lesions worse')
    if known:
        print('limit: ' + ', '.join(f'{key} {decimal(value)}' for key, value in known.items()))
