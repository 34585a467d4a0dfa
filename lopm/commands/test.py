"""Test a checkpoint on the test part of a config's data.

    python tools/test.py configs/multitask.py work_dirs/multitask/best.pth --out metrics.json --show-dir pictures

Every score is written twice where it can be: on true outlines and on predicted ones. A score that nothing is known
about is null. A part that no audit.json beside it vouches for (patients apart, written for this very file) is refused.
"""
import argparse

from lopm.arguments import add_run_arguments, existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_run_arguments(parser)
    parser.add_argument('checkpoint', type=existing_file, metavar='CHECKPOINT',
                        help='usually best.pth of the work directory')
    parser.add_argument('--out', metavar='FILE', help='write the scores to this json file')
    parser.add_argument('--show-dir', metavar='DIR',
                        help='write pictures of outlines, words and confusions to this folder')
    parser.add_argument('--predictions', metavar='FILE',
                        help='write what is predicted on every photograph to this parquet file')
    parser.add_argument('--unaudited', action='store_true', help='test also a part that no audit vouches for')
    return parser.parse_args(args)


def main(args):
    from lopm.datasets.splits import Unaudited
    from lopm.engine.launch import load_config
    from lopm.engine.testing import test

    cfg = load_config(args.config, args.work_dir, args.cfg_options, args.data, checkpoint=args.checkpoint)
    try:
        test(cfg, args.checkpoint, args.out, args.show_dir, args.launcher, args.unaudited,
             args.predictions)
    except Unaudited as error:
        return f'{error}'
