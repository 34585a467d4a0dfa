"""Separate networks under a meta head against one shared backbone, on the same folds.

    python benchmarks/stacking.py --out stacking                       # about an hour a seed
    python benchmarks/stacking.py --out try --num-photographs 60 --epochs 1 --seeds 0

Built-in photographs, small; 3 outer folds, and 3 inner ones for the networks whose predictions the meta head of the
stack learns from. Both are tested on all photographs; the diagnosis also by all ways to train a bottleneck on the same
folds (benchmarks/schedules.py says which), before and after all features were corrected. Time and memory are of
one process with one thread. All trainings are resumable; finished ones are kept.
"""
import argparse
import json
import time
from pathlib import Path

from lopm.arguments import run_tool

SEPARATE = 'outline', 'color', 'texture', 'borders', 'homogeneity'
FEATURES = 'color', 'texture', 'border_sharpness', 'border_regularity', 'homogeneity'
KINDS = {'shared': 'configs/multitask.py', 'stacked': 'configs/stacking.py'}
OTHERS = {'detached': 'configs/multitask.py', 'black_box': 'configs/black_box.py'}
REFITTED = {'sequential': 'detached', 'independent': 'independent', 'intervention': 'intervention'}  # and its mode
SIZE = '(96,128)'


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, required=True, help='folder for data, runs and stacking.json')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    parser.add_argument('--epochs', type=int, default=10, help='of every network; default: 10')
    parser.add_argument('--num-photographs', type=int, default=360, help='default: 360')
    parser.add_argument('--workers', type=int, default=1, help='trainings at once; default: 1')
    return parser.parse_args()


def options_of(kind, seed, args):
    """What is changed of a config: smaller photographs, all on the same data."""
    options = [f'data_root={args.out / "data"}', f'randomness.seed={seed}']
    for part in ('train', 'val', 'test'):
        options += [f'{part}_dataloader.dataset.pipeline.2.size={SIZE}', f'{part}_dataloader.num_workers=0',
                    f'{part}_dataloader.persistent_workers=False']
    if kind == 'stacked':
        folder = args.out / f'separate_{seed}'
        files = [str(folder / name / '{fold}' / 'inner' / 'predictions.parquet') for name in SEPARATE[1:]]
        options += [f'model.networks.{name}.checkpoint={folder / name / "{fold}" / "best.pth"}' for name in SEPARATE]
        return [*options, f'train_dataloader.dataset.predictions=[{",".join(files)}]']
    options += [f'{part}_dataloader.dataset.synthetic.num_photographs={args.num_photographs}'
                for part in ('train', 'val', 'test')]
    options += ['model.meta_head.mode=detached'] if kind == 'detached' else []
    return [*options, f'train_dataloader.dataset.pipeline.3.crop_size={SIZE}', f'train_cfg.max_epochs={args.epochs}']


def cross_validate(kind, config, out, seed, args, inner=0):
    """Train on all folds of the division that the first network made."""
    from lopm.study.crossval import crossval
    division = division_of(args)
    crossval(Path(config), options_of(kind, seed, args), out, 3, inner, None if out == division else division, 0,
             args.workers)


def division_of(args):
    """The first run that is made divides the photographs; all others use its folds."""
    return args.out / f'separate_{args.seeds[0]}' / 'outline'


def train_all(args):
    for seed in args.seeds:
        for name in SEPARATE:
            out = args.out / f'separate_{seed}' / name
            cross_validate('separate', f'configs/separate/{name}.py', out, seed, args, 3)
        for kind, config in {**KINDS, **OTHERS}.items():
            cross_validate(kind, config, args.out / f'{kind}_{seed}', seed, args)


def load(kind, seed, fold, args):
    """``(config of a fold, its trained model)``."""
    from lopm.engine.launch import load_config
    from lopm.engine.testing import load_trained
    parts = division_of(args) / f'fold{fold}'
    cfg = load_config({**KINDS, **OTHERS}[kind], options=options_of(kind, seed, args), folder=parts)
    return cfg, load_trained(cfg, args.out / f'{kind}_{seed}' / f'fold{fold}' / 'best.pth')


