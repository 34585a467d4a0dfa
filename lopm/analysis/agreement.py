"""Do raters who look at the same lesion say the same?

With ordered classes Cohen's kappa has quadratic weights and Krippendorff's alpha the ordinal distance; Fleiss' kappa
knows no order (``lopm.statistics.tables``).
"""
from itertools import combinations

import numpy as np

from lopm.analysis.findings import Finding
from lopm.analysis.variables import variables_of
from lopm.statistics.means import known_mean
from lopm.statistics.tables import accuracy, cohen_kappa, fleiss_kappa, krippendorff_alpha


def agreement(ratings, patients):
    """Findings for every variable of the lesions, each class of a multilabel task on its own.

    ``observed_agreement`` (share of pairs of answers that are equal), ``krippendorff_alpha``, ``fleiss_kappa``,
    ``cohen_kappa`` or ``weighted_kappa`` (mean over the pairs of raters), and, with more than two raters, every pair.
    """
    findings = []
    for task in ratings.tasks.values():
        if task.level == 'lesion':
            for variable in variables_of(task, ratings.lesions):
                findings += _of_variable(variable, ratings.lesions, patients)
    return findings


def _of_variable(variable, table, patients):
    answers = (variable.codes >= 0).sum(1)
    several = answers > 1
    if not several.any():
        reason = 'no lesion has two answers: one rater only' if variable.answered.any() else 'nobody answered'
        return [Finding('agreement', 'krippendorff_alpha', variable.task, variable.word, note=reason)]
    joint = coincidences(variable, patients)
    alpha = patients.estimate(lambda tables: krippendorff_alpha(tables, variable.ordered), joint)
    usual = np.bincount(answers[several]).argmax()
    fleiss = patients.estimate(fleiss_kappa, coincidences(variable, patients, usual))
    counts = table.count(several)
    return [_finding(variable, 'observed_agreement', patients.estimate(accuracy, joint), counts),
            _finding(variable, 'krippendorff_alpha', alpha, counts),
            _finding(variable, 'fleiss_kappa', fleiss, table.count(answers == usual), note=f'{usual} answers a lesion'),
            *_pairs(variable, table, patients)]


def _pairs(variable, table, patients):
    """Cohen's kappa, mean over the pairs of raters, then each pair where there are several."""
    codes, size = variable.codes, len(variable.classes)
    both = {pair: (codes[:, pair] >= 0).all(1) for pair in combinations(range(codes.shape[1]), 2)}
    both = {pair: rows for pair, rows in both.items() if rows.any()}
    tables = np.stack([patients.of(rows).count_by_group(codes[rows][:, pair].T, (size, size))
                       for pair, rows in both.items()], 1)
    statistic = 'weighted_kappa' if variable.ordered else 'cohen_kappa'

    def mean_kappa(tables):
        return known_mean(cohen_kappa(tables, variable.ordered), -1)

    findings = [_finding(variable, statistic, patients.estimate(mean_kappa, tables),
                         table.count(np.any(list(both.values()), 0)), 'mean of pairs')]
    if len(both) > 1:
        findings += [_finding(variable, statistic, patients.estimate(mean_kappa, tables[:, [i]]), table.count(rows),
                              ' and '.join(table.raters[rater] for rater in pair))
                     for i, (pair, rows) in enumerate(both.items())]
    return findings


def _finding(variable, statistic, estimate, counts, against='', note=''):
    note = 'one class only' if np.isnan(estimate.value) else note
    return Finding('agreement', statistic, variable.task, variable.word, against, *estimate, **counts, note=note)


def coincidences(variable, patients, answers=None):
    """Pairs of answers within lesions, by patient: ``[G, C, C]``, symmetric.

    A lesion with m answers gives m (m - 1) ordered pairs of weight 1 / (m - 1): the coincidence matrix of Krippendorff,
    Computing Krippendorff's Alpha-Reliability (2011).

    Args:
        answers: Only lesions with so many.
    """
    named = np.stack([(variable.codes == code).sum(1) for code in range(len(variable.classes))], -1).astype(float)
    number = named.sum(1)
    rows = np.flatnonzero(number > 1 if answers is None else number == answers)
    named, number = named[rows], number[rows]
    pairs = named[:, :, None] * named[:, None] - named[:, :, None] * np.eye(named.shape[1])
    return patients.of(rows).sum_by_group(pairs / (number - 1)[:, None, None])
