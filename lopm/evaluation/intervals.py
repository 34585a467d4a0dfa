"""Scores with 95 % intervals: patients are drawn with replacement, and every draw is scored at once.

A draw is a vector of weights, how often each lesion's patient was drawn. Scores of decisions come from tables of truth
against answer, whose entries are products of the weights with the rows: a thousand draws of 2,000 lesions in a second.
"""
from typing import NamedTuple

import numpy as np

from lopm.evaluation.rows import owners, stack_task
from lopm.statistics import ranking
from lopm.statistics.draws import interval, resample
from lopm.statistics.means import weighted_mean


class Estimate(NamedTuple):
    """A score, its 95 % interval, and of how much."""

    value: float
    low: float
    high: float
    lesions: int
    photographs: int
    patients: int


def estimate_words(task, rows, outlines='on_pred', chosen=None, draws=1000, seed=0):
    """``{score: Estimate}`` of one task, on predicted outlines or on true ones (``on_true``).

    Args:
        rows: With the prior in place of lesions that were not found (``predictions.fill_missed``).
        chosen: bool ``[N]``, the lesions of ``stack_task`` that count; None: all.
    """
    answers, owner = stack_task(rows, task), owners(rows, task)
    probs = getattr(answers, outlines)
    known = answers.labelled & ~np.isnan(probs).any(1) & (True if chosen is None else chosen)
    if not known.any():
        return nothing_known(task)
    patients = np.array([str(row.patient_id) for row in rows])[owner[known]]
    drawn = task.score_draws(answers.targets[known], probs[known], resample(patients, draws, seed))
    return estimates(task, answers.targets[known], owner[known], patients, drawn)


def nothing_known(task):
    """``{score: Estimate}`` of a task without a label."""
    return {name: Estimate(*[np.nan] * 3, 0, 0, 0) for name in task.score_names}


def estimates(task, targets, owner, patients, drawn):
    """``{score: Estimate}`` of draws ``{score: [B]}``, each with the lesions that it rests on: a decision on fewer.

    Args:
        owner, patients: ``[N]``, the photograph and the patient of each lesion.
    """
    decided = task.decidable(targets)

    def count(name):
        chosen = decided | (name in ranking.SCORES)
        return int(chosen.sum()), len(np.unique(owner[chosen])), len(np.unique(patients[chosen]))
    return {name: Estimate(*interval(values), *count(name)) for name, values in drawn.items()}


def estimate_outlines(rows, draws=1000, seed=0):
    """``{score: Estimate}`` of what is a mean over photographs (Jaccard, Dice) or over lesions (sensitivity)."""
    rows = [row for row in rows if row.outline]
    if not rows:
        return {}
    photo = np.repeat(np.arange(len(rows)), [len(row.outline.found) for row in rows])
    patients = np.array([str(row.patient_id) for row in rows])
    weights = resample(patients, draws, seed).weights
    found = np.concatenate([row.outline.found for row in rows]).astype(float)
    values = {name: weighted_mean(np.array([getattr(row.outline, name) for row in rows], float), weights)
              for name in ('jaccard', 'dice', 'false_positives')}
    values['sensitivity'] = weighted_mean(found, weights[:, photo])
    counts = len(found), len(rows), len(np.unique(patients))
    return {name: Estimate(*interval(each), *counts) for name, each in values.items()}


def compare_outlines(one, other, draws=1000, seed=0):
    """``{score: Estimate}`` of the difference of two runs' outlines on the same photographs, in pairs.

    Raises:
        ValueError: They are of other photographs or lesions.
    """
    one, other = same_order(one, other)
    pairs = [(a, b) for a, b in zip(one, other) if a.outline and b.outline]
    patients = [str(a.patient_id) for a, _ in pairs]
    weights = resample(patients, draws, seed).weights
    counts = sum(len(a.outline.found) for a, _ in pairs), len(pairs), len(set(patients))

    def mean(side, name):
        return weighted_mean(np.array([getattr(pair[side].outline, name) for pair in pairs], float), weights)
    return {name: Estimate(*interval(mean(0, name) - mean(1, name)), *counts) for name in ('jaccard', 'dice')}


def compare_words(task, one, other, outlines='on_pred', draws=1000, seed=0):
    """``{score: Estimate}`` of the difference of two runs on the same photographs, lesion by lesion, in pairs.

    Args:
        outlines: ``on_pred`` or ``on_true``.

    Raises:
        ValueError: They are of other photographs or lesions.
    """
    one, other = same_order(one, other)
    first, second = stack_task(one, task), stack_task(other, task)
    owner = owners(one, task)
    sides = [getattr(each, outlines) for each in (first, second)]
    known = first.labelled & ~np.isnan(sides[0]).any(1) & ~np.isnan(sides[1]).any(1)
    if not known.any():
        return nothing_known(task)
    patients = np.array([str(row.patient_id) for row in one])[owner[known]]
    drawn = resample(patients, draws, seed)
    ours, theirs = (task.score_draws(first.targets[known], each[known], drawn) for each in sides)
    return estimates(task, first.targets[known], owner[known], patients, {
        name: ours[name] - theirs[name] for name in ours})


def same_order(one, other):
    """The rows of two runs in one order, by file name.

    Raises:
        ValueError: They are of other photographs or lesions.
    """
    sides = [{(row.file_name or row.image_id): row for row in rows} for rows in (one, other)]
    odd = sorted(map(str, sides[0].keys() ^ sides[1].keys()))
    odd = odd or [str(name) for name in sides[0] if sides[0][name].lesion_ids != sides[1][name].lesion_ids]
    if odd:
        raise ValueError(f'the two runs are not of the same lesions: {len(odd)} photographs differ, such as {odd[0]}; '
                         'compare runs on the same folds')
    return list(sides[0].values()), [sides[1][name] for name in sides[0]]
