"""Do the special heads beat the base head? On predicted outlines, on clean and on shifted built-in photographs.

    python benchmarks/heads.py --out work_dirs/heads --seeds 0 1 2

Every feature task is answered three times in one network, from the same feature maps and the same regions: by its
special head, by the base head, and by the base head with the same Lab input. The base heads so get a trunk that the
special heads help to train, which can only make the comparison harder for the special ones. The generator is frozen:
its hash stands in the table. Differences are of AUROC, seeds averaged, with a 95 % interval by paired bootstrap over
patients. A head wins where the lower end is above 0 against the base and against the base with Lab, on both sets. A
finished seed is not run again.

Drawn photographs: this ranks heads as software and says nothing about patients.
"""
import argparse
import json
import pickle
from functools import partial
from pathlib import Path

from lopm.arguments import run_tool

SPECIAL = dict(color='ColorHead', texture='TextureHead', border_sharpness='BordersHead',
               border_regularity='BordersHead', homogeneity='HomogeneityHead')
RIVALS = {'base': dict(type='FeatureHead'), 'base_lab': dict(type='FeatureHead', with_lab=True)}


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--config', default='configs/multitask.py')
    parser.add_argument('--out', type=Path, required=True, help='folder for data, runs, heads.json and heads.md')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    parser.add_argument('--epochs', type=int, help='default: as the config')
    parser.add_argument('--num-photographs', type=int, default=800, help='of each of the two sets; default: 800')
    return parser.parse_args()


def main(args):
    from lopm.datasets.synthetic.generate import ensure_synthetic, generator_hash
    from lopm.study.settings import keep_settings
    keep_settings(args.out, {'config': args.config, 'epochs': args.epochs, 'num_photographs': args.num_photographs,
                             'generator': generator_hash()})
    sets = {}
    for name, shift in (('clean', False), ('shifted', True)):
        sets[name] = ensure_synthetic(args.out / name, num_photographs=args.num_photographs, shift=shift)
        add_rivals(sets[name])
    answers = {name: [] for name in sets}
    for seed in args.seeds:
        for name, rows in run_seed(args, seed, sets).items():
            answers[name].append(rows)
    table = compare(args, answers)
    header = f'generator {generator_hash()}, {len(args.seeds)} seeds, {args.num_photographs} photographs a set'
    (args.out / 'heads.json').write_text(json.dumps(dict(header=header, rows=table), indent=1))
    (args.out / 'heads.md').write_text(text := show(table, header))
    print(text)


def add_rivals(root):
    """Write ``<part>_rivals.json``: every feature label once more under the rivals' task names."""
    for part in ('train', 'val', 'test'):
        content = json.loads((root / f'{part}.json').read_text())
        for annotation in content['annotations']:
            words = annotation.get('attributes', {})
            words.update({f'{task}_{rival}': words[task] for task in SPECIAL if task in words for rival in RIVALS})
        (root / f'{part}_rivals.json').write_text(json.dumps(content))


def build_config(args, seed, sets, tested):
    """The config with three heads a task, no meta head, trained on the clean set and tested on one of them."""
    from mmengine.config import Config

    from lopm.engine.parts import hand_out
    cfg = Config.fromfile(args.config)
    tasks = {task['name']: task for task in cfg.tasks}
    cfg.tasks = [task for task in cfg.tasks if task['name'] != 'diagnosis'] + [
        {**tasks[name], 'name': f'{name}_{rival}'} for name in SPECIAL for rival in RIVALS]
    for rival, head in RIVALS.items():
        cfg.model.feature_heads.update({f'{name}_{rival}': dict(head, tasks=[f'{name}_{rival}']) for name in SPECIAL})
    cfg.model.meta_head = None
    cfg.data_root = str(sets[tested])
    for part in ('train', 'val', 'test'):
        cfg[f'{part}_dataloader'].dataset.update(type='LesionDataset', ann_file=f'{part}_rivals.json')
    cfg.randomness = dict(seed=seed)
    cfg.custom_hooks = [hook for hook in cfg.custom_hooks if 'EarlyStopping' not in hook['type']]
    cfg.default_hooks.checkpoint.monitor = 'outline/jaccard'
    cfg.train_cfg.max_epochs = args.epochs or cfg.train_cfg.max_epochs
    cfg.work_dir = str(args.out / f'seed{seed}')
    return hand_out(cfg)