def corrections(kind, seed, args):
    """``{way: [before, after]}``: the diagnosis ``[N, K]`` as predicted, and with all features corrected, in the order
    of ``rows_of``; nan where no outline matches."""
    import numpy as np
    import torch

    from lopm.engine.runner import LesionRunner
    from lopm.models.correcting import diagnose
    from lopm.study.concepts import collect
    from lopm.study.intervene import correct_in_order, true_answers
    from lopm.study.refit import read_training, refit
    found = {}
    for fold in range(3):
        cfg, model = load(kind, seed, fold, args)
        heads = {kind: model.meta_head}
        if kind == 'detached':
            seen = read_training(cfg, model)
            heads |= {way: refit(model.meta_head, seen, mode) for way, mode in REFITTED.items()}
        table = collect(model, LesionRunner.build_dataloader(cfg.test_dataloader))
        truth = {name: torch.as_tensor(each) for name, each in
                 true_answers(table, model.meta_head, args.out / 'data' / 'test.json').items()}
        for way, head in heads.items():
            *_, last = correct_in_order(head, table.inputs['on_pred'], truth, 'random')
            before = diagnose(head, table.inputs['on_pred'])
            found.setdefault(way, []).append(np.stack([before, last]))
    return {way: np.concatenate(each, 1) for way, each in found.items()}


def rows_of(kind, seed, args):
    """``(rows, tasks)`` of a run, fold after fold, the prior in place of lesions that were not found."""
    from lopm.evaluation.predictions import fill_missed, read_predictions
    from lopm.tasks import build_tasks
    rows, about = read_predictions(args.out / f'{kind}_{seed}' / 'predictions.parquet')
    return fill_missed(rows, about), build_tasks(about['tasks'])


def quality(args):
    """``[dict]``: each score of both kinds with its interval, and the difference in pairs; seeds averaged."""
    import numpy as np

    from lopm.evaluation.rows import owners, stack_task
    from lopm.statistics.draws import interval, resample
    from lopm.statistics.means import weighted_mean
    table, drawn = [], {}
    for kind in KINDS:
        for seed in args.seeds:
            rows, tasks = rows_of(kind, seed, args)
            patients = np.array([row.patient_id for row in rows])
            drawn.setdefault(('outline', 'jaccard'), {}).setdefault(kind, []).append(
                weighted_mean(np.array([row.outline.jaccard for row in rows]), resample(patients).weights))
            for name in (*FEATURES, 'diagnosis'):
                answers, owner = stack_task(rows, tasks[name]), owners(rows, tasks[name])
                known = answers.labelled
                drawn.setdefault((name, 'auroc'), {}).setdefault(kind, []).append(tasks[name].score_draws(
                    answers.targets[known], answers.on_pred[known], resample(patients[owner[known]]))['auroc'])
    for (task, score), sides in drawn.items():
        shared, stacked = (np.mean(sides[kind], 0) for kind in KINDS)
        table.append({'task': task, 'score': score, 'shared': interval(shared), 'stacked': interval(stacked),
                      'difference': interval(stacked - shared)})
    return table, {'photographs': len(rows), 'lesions': sum(len(row.lesion_ids) for row in rows),
                   'patients': len(set(patients))}


def diagnoses(args):
    """``{way: {'before', 'after': (AUROC, low, high)}}`` of the diagnosis, seeds averaged; a black box has no after."""
    import numpy as np

    from lopm.evaluation.rows import owners, stack_task
    from lopm.statistics.draws import interval, resample
    drawn = {}
    for seed in args.seeds:
        for kind in (*KINDS, *OTHERS):
            rows, tasks = rows_of(kind, seed, args)
            answers, owner = (each(rows, tasks['diagnosis']) for each in (stack_task, owners))
            known, patients = answers.labelled, np.array([row.patient_id for row in rows])
            said = {('black box', 'before'): answers.on_pred} if kind == 'black_box' else {
                (way, when): probs for way, both in corrections(kind, seed, args).items()
                for when, probs in zip(('before', 'after'), both)}
            for key, probs in said.items():  # a lesion that was not found has the prior, whatever is corrected
                probs = np.where(np.isnan(probs), answers.on_pred, probs)[known]
                drawn.setdefault(key, []).append(tasks['diagnosis'].score_draws(
                    answers.targets[known], probs, resample(patients[owner[known]]))['auroc'])
    found = {}
    for (way, when), draws in drawn.items():
        found.setdefault(way, {})[when] = interval(np.mean(draws, 0))
    return found


