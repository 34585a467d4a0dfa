"""Are probabilities what they say? Scaling that is fitted on a calibration part, and how far off they are.

Temperature and vector scaling (Guo et al., ICML 2017) and beta calibration (Kull et al., AISTATS 2017) act on a
task's logits, which are the inverse of its probabilities, so that nothing but predictions is needed: softmax for
exclusive classes, a sigmoid for each class of a multilabel task, cumulative logits for grades. A lesion that was not
found has the training prior: that is neither scaled nor learned from.
"""
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypedDict

import numpy as np
import torch
from msgspec import Meta

from lopm.evaluation.rows import matched, stack_task
from lopm.files import parse_json, write_json
from lopm.statistics.means import ratio, weighted_mean
from lopm.statistics.raters import rater_rows

BINS = 15
METHODS = ('temperature', 'vector', 'beta')
LEAST_SCALED = 30  # lesions below which a scaling follows chance


class Scaling(TypedDict):
    """``[terms][outputs]`` and ``[outputs]``, with 1 where all share one; see ``fit_scaling``."""

    scale: Annotated[list[Annotated[list[float], Meta(min_length=1)]], Meta(min_length=1)]
    bias: Annotated[list[float], Meta(min_length=1)]


class Calibration(TypedDict):
    """How it was fitted, to which photographs and patients (hashed), and what came out for each task."""

    method: str
    photographs: list[str]
    patients: list[str]
    tasks: dict[str, Scaling]


def fit_scaling(task, targets, probs, method='temperature'):
    """Scale and bias that make a task's probabilities most likely: ``sum of scale * evidence + bias`` is the new logit.

    ``temperature``: one scale, no bias. ``vector``: of each output its own (of grades one scale for all and a bias
    for each: how far grades lie apart is what training finds slowest). ``beta``: of each output one scale for
    ``log(p)``, one for ``-log(1 - p)``, and a bias, which also follows probabilities that are too sure at one end
    alone; of exclusive classes, whose logits are ``log(p)``, it is vector scaling. Lesions count once each, raters
    share it, alternatives count as in training.

    Args:
        targets, probs: ``[N, R, K]`` with nan, ``[N, K]``.

    Returns:
        ``{'scale': [terms][outputs], 'bias': [outputs]}``, with 1 where all share one.

    Raises:
        ValueError: Nothing is labelled, or a probability is nan.
    """
    if method not in METHODS:
        raise ValueError(f'calibration method {method!r} is none of {", ".join(METHODS)}')
    if np.isnan(probs).any():
        raise ValueError(f'task {task.name}: a probability is nan; a lesion that was not found gets the prior first')
    evidence, targets = torch.as_tensor(task.logit_terms(probs)), torch.as_tensor(targets)
    sizes = {'temperature': [(1, 1)], 'vector': [(1, task.free_outputs), (task.num_outputs,)],
             'beta': [evidence.shape[1:], (task.num_outputs,)]}[method]
    fitted = [torch.zeros(size, dtype=torch.float64, requires_grad=True) for size in sizes]
    log_scale, bias = (*fitted, torch.zeros(1))[:2]
    optimizer = torch.optim.LBFGS(fitted, max_iter=200, line_search_fn='strong_wolfe')

    def loss():
        optimizer.zero_grad()
        each, known = task.loss((evidence * log_scale.exp()).sum(-2) + bias, targets)
        if not known.any():
            raise ValueError(f'task {task.name}: nothing is labelled in the calibration part; it cannot be calibrated')
        mean = (each * known).sum() / known.sum() + 1e-4 * sum(value.square().sum() for value in fitted)
        mean.backward()
        return mean
    optimizer.step(loss)
    return {'scale': log_scale.exp().tolist(), 'bias': bias.tolist()}


def scale_probabilities(task, probs, fitted):
    """Probabilities ``[N, K]`` after scaling; nan stays nan. Grades stay ordered."""
    logits = (task.logit_terms(probs) * np.array(fitted['scale'])).sum(-2) + np.array(fitted['bias'])
    return task.consistent(task.probabilities(torch.as_tensor(logits)).numpy())


def fit_calibration(rows, tasks, method='temperature'):
    """Scaling of every task of a calibration part: a dict for json. Tasks without a label there are left out.

    Its ``photographs`` and ``patients`` (hashed) are kept, so that what overlaps is refused.
    """
    answers = {name: stack_task(rows, task) for name, task in tasks.items()}
    used = {name: each.labelled & (each.matched != 0) for name, each in answers.items()}
    return {'method': method, 'photographs': [_hash(row.file_name) for row in rows],
            'patients': sorted({_hash(row.patient_id) for row in rows}),
            'tasks': {name: fit_scaling(tasks[name], each.targets[used[name]], each.on_pred[used[name]], method)
                      for name, each in answers.items() if used[name].any()}}


