"""How much would more photographs help? The same training on more and more of them, judged on one test part."""
import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.progress import track

from lopm.datasets.format import read_dataset
from lopm.datasets.groups import has_patient
from lopm.datasets.splits import write_parts
from lopm.engine.config import load_config
from lopm.engine.iterations import counts_steps
from lopm.engine.parts import PARTS, annotations, names_data
from lopm.evaluation.predictions import fill_missed, read_predictions
from lopm.evaluation.rows import owners, stack_task
from lopm.files import sole_run, write_table
from lopm.models.assignment import OUTLINE
from lopm.statistics.draws import interval, resample
from lopm.statistics.means import weighted_mean
from lopm.study.crossval import TESTED, Run, run
from lopm.study.folds import join_content
from lopm.study.settings import keep_settings
from lopm.tasks import build_tasks
from lopm.workers import run_apart


class Point(NamedTuple):
    """A task's score after training on ``photographs``; seeds averaged, interval over patients of the test part."""

    task: str
    score: str
    photographs: int
    patients: int
    value: float
    low: float
    high: float
    seeds: int
    tested: int  # patients, or photographs where there are none


def learning_curve(config, options, out, sizes, seeds, workers=1, data=None):
    """Train on the first ``sizes`` photographs of a shuffled training part for each seed, and score: ``[Point]``.

    Whole patients are added, so the sizes are reached to within a patient; the smaller part lies in the larger one.
    Every training takes as many steps as that on the largest part. What is done is kept.

    Args:
        data: Folder whose parts stand in for the config's.

    Raises:
        ValueError: More photographs are asked for than there are; other settings than those ``out`` was begun with; a
            test part without labels.
    """
    cfg = load_config(config, out, options, data)
    with sole_run(out):
        keep_settings(out, {'config': Path(config).name, 'options': list(options), 'largest': max(sizes),
                            'config_sha256': hashlib.sha256(cfg.pretty_text.encode()).hexdigest()})
        parts = {part: join_content([cfg[f'{part}_dataloader'].dataset], out) for part in PARTS}
        total = len(parts['train']['images'])
        if max(sizes) > total:
            raise ValueError(f'--sizes {max(sizes)}: the training part has {total} photographs')
        runs, own = {}, [option for option in options if not names_data(option)]
        for size in sorted(sizes):
            for seed in seeds:
                folder = out / f'{size}_{seed}'
                _write(folder, parts, size, seed)
                runs[size, seed] = Run(config, (*own, *_budget(cfg, size, max(sizes)), f'randomness.seed={seed}'),
                                       folder, folder / 'run', 0)
        todo = [each for each in runs.values() if not each.done]
        for _ in track(run_apart(run, todo, workers), f'{len(todo)} runs', total=len(todo)) if todo else ():
            pass
        points = [point for size in sorted(sizes) for point in _score([runs[size, seed] for seed in seeds])]
        if not points:
            raise ValueError(f'{annotations(cfg.test_dataloader.dataset)}: nothing in it is labelled that the config '
                             'learns; nothing can be scored: label some')
        return points


def _write(folder, parts, size, seed):
    """The three parts of a training, in ``folder``, and their audit."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = choose(parts['train']['images'], size, seed)
    train = {**parts['train'], 'images': [row for row in parts['train']['images'] if row['id'] in chosen],
             'annotations': [row for row in parts['train']['annotations'] if row['image_id'] in chosen]}
    moved = {part: {**content, 'images': [{**row, 'file_name': str(Path('..', row['file_name']))}
                                          for row in content['images']]}
             for part, content in {**parts, 'train': train}.items()}
    write_parts(folder, moved, {'learning_curve': {'photographs': size, 'seed': seed}})


def choose(images, size, seed):
    """Ids of about ``size`` photographs, whole patients in an order that the seed gives."""
    patients = {}
    for image in images:
        patients.setdefault(image['patient_id'] if has_patient(image) else image['file_name'], []).append(image['id'])
    chosen = set()
    for patient in np.random.default_rng(seed).permutation(sorted(patients)):
        if len(chosen) >= size:
            break
        chosen.update(patients[patient])
    return chosen


def _budget(cfg, size, largest):
    """As many steps, and as many validations, as the largest training; a loop that counts steps says so itself."""
    if counts_steps(cfg.train_cfg):
        return []
    longer = largest / size
    return [f'train_cfg.max_epochs={round(cfg.train_cfg.max_epochs * longer)}',
            f'train_cfg.val_interval={max(1, round(cfg.train_cfg.get("val_interval", 1) * longer))}']


def _score(runs):
    """``[Point]`` of the runs of one size, a seed each."""
    results = [read_predictions(each.out / TESTED) for each in runs]
    tasks = build_tasks(results[0][1]['tasks'])
    rows = [sorted(fill_missed(*each), key=lambda row: row.file_name.rpartition('/')[2]) for each in results]
    images = [read_dataset(each.parts / 'train.json')['images'] for each in runs]
    patients = [len({image.get('patient_id') or image['file_name'] for image in each}) for each in images]
    counts = round(np.mean([len(each) for each in images])), round(np.mean(patients))
    points = []
    for name, score, draws, tested in _draws(rows, tasks):
        points.append(Point(name, score, *counts, *interval(np.mean(draws, 0)), len(runs), tested))
    return points


def _draws(runs, tasks):
    """``(task, score, [draws of a run], patients)`` for the outline and every task with labels."""
    outlined = [[row for row in rows if row.outline] for rows in runs]
    if outlined[0]:
        patients = [str(row.patient_id) for row in outlined[0]]
        weights = resample(patients).weights
        overlaps = [np.array([row.outline.jaccard for row in rows], float) for rows in outlined]
        yield OUTLINE, 'jaccard', [weighted_mean(each, weights) for each in overlaps], len(set(patients))
    for name, task in tasks.answered.items():
        if not any(name in row.on_pred for row in runs[0]):
            continue
        answers = [stack_task(rows, task) for rows in runs]
        known = answers[0].labelled
        if known.any():
            patients = np.array([str(row.patient_id) for row in runs[0]])[owners(runs[0], task)[known]]
            drawn = resample(patients)
            yield name, task.judge, [task.score_draws(each.targets[known], each.on_pred[known], drawn)[task.judge]
                                  for each in answers], len(set(patients))


def write_points(path, points):
    """A csv with a line per ``Point``."""
    write_table(path, Point._fields, points)
