"""Are probabilities what they say, and do conformal sets hold what they promise? On thousands of fresh lesions.

    python benchmarks/calibration.py configs/multitask.py seed0/best.pth seed1/best.pth seed2/best.pth --out fresh

Makes built-in photographs that no training saw, predicts them with each checkpoint, and

- fits scalings to the lesions of a quarter of the patients and measures the calibration error of 4,000 others that are
  labelled, for each task; beside it what a model of these very probabilities would show if they were exact, by chance;
- draws 20 times half of the patients to find the limits of 90 % sets, and measures coverage and size on the others:
  of all, by class, and by sex.

Finished predictions are kept.
"""
import argparse
from pathlib import Path

from lopm.arguments import existing_file, run_tool

SEED = 77  # of the fresh photographs; trainings have 0
LESIONS, DRAWS, ALPHA = 4000, 20, 0.1


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', type=existing_file, metavar='CONFIG')
    parser.add_argument('checkpoints', type=existing_file, nargs='+', metavar='CHECKPOINT')
    parser.add_argument('--out', type=Path, required=True, help='folder for photographs, predictions, calibration.json')
    parser.add_argument('--num-photographs', type=int, default=6000, help='default: 6000')
    parser.add_argument('--data', default='data/synthetic', metavar='DIR',
                        help='what the checkpoints were trained on, for the prior; default: data/synthetic')
    return parser.parse_args()


def predict(number, args):
    """The rows of a checkpoint on all fresh photographs, the prior in place of lesions that were not found."""
    from lopm.engine.launch import load_config
    from lopm.engine.testing import test
    from lopm.evaluation.predictions import fill_missed, read_predictions
    file = args.out / f'predictions_{number}.parquet'
    if not file.is_file():
        cfg = load_config(args.config, args.out / 'run')
        cfg.test_dataloader.dataset.update(type='LesionDataset', data_root=str(args.out), ann_file='all.json')
        cfg.test_dataloader.dataset.pop('synthetic', None)
        cfg.test_evaluator.update(prior_from=f'{args.data}/train.json', limits_from=None)
        test(cfg, args.checkpoints[number], predictions=file, unaudited=True)
    return fill_missed(*read_predictions(file))


def divide(rows, share, seed):
    """Rows of a share of the patients, and the others."""
    import numpy as np
    patients = sorted({row.patient_id for row in rows})
    chosen = set(np.random.default_rng(seed).permutation(patients)[:round(share * len(patients))].tolist())
    return [row for row in rows if row.patient_id in chosen], [row for row in rows if row.patient_id not in chosen]


def errors_of(rows, tasks):
    """``{task: {lesions, fitted_on, method: {ece, floor, brier}}}``, before scaling and after each kind of it."""
    import numpy as np

    from lopm.evaluation import calibration as cal
    from lopm.evaluation.rows import labelled
    fitted_on, others = divide(rows, 0.25, 0)
    found = {}
    for when in ('before', *cal.METHODS):
        scaled = others if when == 'before' else cal.calibrate(
            others, tasks, cal.fit_calibration(fitted_on, tasks, when))
        for name, task in tasks.items():
            targets, probs = (each[:LESIONS] for each in labelled(scaled, task)[:2])
            said = cal.confidences(task, targets, probs)
            rng = np.random.default_rng(0)
            floor = np.mean([cal.ece(said[0], rng.random(len(said[0])) < said[0], said[2]) for _ in range(10)])
            found.setdefault(name, {'lesions': len(targets), 'fitted_on': len(labelled(fitted_on, task)[0])})[when] = {
                'ece': cal.ece(*said), 'floor': floor, 'brier': cal.brier(task, targets, probs)}
    return found


def coverages_of(rows, tasks):
    """``{kind: {group: (coverage, size)}}`` of the diagnosis, mean over the draws."""
    import numpy as np

    from lopm.evaluation import calibration as cal
    from lopm.evaluation import conformal
    from lopm.evaluation.rows import decided
    from lopm.evaluation.subgroups import subgroup_of
    task, sums = tasks['diagnosis'], {}
    for draw in range(DRAWS):
        halves = divide(rows, 0.5, draw)
        scaling = cal.fit_calibration(halves[0], {'diagnosis': task})
        scaling['patients'] = []  # the first half is scaled, too: limits are for scaled probabilities
        (known, wanted, sexes), (probs, truth, others) = (_with_groups(
            cal.calibrate(each, {'diagnosis': task}, scaling), task, decided, subgroup_of) for each in halves)
        for kind, options in (('lac', {}), ('aps', {}), ('raps', {}), ('lac by class', {'by_class': True}),
                              ('lac by sex', {'groups': sexes})):
            limit = conformal.fit(known, wanted, ALPHA, kind.split()[0], seed=draw, **options)
            sets = conformal.predict(limit, probs, others if 'groups' in options else None)
            groups = others if 'sex' in kind else np.array(task.classes)[truth]
            for group, (covered, size, _) in conformal.coverage(sets, truth, groups).items():
                sums.setdefault(kind, {}).setdefault(str(group), []).append((covered, size))
    return {kind: {group: tuple(map(float, np.mean(each, 0))) for group, each in groups.items()}
            for kind, groups in sums.items()}


def _with_groups(rows, task, decided, subgroup_of):
    """Of lesions with one diagnosis: probabilities, class numbers, and the patient's sex."""
    import numpy as np
    probs, truth, patients = decided(rows, task)
    sex = {str(row.patient_id): subgroup_of(row, 'sex')[0] for row in rows if row.lesion_ids}
    return probs, truth, np.array([sex[patient] for patient in patients])


def main(args):
    import json

    import numpy as np

    from lopm.datasets.synthetic.generate import ensure_synthetic, generator_hash
    from lopm.engine.launch import load_config
    from lopm.evaluation.calibration import METHODS
    from lopm.files import write_json
    from lopm.study.folds import join_parts
    from lopm.study.settings import keep_settings
    from lopm.tasks import build_tasks
    keep_settings(args.out, {'num_photographs': args.num_photographs, 'generator': generator_hash()})
    ensure_synthetic(args.out / 'photographs', num_photographs=args.num_photographs, seed=SEED)
    cfg = load_config(args.config, options=[f'data_root={args.out / "photographs"}'])
    write_json(args.out / 'all.json', join_parts(cfg, args.out))
    tasks = build_tasks(cfg.tasks).with_words
    runs = [predict(number, args) for number in range(len(args.checkpoints))]
    errors = [errors_of(rows, tasks) for rows in runs]
    coverages = [coverages_of(rows, tasks) for rows in runs]
    (args.out / 'calibration.json').write_text(json.dumps({'errors': errors, 'coverages': coverages}, indent=1))
    print(f'expected calibration error, mean of {len(runs)} checkpoints; in brackets what chance alone shows')
    for name in tasks:
        cells = ['{} {:.3f} ({:.3f})'.format(when, *(np.mean([each[name][when][key] for each in errors])
                                                     for key in ('ece', 'floor')))
                 for when in ('before', *METHODS)]
        print(f'{name:18}', '  '.join(cells), ' {lesions} lesions, fitted on {fitted_on}'.format(**errors[0][name]))
    print(f'sets at {1 - ALPHA:.0%}: coverage and mean size over {DRAWS} draws of patients')
    for kind, groups in coverages[0].items():
        print(f'{kind:13}', '  '.join('{} {:.3f}, {:.2f}'.format(group, *np.mean([
            each[kind][group] for each in coverages], 0)) for group in groups))


if __name__ == '__main__':
    run_tool(main, parse_args())
