"""How far do the features alone go, if they are known? The meta head on what raters named, without any photograph.

The head is that of a config. It is fitted to the training part's words and judged on the test part's: what a network
could reach whose features were never wrong, and what a table filled in by a clinician is worth.
"""
from typing import NamedTuple

import numpy as np
import torch

from lopm.datasets.prior import training_prior
from lopm.engine.parts import annotations
from lopm.files import write_table
from lopm.models.assignment import choose_concepts
from lopm.registry import DATASETS, MODELS
from lopm.statistics.draws import interval, resample
from lopm.study.concepts import refuse_unlabelled
from lopm.study.refit import choose_decay, fit_head, read_with
from lopm.tasks import build_tasks


class Words(NamedTuple):
    """What is said of the N lesions of a part: ``targets`` ``{task: [N, R, K]}`` with nan, ``record`` ``[N, F]``,
    ``patients`` ``[N]``."""

    targets: dict
    record: np.ndarray
    patients: np.ndarray


class Line(NamedTuple):
    """A score of the head with some inputs, its 95 % interval over patients, and of how much."""

    inputs: str
    score: str
    value: float
    low: float
    high: float
    lesions: int
    patients: int


def read_words(dataset, names):
    """The ``Words`` of a data set of the config about some tasks; no photograph is opened."""
    dataset = DATASETS.build({**dataset, 'pipeline': [], 'test_mode': True})
    items = [dataset.get_data_info(i) for i in range(len(dataset))]
    most = max((len(item['raters']) for item in items), default=0)

    def padded(rows):
        return np.pad(rows, ((0, 0), (0, most - rows.shape[1]), (0, 0)), constant_values=np.nan)
    counts = [len(item['lesions']) for item in items]
    return Words({name: np.concatenate([padded(item['targets'][name]) for item in items]) for name in names},
                 np.repeat([item['record'] for item in items], counts, 0),
                 np.repeat([item['patient_id'] for item in items], counts))


def study_true_features(cfg):
    """``[Line]`` of a config: the head on features alone, and with the record where its lesions have one.

    Raises:
        ValueError: The config has no meta head; a part has no lesion with a diagnosis.
    """
    if not cfg.model.get('meta_head'):
        raise ValueError(f'{cfg.filename}: no meta head in it, so there is nothing that reads features')
    tasks, meta = build_tasks(cfg.tasks), dict(cfg.model.meta_head)
    named = [name for head in cfg.model.feature_heads.values() if head for name in head['tasks']]
    task = tasks[meta['task']]
    concepts = choose_concepts(meta.get('concepts'), {name: tasks[name] for name in named}, task)
    names = [concept.name for concept in concepts] + [task.name]
    train, test = (_diagnosed(read_words(cfg[f'{part}_dataloader'].dataset, names), task.name, cfg, part)
                   for part in ('train', 'test'))
    prior = training_prior({each.name: each for each in concepts}, annotations(cfg.train_dataloader.dataset))
    fields = cfg.get('record_fields') or {}
    sets = {'features': None, 'features and record': fields} if fields and ~np.isnan(train.record).all() else \
        {'features': None}
    lines = []
    for inputs, read in sets.items():
        torch.manual_seed(0)
        head = MODELS.build({**meta, 'task': task, 'concepts': concepts, 'record_fields': read, 'measured': 0,
                             'residual': 0})
        said = fit_and_read(head, *(_inputs(part, concepts, prior, bool(read)) for part in (train, test)),
                            train.targets[task.name])
        lines += score(task, inputs, test, said)
    return lines


def _diagnosed(words, name, cfg, part):
    known = ~np.isnan(words.targets[name]).all((1, 2))
    refuse_unlabelled(words.targets[name], name, annotations(cfg[f'{part}_dataloader'].dataset))
    return Words({task: rows[known] for task, rows in words.targets.items()}, words.record[known],
                 words.patients[known])


def _inputs(words, concepts, prior, with_record):
    """A side of a ``ConceptTable``: the raters' mean of each feature, the prior where nobody named it."""
    probabilities = {}
    for concept in concepts:
        rows = words.targets[concept.name]
        known = ~np.isnan(rows)
        mean = np.nan_to_num(rows).sum(1) / np.maximum(known.sum(1), 1)
        probabilities[concept.name] = torch.tensor(np.where(known.any(1), mean, prior[concept.name])).float()
    return {'probabilities': probabilities, 'record': torch.tensor(words.record).float() if with_record else None}


def fit_and_read(head, train, test, targets):
    """Probabilities ``[M, K]`` of the test lesions by a head fitted to the training lesions, its decay chosen there."""
    decay = choose_decay(head, train, targets)
    return read_with(fit_head(head, train, targets, decay=decay).eval(), test)


def score(task, inputs, words, said):
    """``[Line]`` of every score."""
    drawn = resample(words.patients)
    return [Line(inputs, name, *interval(values), len(said), drawn.number)
            for name, values in task.score_draws(words.targets[task.name], said, drawn).items()]


def write_lines(path, lines):
    """A csv with a line per ``Line``."""
    write_table(path, Line._fields, lines)
