"""How far do the features alone go, if they are known? The meta head on what raters named, without any photograph.

    lopm true-features configs/multitask.py --out true_features.csv
    lopm true-features configs/multitask.py --data data/parts

The config's meta head is fitted to the words of the training part, its weight decay chosen within it, and judged on
the words of the test part: with the features alone, and with the record where there is one. A feature that nobody
named is read as how often it occurs in training. Intervals are 95 %, over patients. No photograph is opened.
"""
import argparse
from pathlib import Path

from lopm.arguments import add_data_argument, add_options_argument, existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', type=existing_file, metavar='CONFIG', help='such as configs/multitask.py')
    add_data_argument(parser)
    parser.add_argument('--out', type=Path, metavar='CSV', help='also write the scores to this file')
    add_options_argument(parser)
    return parser.parse_args(args)


def main(args):
    from mmengine.registry import init_default_scope

    from lopm.engine.launch import load_config
    from lopm.study.true_features import study_true_features, write_lines
    from lopm.wording import score_in_words
    init_default_scope('lopm')
    lines = study_true_features(load_config(args.config, options=args.cfg_options, folder=args.data))
    for line in lines:
        print(f'{line.inputs:20} {line.score:18} {score_in_words(line.score, line.value, line.low, line.high)}')
    print(f'{lines[0].lesions} lesions, {lines[0].patients} patients of the test part')
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        write_lines(args.out, lines)
