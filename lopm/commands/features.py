"""Which features matter? Statistics of what raters named, for the discussion with clinicians.

Writes DIR/features.html, one self-contained report with plots, and DIR/features.csv, every number of it:

- how often each class is named, per lesion, photograph and patient; what is missing or not assessable;
- how far raters agree: Cohen, Fleiss, weighted kappa, Krippendorff's alpha;
- what each feature tells of the diagnosis, and which features say the same;
- how far any reader of the features alone can go;
- whether measured values (lopm.measure) follow the words.

Intervals resample patients. Several parts are pooled. Measured values are kept in DIR and not measured again.

    lopm features data/synthetic/train.json data/synthetic/val.json --out work_dirs/features
    lopm features data/isic2017/train.json --out isic --tasks configs/_base_/isic2017_tasks.py
"""
import argparse
import sys
from pathlib import Path

from lopm.arguments import existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('datasets', type=existing_file, nargs='+', metavar='DATASET.json',
                        help='json of a part (COCO with attributes)')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder for the report')
    parser.add_argument('--tasks', type=existing_file, metavar='CONFIG',
                        help='a config with the tasks list; default: the tasks that the json names')
    parser.add_argument('--diagnosis', default='diagnosis', metavar='TASK', help='what features are to tell of; '
                        'default: diagnosis')
    parser.add_argument('--images', type=Path, metavar='DIR',
                        help='folder of the photographs; default: the folder of each json')
    parser.add_argument('--workers', type=int, default=2, help='processes that measure; default: 2')
    return parser.parse_args(args)


def main(args):
    from mmengine import Config
    from rich.progress import track

    from lopm.analysis.agreement import agreement
    from lopm.analysis.association import association
    from lopm.analysis.ceiling import ceiling
    from lopm.analysis.findings import write_csv
    from lopm.analysis.measured import compare_measured, measure_parts
    from lopm.analysis.prevalence import prevalence
    from lopm.analysis.ratings import read_ratings
    from lopm.analysis.redundancy import redundancy
    from lopm.analysis.report import write_report
    from lopm.analysis.variables import diagnosis_of, features_of
    from lopm.statistics.draws import resample
    ratings = read_ratings(args.datasets, Config.fromfile(args.tasks).tasks if args.tasks else None)
    diagnosis, features = diagnosis_of(ratings, args.diagnosis), features_of(ratings, args.diagnosis)
    args.out.mkdir(parents=True, exist_ok=True)
    measured, errors = measure_parts(args.datasets, args.images, args.out,
                                     lambda steps, what, total: track(steps, what, total), args.workers)
    table, patients = ratings.lesions, resample(ratings.lesions.group)
    steps = [lambda: prevalence(ratings, patients), lambda: agreement(ratings, patients),
             lambda: association(features, diagnosis, table, patients), lambda: redundancy(features, table),
             lambda: ceiling(features, diagnosis, table),
             lambda: compare_measured(features, measured, table, patients)]
    findings = [finding for step in track(steps, 'counting') for finding in step()]
    write_csv(args.out / 'features.csv', findings)
    write_report(args.out / 'features.html', findings, ratings, args.diagnosis,
                 [path.name for path in args.datasets], errors)
    for error in errors:
        print(error, file=sys.stderr)
    if ratings.numbers:
        print(f'{", ".join(ratings.numbers)}: answered by a number or a time; nothing here is of them', file=sys.stderr)
    print(args.out / 'features.html')