def calibrate(rows, tasks, calibration):
    """The rows with scaled probabilities, on predicted outlines and on true ones.

    Raises:
        ValueError: A patient of theirs was in the calibration part.
    """
    both = set(calibration['patients']) & {_hash(row.patient_id) for row in rows}
    if both:
        raise ValueError(f'{len(both)} patients are in the calibration part and among those to be calibrated: what it '
                         'was fitted on shows nothing; calibrate on a part of its own')
    scaled = {name: tasks[name] for name in calibration['tasks'].keys() & tasks.keys()}
    return [_scaled(row, scaled, calibration['tasks']) for row in rows]


def _scaled(row, tasks, fitted):
    tasks = {name: task for name, task in tasks.items() if name in row.on_pred}
    on_true, on_pred = ({name: scale_probabilities(task, side[name], fitted[name]) for name, task in tasks.items()}
                        for side in (row.on_true, row.on_pred))
    for name, task in tasks.items():
        on_pred[name] = np.where(matched(row, task)[:, None] == 0, row.on_pred[name], on_pred[name])
    return replace(row, on_true={**row.on_true, **on_true}, on_pred={**row.on_pred, **on_pred})


def write_calibration(path, calibration):
    return write_json(Path(path), calibration, indent=1)


def read_calibration(path):
    """What ``write_calibration`` wrote."""
    return parse_json(Path(path).read_bytes(), path, Calibration, fix='write one with lopm study')


def answers_of(task, targets, probs, draws=None):
    """``(truth [M, C], answers [M, K], weights)`` of every (lesion, rater): weights ``[M]``, or under every draw
    ``[B, M]``, where ``draws`` ``[B, N]`` says how often each lesion was drawn."""
    rows, lesion, weights = rater_rows(task.known_entries(targets))
    return task.class_probabilities(rows), probs[lesion], weights if draws is None else draws[:, lesion] * weights


def confidences(task, targets, probs, draws=None):
    """``(confidence [M], right [M], weights [M] or [B, M])`` of what was said; ``draws`` as of ``answers_of``.

    Of an exclusive task the most probable class (grades: the median) and whether a rater named it; of a multilabel
    task every class, how probable it was and whether it was there.
    """
    truth, answers, weights = answers_of(task, targets, probs, draws)
    confidence, right, row = task.confidences(truth, answers)
    return confidence, right, weights[..., row]


def reliability(confidence, right, weights, bins=BINS, equal_mass=True):
    """``(mean confidence, share right, weight)`` of bins of confidence, ``[bins, 3]`` without empty ones.

    Args:
        equal_mass: Bins of as many answers each; else of equal width in [0, 1].
    """
    place = _bin_of(confidence, bins, equal_mass)
    mass = np.bincount(place, weights, minlength=bins)
    sums = [np.bincount(place, weights * values, minlength=bins) for values in (confidence, right)]
    used = mass > 0
    return np.stack([*(each[used] / mass[used] for each in sums), mass[used]], 1)


def _bin_of(confidence, bins, equal_mass):
    edges = np.quantile(confidence, np.linspace(0, 1, bins + 1)[1:-1]) if equal_mass else np.arange(1, bins) / bins
    return np.searchsorted(edges, confidence, side='left')


def ece(confidence, right, weights, bins=BINS, equal_mass=True):
    """Expected calibration error: mean distance of confidence and share right over the bins (Naeini, AAAI 2015).

    It is never 0 on a finite part: a perfect model of five classes shows about 0.06 on 400 lesions. Under weights
    ``[B, M]`` it is ``[B]``.
    """
    if not len(confidence):
        return np.nan
    member = np.eye(bins)[_bin_of(confidence, bins, equal_mass)]
    gaps = np.abs((weights * (confidence - right)) @ member).sum(-1)
    return ratio(gaps, weights.sum(-1))[()]


def classwise_ece(task, targets, probs, draws=None):
    """``ece`` of every class against the rest, averaged (Kull et al., NeurIPS 2019)."""
    truth, answers, weights = answers_of(task, targets, probs, draws)
    said, known = task.class_probabilities(answers), ~np.isnan(truth)
    return np.mean([ece(said[k, c], truth[k, c], weights[..., k]) for c, k in enumerate(known.T) if k.any()], 0)


def brier(task, targets, probs, draws=None):
    """Mean squared distance of class probabilities and answers, summed over exclusive classes (Brier, 1950), averaged
    over the classes of a multilabel task."""
    truth, answers, weights = answers_of(task, targets, probs, draws)
    distance = (task.class_probabilities(answers) - truth) ** 2
    return _mean(distance.sum(1) if task.exclusive else np.nanmean(distance, 1), weights)


def log_loss(task, targets, probs, draws=None):
    """Mean negative log-likelihood per lesion, as the loss of training counts it."""
    each, known = task.loss(torch.as_tensor(task.logits(probs)), torch.as_tensor(targets))
    each = np.where(known, each, np.nan)
    return _mean(each, np.ones(len(each)) if draws is None else draws)


def _mean(values, weights):
    """Of ``[M]`` values without those that are nan, under weights ``[M]`` or ``[B, M]``."""
    means = weighted_mean(values, np.atleast_2d(weights))
    return means if weights.ndim > 1 else float(means[0])


def _hash(name):
    return hashlib.sha256(json.dumps(str(name)).encode()).hexdigest()[:16]