def costs(args, rounds=30):
    """Median seconds of a training step of each network, of a prediction, in turn in one process; megabytes."""
    import torch
    from mmengine.optim import OptimWrapper

    from lopm.engine.launch import load_config
    from lopm.engine.runner import LesionRunner
    from lopm.registry import MODELS
    torch.set_num_threads(1)
    work = {}
    for name in (*SEPARATE, 'shared'):
        config, kind = (KINDS['shared'], 'shared') if name == 'shared' else (f'configs/separate/{name}.py', 'separate')
        cfg = load_config(config, options=options_of(kind, args.seeds[0], args),
                          folder=division_of(args) / 'fold0')
        model = MODELS.build(cfg.model).train()
        batch = next(iter(LesionRunner.build_dataloader(cfg.train_dataloader, seed=0)))
        optimizer = OptimWrapper(torch.optim.AdamW(model.parameters(), 1e-4))
        work[name] = lambda model=model, batch=batch, optimizer=optimizer: model.train_step(copy(batch), optimizer)
    weights = {}
    for kind in KINDS:
        cfg, model = load(kind, args.seeds[0], 0, args)
        batch = next(iter(LesionRunner.build_dataloader(cfg.test_dataloader)))
        work[f'predict {kind}'] = lambda model=model, batch=batch: model.test_step(copy(batch))
        weights[kind] = sum(each.numel() for each in model.parameters()) * 4 / 1e6
    times = {name: [] for name in work}
    for _ in range(rounds):
        for name, call in work.items():
            start = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - start)
    return {name: sorted(each)[rounds // 2] for name, each in times.items()}, weights


def copy(batch):
    """Preprocessing pads maps in place, so each call gets a batch of its own."""
    import copy
    return copy.deepcopy(batch)


def peak_memory(kind, args):
    """Megabytes that a process takes at most which loads the model and predicts a fold."""
    import multiprocessing

    from lopm.workers import end_with_parent
    with multiprocessing.get_context('spawn').Pool(1, end_with_parent) as pool:
        return pool.apply(_peak, (kind, args))


def _peak(kind, args):
    from lopm.engine.runner import LesionRunner
    cfg, model = load(kind, args.seeds[0], 0, args)
    for batch in LesionRunner.build_dataloader(cfg.test_dataloader):
        model.test_step(batch)
    status = Path('/proc/self/status').read_text()  # getrusage counts what the parent had at the fork, too
    return int(status.partition('VmHWM:')[2].split()[0]) / 1e3


def steps_of(args):
    """Training steps of a network, ``{'outer', 'inner'}``, over all folds."""
    def steps(folder):
        count = len(json.loads((folder / 'train.json').read_text())['images'])
        return args.epochs * -(-count // 8)
    division = division_of(args)
    return {'outer': sum(steps(division / f'fold{i}') for i in range(3)),
            'inner': sum(steps(division / f'fold{i}' / 'inner' / f'fold{j}') for i in range(3) for j in range(3))}


def main(args):
    from lopm.datasets.synthetic.generate import ensure_synthetic, generator_hash
    from lopm.study.settings import keep_settings
    keep_settings(args.out, {'epochs': args.epochs, 'num_photographs': args.num_photographs,
                             'generator': generator_hash()})
    ensure_synthetic(args.out / 'data', num_photographs=args.num_photographs)
    train_all(args)
    table, counts = quality(args)
    ways = diagnoses(args)
    times, weights = costs(args)
    steps = steps_of(args)
    training = {'shared': steps['outer'] * times['shared'],
                'stacked': sum(steps.values()) * sum(times[name] for name in SEPARATE)}
    memory = {kind: peak_memory(kind, args) for kind in KINDS}
    found = {'quality': table, **counts, 'diagnosis': ways, 'seconds': times, 'training': training,
             'weights': weights, 'memory': memory}
    (args.out / 'stacking.json').write_text(json.dumps(found, indent=1))
    print(f'{counts["photographs"]} photographs, {counts["lesions"]} lesions, {counts["patients"]} patients; '
          f'{len(args.seeds)} seeds averaged, 95 % intervals over patients')
    for row in table:
        cells = ['{:.3f} ({:.3f} to {:.3f})'.format(*row[kind]) for kind in KINDS]
        print(f'{row["task"]:18} {row["score"]:18}', *cells, '{:+.3f} ({:+.3f} to {:+.3f})'.format(*row['difference']))
    print('diagnosis, before and after all features were corrected')
    for way, each in ways.items():
        print(f'{way:37}', *('{:.3f} ({:.3f} to {:.3f})'.format(*score) for score in each.values()))
    predicting = {kind: 1e3 * times[f'predict {kind}'] / 16 for kind in KINDS}  # batches of 16
    for name, each, unit in (('training the networks, all folds', training, 's'),
                             ('predicting a photograph', predicting, 'ms'), ('weights', weights, 'MB'),
                             ('process that predicts, at most', memory, 'MB')):
        print(f'{name:37}', *(f'{each[kind]:.1f} {unit:21}' for kind in KINDS),
              f'{each["stacked"] / each["shared"]:.2f} times')


if __name__ == '__main__':
    run_tool(main, parse_args())
