"""Ways to train a bottleneck, side by side on the built-in photographs, before and after correction.

    python benchmarks/schedules.py --out schedules                      # three seeds, some 40 minutes
    python benchmarks/schedules.py --out try --seeds 0 --epochs 2 --num-photographs 60

    joint          the meta head learns with the network, and teaches the features
    detached       with the network, without teaching the features
    sequential     after it, on what the detached network says of the training photographs
    independent    on what a rater said of them, without the network
    intervention   after it, a random quarter of the features said by a rater
    black box      the diagnosis without features between: nothing to correct

Tested on 160 photographs of the clean set, and on the same ones by another camera. "corrected" says the true features.
Lesions without an outline get the training prior and stay in. All trainings are resumable; finished ones are kept.
"""
import argparse
import json
from pathlib import Path

from lopm.arguments import run_tool

CONFIGS = {'joint': 'configs/multitask.py', 'detached': 'configs/multitask.py', 'black_box': 'configs/black_box.py'}
REFITTED = {'sequential': 'detached', 'independent': 'independent', 'intervention': 'intervention'}  # and its mode


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, required=True, help='folder for data, runs and schedules.json')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    parser.add_argument('--epochs', type=int, help='default: as the config')
    parser.add_argument('--num-photographs', type=int, default=800, help='of each of the two sets; default: 800')
    return parser.parse_args()


def options_of(kind, seed, args):
    options = [f'data_root={args.out / "clean"}', f'randomness.seed={seed}']
    options += [f'{part}_dataloader.dataset.synthetic.num_photographs={args.num_photographs}'
                for part in ('train', 'val', 'test')]
    options += [f'train_cfg.max_epochs={args.epochs}'] if args.epochs else []
    return options + (['model.meta_head.mode=detached'] if kind == 'detached' else [])


def train(job):
    """One network, in a process of its own."""
    import contextlib

    from lopm.engine import launch
    config, out, options = job
    out.mkdir(parents=True, exist_ok=True)
    with open(out / 'log.txt', 'a') as log, contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        cfg = launch.load_config(config, out, options)
        launch.resume_from(cfg)
        launch.train(cfg)
    (out / 'done').touch()


def train_all(args):
    from rich.progress import track

    from lopm.workers import run_apart
    jobs = [(config, args.out / f'{kind}_{seed}', options_of(kind, seed, args))
            for seed in args.seeds for kind, config in CONFIGS.items()]
    jobs = [job for job in jobs if not (job[1] / 'done').exists()]
    for _ in track(run_apart(train, jobs, 1), 'training', total=len(jobs)) if jobs else ():
        pass


def trained(kind, seed, args):
    """The config of a training and its best model."""
    from lopm.engine.launch import load_config
    from lopm.engine.testing import load_trained
    cfg = load_config(CONFIGS[kind], options=options_of(kind, seed, args))
    model = load_trained(cfg, args.out / f'{kind}_{seed}' / 'best.pth')
    return cfg, model


def loader_of(cfg, folder, part):
    """The test pipeline on a part of another folder."""
    from lopm.engine.runner import LesionRunner
    dataset = {key: value for key, value in cfg.test_dataloader.dataset.items() if key != 'synthetic'}
    return LesionRunner.build_dataloader(dict(cfg.test_dataloader, dataset={
        **dataset, 'type': 'LesionDataset', 'data_root': str(folder), 'ann_file': f'{part}.json'}))


def tables(cfg, model, args):
    """Concept tables of the training part and of both test sets."""
    from lopm.study.concepts import collect
    found = {}
    for name, part in (('clean', 'train'), ('clean', 'test'), ('shifted', 'test')):
        found['train' if part == 'train' else name] = collect(model, loader_of(cfg, args.out / name, part))
    return found


def run_seed(seed, args):
    """``{method: {set: {'before', 'after': [N, K]}}}``, with targets and patients, of one seed; kept in a file."""
    import numpy as np
    import torch

    from lopm.datasets.prior import training_prior
    from lopm.models.correcting import diagnose
    from lopm.study.intervene import correct_in_order, true_answers
    from lopm.study.refit import refit
    done = args.out / f'answers_{seed}.npz'
    if done.exists():
        return dict(np.load(done))
    found = {}
    for kind in ('joint', 'detached'):
        cfg, model = trained(kind, seed, args)
        seen, head = tables(cfg, model, args), model.meta_head
        heads = {kind: head}
        if kind == 'detached':
            heads.update({name: refit(head, seen['train'], mode) for name, mode in REFITTED.items()})
        prior = training_prior({head.task.name: head.task}, args.out / 'clean/train.json')[head.task.name]
        for name in ('clean', 'shifted'):
            table, inputs = seen[name], seen[name].inputs['on_pred']
            truth = {key: torch.as_tensor(each) for key, each in
                     true_answers(table, head, args.out / name / 'test.json').items()}
            for method, each in heads.items():
                last = list(correct_in_order(each, inputs, truth, 'random'))[-1].numpy()
                before = diagnose(each, inputs).numpy()
                missed = np.isnan(before).any(1)[:, None]
                found[f'{method}/{name}/before'] = np.where(missed, prior, before)
                found[f'{method}/{name}/after'] = np.where(missed, prior, last)
            found[f'targets/{name}'], found[f'patients/{name}'] = table.targets[head.task.name], table.patients
    found.update(black_box(seed, args))
    np.savez_compressed(done, **found)
    return found


