"""Is one run better than another? Both on the same photographs, in pairs, with 95 % intervals over patients.

    lopm compare work_dirs/a_folds/predictions.parquet work_dirs/b_folds/predictions.parquet

Files are those of lopm crossval, lopm study or tools/test.py --predictions. Outlines: Jaccard; words: AUROC.
Runs on other photographs or lesions are refused.
"""
import argparse
from pathlib import Path

from lopm.arguments import existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('first', type=existing_file, metavar='FIRST.parquet')
    parser.add_argument('second', type=existing_file, metavar='SECOND.parquet')
    parser.add_argument('--tasks', nargs='+', metavar='TASK', help='such as outline diagnosis; default: all')
    parser.add_argument('--true-outlines', action='store_true', help='score words in true outlines, not predicted ones')
    parser.add_argument('--out', type=Path, metavar='FILE', help='also write a csv')
    return parser.parse_args(args)


def main(args):
    from lopm.study.page import write_csv
    from lopm.study.two_runs import compare_runs
    side = 'on_true' if args.true_outlines else 'on_pred'
    found = compare_runs(args.first, args.second, args.tasks, outlines=side)
    for each in found:
        print(f'{each.task:20} {each.of:11} {each.score:8} '
              f'{each.in_words("+" if each.of == "difference" else " ")}  {each.counted}')
    if args.out:
        write_csv(args.out, found)
