"""Chooses an operating point: the threshold on validation, for a stated sensitivity; what it does on a test part.

The test part is read once, for figures; nothing is chosen on it. Intervals draw patients.
"""
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lopm.evaluation.operating import net_benefit, operate, threshold_at
from lopm.evaluation.predictions import fill_missed, read_predictions
from lopm.evaluation.rows import owners, patient_of, stack_task, unit_of
from lopm.files import sha256
from lopm.screening.operating_point import Counted, OperatingPoint
from lopm.statistics.draws import FEWEST
from lopm.tasks import build_tasks

THRESHOLDS = np.linspace(.01, .99, 99)  # of the curve
MISSED = 0.025  # on either side of a 95 % interval


class Answers(NamedTuple):
    """Of one task the probabilities ``[N]`` of being positive, the truth bool ``[N]``, and whose they are ``[N]``."""

    probs: np.ndarray
    truth: np.ndarray
    patients: np.ndarray


def choose_point(validation, test, task, word, sensitivity):
    """The ``OperatingPoint`` of a task, from two files of predictions.

    Args:
        validation, test: Paths of parquet files (``tools/test.py --predictions``) of one model on two parts.
        task: Its name. word: From which on, of grades; else which. sensitivity: Between 0 and 1.

    Raises:
        ValueError: Both are of one part; of different models; no such task or word; too few positives or negatives.
    """
    if not 0 < sensitivity <= 1:
        raise ValueError(f'sensitivity {sensitivity:g}: give a share above 0 and up to 1, such as 0.9')
    (chosen_on, about), (tested_on, of_test) = read_both(validation, test)
    asked = task_of(about, task, word)
    found = [answers_of(fill_missed(rows, each), asked, word) for rows, each in ((chosen_on, about),
                                                                                 (tested_on, of_test))]
    refuse_few(found[0].truth, found[0].patients, f'{validation}: {{}} with {task} {word}')
    for truth, what in ((found[1].truth, 'with'), (~found[1].truth, 'without')):
        refuse_few(truth, found[1].patients, f'{test}: {{}} {what} {task} {word}')
    threshold = threshold_at(sensitivity, found[0].probs, found[0].truth)
    if not 0 < threshold < 1:
        raise ValueError(f'{validation}: finding {sensitivity:.0%} takes a threshold of {threshold:g}, at which '
                         f'{"everybody" if threshold <= 0 else "nobody but the certain"} is referred; this model does '
                         f'not tell {task} {word}')
    counted = [count(each, asked, rows, part) for each, rows, part in zip(found, (chosen_on, tested_on),
                                                                          (about, of_test))]
    above = asked.ordered and word != asked.classes[-1]
    return OperatingPoint(task, asked.level, word, above, sensitivity, threshold, **figures(threshold, found[1]),
                          validation=counted[0], test=counted[1], model=about.get('config', ''),
                          weights_sha256=list(about['checkpoints'].values()), predicts=about['predicts'])


def read_both(validation, test):
    """What both files hold; refuses those from which nothing follows."""
    if Path(validation).resolve() == Path(test).resolve() or sha256(validation) == sha256(test):
        raise ValueError(f'{validation} and {test} are one file; a threshold is chosen on validation and measured on '
                         'a test part that it has not seen')
    both = [read_predictions(path) for path in (validation, test)]
    (first, about), (second, of_test) = both
    for path, each in ((validation, about), (test, of_test)):
        if len(each.get('checkpoints') or {}) != 1:
            raise ValueError(f'{path}: predictions of {len(each.get("checkpoints") or {})} models, and an operating '
                             'point is of one; write them with tools/test.py --predictions')
    if {*about['checkpoints'].values()} != {*of_test['checkpoints'].values()}:
        raise ValueError(f'{validation} and {test} are predictions of different weights; write both with one '
                         'checkpoint')
    if not about.get('predicts') or about['predicts'] != of_test.get('predicts'):
        raise ValueError(f'{validation} and {test} are predictions of one network that was asked in two ways (size, '
                         'mirrorings, averages), or of an older lopm; write both with tools/test.py and the same '
                         'options')
    parts = [{*map(str, each.get('data', {}).values())} for each in (about, of_test)]
    if parts[0] & parts[1]:
        raise ValueError(f'{validation} and {test} are predictions of one part; give those of validation and of test')
    same = {patient_of(row) for row in first if row.patient_id} & {patient_of(row) for row in second}
    if same:
        raise ValueError(f'{validation} and {test} share {len(same)} patients; a threshold is measured on others than '
                         'it was chosen on')
    return both


