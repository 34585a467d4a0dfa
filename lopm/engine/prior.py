"""The prior of a training goes with its weights: a test on another base answers by it where a lesion was not found."""
from pathlib import Path

from lopm.datasets.prior import training_prior
from lopm.engine.parts import annotations
from lopm.tasks import build_tasks
from lopm.weights import notes_of


def prior_of(cfg):
    """How often each entry of a config's tasks holds in its training part, ``{task: [K]}``; None without that part."""
    dataset = (cfg.get('train_dataloader') or {}).get('dataset')
    if not dataset or not cfg.get('tasks') or 'ann_file' not in dataset or not Path(annotations(dataset)).is_file():
        return None
    prior = training_prior(build_tasks(cfg.tasks).answered, annotations(dataset))
    return {name: values.tolist() for name, values in prior.items()}


def take_prior(cfg, trained):
    """Let the test's metric answer by the prior that a checkpoint (``read_checkpoint``) was trained with, in place.

    A ``prior_from`` that the config states holds; a checkpoint of before, which has none, leaves it to the training
    part of the config.
    """
    evaluator, prior = cfg.get('test_evaluator'), notes_of(trained).get('prior')
    if prior and isinstance(evaluator, dict) and evaluator['type'] == 'LesionMetric' and 'prior_from' not in evaluator:
        evaluator['prior'] = prior
