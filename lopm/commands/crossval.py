"""Cross-validate a config: train on K folds that no patient straddles, and predict every photograph by a model that
never saw it.

    lopm crossval configs/multitask.py --folds 5
    lopm crossval configs/multitask.py --folds 3 --inner 3             # for a meta network on top (stacking)
    lopm crossval configs/separate/color.py --division work_dirs/multitask_folds   # on the same folds

All parts of the config's data are put together and divided anew, by patient and near duplicate, stratified over all
labels. A fold trains on K - 2 of them, chooses its checkpoint on one and is tested on one. WORK_DIR gets all.json, and
in fold0, fold1 ... the parts with their audit, the run, and predictions.parquet of its test part (validation.parquet of
the part it was chosen on: calibrate on that); when all are done predictions.parquet of all photographs, and
metrics.json, computed from it.

With --inner J the training part of each fold is divided into J folds of its own, under fold<i>/inner, which train on
J - 1 of them and choose their checkpoint on the validation part of the outer fold: a meta network of that fold learns
from predictions there, so that it never reads what a network says of its own training photographs.

Start the same command again after a stop: finished folds are kept, an unfinished one goes on from its last epoch.
"""
import argparse
from pathlib import Path

from lopm.arguments import add_study_arguments


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_study_arguments(parser, 'folds')
    parser.add_argument('--inner', type=int, default=0, metavar='J', help='folds within each fold; default: none')
    return parser.parse_args(args)


def main(args):
    from lopm.engine.progress import is_score
    from lopm.study.crossval import crossval
    out = args.work_dir or Path('work_dirs') / f'{args.config.stem}_folds'
    scores = crossval(args.config, args.cfg_options, out, args.folds, args.inner, args.division, args.seed,
                      args.workers, args.data)
    for key, value in scores.items():
        if is_score(key, value):
            print(f'{key:45} {value:.4f}')
    print(f'{out / "predictions.parquet"}: every photograph, predicted by a model that never saw it')