def task_of(about, name, word):
    """The ``Task`` of a file, which has the word."""
    tasks = build_tasks(about['tasks']).answered.with_words
    if name not in tasks:
        raise ValueError(f'{name!r} is no task in words of these predictions; they have {", ".join(tasks)}')
    number = tasks[name].index(word)
    if tasks[name].ordered and not number:
        raise ValueError(f'{name}: from {word!r} on is everybody; name a word above it: '
                         f'{", ".join(tasks[name].classes[1:])}')
    return tasks[name]


def positive(task, word, probs):
    """The probability ``[...]`` of a word, of grades of that word or one above it, by answers ``[..., K]``."""
    probs, number = task.class_probabilities(np.asarray(probs, float)), task.index(word)
    return probs[..., number:].sum(-1) if task.ordered else probs[..., number]


def answers_of(rows, task, word):
    """``Answers`` of rows; where raters are at odds, one half against the other, or name alternatives, nothing counts.
    """
    stacked = stack_task(rows, task)
    targets, whose = task.known_entries(stacked.targets), np.array([patient_of(row) for row in rows], object)
    said = positive(task, word, targets)
    known = ~np.isnan(said)
    share = np.nansum(said, 1) / np.maximum(known.sum(1), 1)
    chosen = known.any(1) & (share != 0.5)
    of = whose[owners(rows, task)]
    return Answers(positive(task, word, stacked.on_pred)[chosen], share[chosen] > 0.5, of[chosen])


def refuse_few(chosen, patients, said):
    """Refuse figures of so few patients that their intervals would be guesses."""
    found = len(np.unique(patients[chosen]))
    if found < FEWEST:
        raise ValueError(said.format(f'{found or "no"} patient{"s" * (found != 1)}')
                         + f'; {FEWEST} are the fewest that a threshold can be chosen or measured on')


def count(answers, task, rows, about):
    return Counted(unit_of(task, rows), int(answers.truth.sum()), int((~answers.truth).sum()),
                   len(np.unique(answers.patients)), len(np.unique(answers.patients[answers.truth])),
                   {name: str(digest) for name, digest in about.get('data', {}).items()})


def figures(threshold, answers):
    """What a threshold does on ``Answers``, as fields of ``OperatingPoint``."""
    point = operate(threshold, *answers)
    above = answers.probs >= threshold
    of = {'sensitivity': answers.truth, 'specificity': ~answers.truth, 'ppv': above, 'npv': ~above}
    found = {name: figure(getattr(point, name), len(np.unique(answers.patients[chosen])))
             for name, chosen in of.items()}
    worth, own = (net_benefit(answers.probs, answers.truth, each) for each in (THRESHOLDS, [threshold]))
    value, low, high = found['ppv']
    return {**found, 'referred_per_found': tuple(1 / each if each else None for each in (value, high, low)),
            'net_benefit': {name: float(own[name][0]) for name in ('model', 'all')},
            'curve': {'threshold': THRESHOLDS.round(2).tolist(),
                      **{name: worth[name].tolist() for name in ('model', 'all')}}}


def figure(interval, patients):
    """A ``Figure``. Where all or none are right no draw says otherwise; the exact limit of so many patients then stands
    in for the end that would be certain (Clopper and Pearson, Biometrika 1934)."""
    value, low, high = (None if np.isnan(each) else float(each) for each in interval)
    if value == 1:
        low = MISSED ** (1 / patients)
    if value == 0:
        high = 1 - MISSED ** (1 / patients)
    return value, low, high
