"""Does learning together help? Each task trained alone with the same budget, against all tasks together.

    lopm twins configs/multitask.py --folds 3
    lopm twins configs/isic2017.py --folds 3 --tasks outline diagnosis

WORK_DIR gets a cross-validation of the config, and under twins/ one of each task alone, on the same folds: the same
network for as many epochs with one loss. twins.csv and twins.png say what each task gains by the others, with paired
95 % intervals over patients. Outlines: Jaccard. Words: AUROC on true outlines. lopm study shows it on its page.
Start the same command again after a stop: what is finished is kept.
"""
import argparse
from pathlib import Path

from lopm.arguments import add_study_arguments


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_study_arguments(parser)
    parser.add_argument('--tasks', nargs='+', metavar='TASK', help='which have a twin, such as outline; default: all')
    return parser.parse_args(args)


def main(args):
    from lopm.pictures.judging import draw_twins
    from lopm.pictures.style import note_on
    from lopm.study.crossval import crossval
    from lopm.study.page import write_csv
    from lopm.study.twins import train_twins, twin_results
    out = args.work_dir or Path('work_dirs') / f'{args.config.stem}_study'
    crossval(args.config, args.cfg_options, out, args.folds, 0, args.division, args.seed, args.workers, args.data)
    names = train_twins(args.config, args.cfg_options, out, args.folds, args.division, args.seed, args.workers,
                        args.tasks, args.data)
    found = twin_results(out, names)
    write_csv(out / 'twins.csv', found)
    draw_twins(found, out / 'twins.png', note_on((args.division or out) / 'fold0' / 'test.json'))
    for each in found:
        print(f'{each.task:20} {each.of:11} {each.score:8} {each.in_words("+")}  {each.counted}')