def black_box(seed, args):
    """The diagnosis of the network without features, on the same lesions."""
    from lopm.datasets.prior import training_prior
    from lopm.evaluation.predictions import fill_missed
    from lopm.evaluation.rows import score_photograph, stack_task
    cfg, model = trained('black_box', seed, args)
    task, found = model.tasks['diagnosis'], {}
    prior = training_prior({'diagnosis': task}, args.out / 'clean/train.json')['diagnosis']
    for name in ('clean', 'shifted'):
        rows = [score_photograph(sample.to_dict(), {'diagnosis': task})
                for batch in loader_of(cfg, args.out / name, 'test') for sample in model.test_step(batch)]
        about = {'tasks': [dict(each) for each in cfg.tasks], 'priors': {0: {'diagnosis': prior.tolist()}}}
        found[f'black_box/{name}/before'] = stack_task(fill_missed(rows, about), task).on_pred
    return found


def compare(args):
    """Rows of the table: AUROC and accuracy with intervals, seeds averaged, and the share of lesions made worse."""
    import numpy as np

    from lopm.datasets.synthetic.labels import limits
    from lopm.engine.launch import load_config
    from lopm.statistics.draws import interval, resample
    from lopm.tasks import build_tasks
    task = build_tasks(load_config(CONFIGS['joint']).tasks)['diagnosis']
    seeds, table = [run_seed(seed, args) for seed in args.seeds], []
    for name in ('clean', 'shifted'):
        targets, patients = seeds[0][f'targets/{name}'], seeds[0][f'patients/{name}']
        known = ~np.isnan(targets).all((1, 2))
        drawn = resample(patients[known], 1000)
        limit = limits(args.out / name / 'test.json')['diagnosis/auroc']
        for method in ('joint', 'detached', *REFITTED, 'black_box'):
            row = {'set': name, 'method': method, 'lesions': int(known.sum()), 'patients': len(set(patients[known]))}
            for when in ('before', 'after'):
                probs = [each[f'{method}/{name}/{when}'][known] for each in seeds if f'{method}/{name}/{when}' in each]
                if probs:
                    draws = np.mean([task.score_draws(targets[known], each, drawn)['auroc'] for each in probs], 0)
                    row[when] = interval(draws)
                    row[f'{when}_share'] = (row[when][0] - 0.5) / (limit - 0.5)
            if 'after' in row:
                row['gain'], row['worse'] = gains(seeds, method, name, targets, known, drawn)
            table.append(row)
    return table


def gains(seeds, method, name, targets, known, drawn):
    """By how much correction raises the log of the true diagnosis' probability, and for how many it falls."""
    import numpy as np

    from lopm.statistics.draws import interval
    from lopm.statistics.means import weighted_mean
    truth = np.nan_to_num(np.nanmax(targets[known], 1))
    each = [np.log((seed[f'{method}/{name}/after'][known] * truth).sum(1).clip(1e-7))
            - np.log((seed[f'{method}/{name}/before'][known] * truth).sum(1).clip(1e-7)) for seed in seeds]
    return interval(weighted_mean(np.mean(each, 0), drawn.weights)), float(np.mean([gain < -1e-6 for gain in each]))


def main(args):
    from lopm.datasets.synthetic.generate import ensure_synthetic, generator_hash
    from lopm.study.settings import keep_settings
    keep_settings(args.out, {'epochs': args.epochs, 'num_photographs': args.num_photographs,
                             'generator': generator_hash()})
    for name, shift in (('clean', False), ('shifted', True)):
        ensure_synthetic(args.out / name, num_photographs=args.num_photographs, shift=shift)
    train_all(args)
    table = compare(args)
    (args.out / 'schedules.json').write_text(json.dumps(table, indent=1))
    show(table, args)


def show(table, args):
    print(f'AUROC of the diagnosis on predicted outlines, {len(args.seeds)} seeds, 95 % intervals over patients')
    for row in table:
        cells = [f'{row["set"]:8} {row["method"]:13}']
        for when in ('before', 'after'):
            cells.append('{:.3f} ({:.3f} to {:.3f}) {:4.0%}'.format(*row[when], row[f'{when}_share'])
                         if when in row else '')
        if 'gain' in row:
            cells.append('gain {:+.3f} ({:+.3f} to {:+.3f}), {:.0%} worse'.format(*row['gain'], row['worse']))
        print('  '.join(cells), f' {row["lesions"]} lesions, {row["patients"]} patients')


if __name__ == '__main__':
    run_tool(main, parse_args())