def run_seed(args, seed, sets):
    """Train one seed and test it on every set; ``{set: Row list}``, kept in a file."""
    from lopm.engine.launch import build_runner, resume_from
    from lopm.engine.runner import unwrap
    from lopm.weights import load_model
    done = args.out / f'seed{seed}.pkl'
    if done.exists():
        return pickle.loads(done.read_bytes())  # our own file
    cfg = build_config(args, seed, sets, 'clean')
    print(resume_from(cfg))
    build_runner(cfg).train()
    rows = {}
    for name in sets:
        runner = build_runner(build_config(args, seed, sets, name))
        load_model(unwrap(runner.model), Path(cfg.work_dir) / 'last.pth')
        runner.test()
        rows[name] = runner.test_evaluator.metrics[0].rows
    done.write_bytes(pickle.dumps(rows))
    return rows


def compare(args, answers):
    """One dict per set, task and rival: AUROC of both, difference, interval, n."""
    import numpy as np

    from lopm.datasets.prior import training_prior
    from lopm.evaluation.rows import stack_task
    from lopm.statistics.draws import paired_bootstrap
    from lopm.statistics.ranking import auroc
    from lopm.statistics.raters import rater_rows
    from lopm.tasks import build_tasks
    table = []
    tasks = build_tasks(build_config(args, 0, {'clean': args.out / 'clean'}, 'clean').tasks)
    prior = training_prior(tasks.with_words, args.out / 'clean' / 'train_rivals.json')
    for name, seeds in answers.items():
        for task in (tasks[key] for key in SPECIAL):
            patients = np.concatenate([[row.patient_id] * len(row.targets[task.name]) for row in seeds[0]])
            targets = stack_task(seeds[0], task).targets
            rows, lesion, weight = rater_rows(targets)

            def predictions(key, lesion=lesion, seeds=seeds):
                stacked = [stack_task(rows, tasks[key]).on_pred for rows in seeds]
                return [np.where(np.isnan(p), prior[key], p)[lesion] for p in stacked]

            score = partial(rater_weighted, auroc, rows, weight)
            for rival in RIVALS:
                result = paired_bootstrap(score, predictions(task.name), predictions(f'{task.name}_{rival}'),
                                          patients[lesion])
                table.append(dict(set=name, task=task.name, head=SPECIAL[task.name], rival=rival,
                                  lesions=len(set(lesion)), patients=len(set(patients)), **result._asdict()))
    return table


def rater_weighted(score, targets, weight, probs, draws):
    return score(probs, draws * weight, targets)


def show(table, header):
    lines = [header, '', '| head | task | set | rival | head AUROC | rival AUROC | difference | 95 % interval | '
             'lesions / patients |', '|---|---|---|---|---|---|---|---|---|']
    lines += ['| {head} | {task} | {set} | {rival} | {a:.3f} | {b:.3f} | {difference:+.3f} | '
              '{low:+.3f} to {high:+.3f} | {lesions} / {patients} |'.format(**row) for row in table]
    wins = {task: all(row['low'] > 0 for row in table if row['task'] == task) for task in SPECIAL}
    lines += ['', 'Wins everywhere (lower end above 0 against both rivals, on both sets): '
              + (', '.join(f'{SPECIAL[task]} on {task}' for task, won in wins.items() if won) or 'none')]
    return '\n'.join(lines) + '\n'


if __name__ == '__main__':
    run_tool(main, parse_args())
