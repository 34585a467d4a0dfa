"""A whole study of a config: cross-validation, and a page with all that follows from it.

    lopm study configs/multitask.py --folds 5
    lopm study configs/isic2017.py --folds 3 --cfg-options train_cfg.max_epochs=12

WORK_DIR gets what lopm crossval leaves (a run a fold, predictions.parquet, validation.parquet), under twins/ the
same for each task trained alone, and study.html: scores with intervals, confusions, twins, calibration, conformal sets,
abstention, operating points, net benefit, subgroups, the worst errors with pictures, and the items of TRIPOD+AI that a
run can answer; study.csv holds every number. Start the same command again after a stop: finished folds are kept.
"""
import argparse
from pathlib import Path

from lopm.arguments import add_study_arguments


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_study_arguments(parser)
    parser.add_argument('--no-twins', action='store_true',
                        help='leave out the trainings of each task alone, which are most of the time')
    parser.add_argument('--scaling', choices=['temperature', 'vector', 'beta'], default='temperature',
                        help='how probabilities are calibrated; vector and beta want some hundred lesions a fold, and '
                             'put grades right, too; default: temperature')
    return parser.parse_args(args)


def main(args):
    from lopm.evaluation.predictions import read_predictions
    from lopm.pictures.style import note_on
    from lopm.study.counts import counts, remarks_on
    from lopm.study.crossval import TESTED, VALIDATED, crossval
    from lopm.study.folds import rare_classes, unnamed_patients
    from lopm.study.page import write_csv, write_page
    from lopm.study.results import all_results, make_study
    from lopm.study.twins import train_twins, twin_results
    out = args.work_dir or Path('work_dirs') / f'{args.config.stem}_study'
    crossval(args.config, args.cfg_options, out, args.folds, 0, args.division, args.seed, args.workers, args.data)
    twins = [] if args.no_twins else train_twins(args.config, args.cfg_options, out, args.folds, args.division,
                                                 args.seed, args.workers, data=args.data)
    study = make_study(read_predictions(out / TESTED), read_predictions(out / VALIDATED), args.scaling)
    found = counts(study) + all_results(study) + twin_results(out, twins)
    write_csv(out / 'study.csv', found)
    folders = {fold: (args.division or out) / f'fold{fold}' for fold in study.folds}
    divided = list(folders.values())
    write_page(out / 'study.html', study, found, folders, note_on(folders[study.folds[0]] / 'test.json'),
               unnamed_patients(divided) + rare_classes(study.tasks, divided) + remarks_on(found))
    print(out / 'study.html')
