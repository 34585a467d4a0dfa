"""How well could any reader do who sees the features alone, as the raters named them?

Lesions with equal answers to all features share a profile. A profile whose lesions carry several diagnoses is
inconsistent: no reader can be right on all of them. The best reader says each profile's most usual diagnosis.
"""
from typing import NamedTuple

import numpy as np

from lopm.analysis.findings import Finding
from lopm.analysis.readers import FORESTS, LOGISTIC, read_features, why_not
from lopm.analysis.variables import with_not_applicable
from lopm.statistics.draws import interval, resample
from lopm.statistics.ranking import auroc
from lopm.statistics.readers import folds_of
from lopm.statistics.tables import accuracy, balanced_accuracy

LEAST_ANSWERED = 0.5  # of the diagnosed answers, for a task to belong to the profile
SHUFFLES = 200


class Profiles(NamedTuple):
    """The M complete (lesion, rater) rows."""

    features: np.ndarray  # int [M, V]; "not applicable" is an answer like others
    tasks: list  # [V], whose variable each column is
    diagnosis: np.ndarray  # int [M]
    rows: np.ndarray  # [M], row of the table
    weights: np.ndarray  # [M], 1 / complete raters of the lesion
    left_out: list  # tasks that too few answered


def ceiling(features, diagnosis, table, seed=0):
    """Findings on all features together.

    - ``profiles``, ``profiles_seen_once``, ``inconsistent_profiles``: how many; ``lesions_in_inconsistent_profiles``:
      their share (1 minus Pawlak's quality of classification, Int J Comput Inf Sci 1982).
    - ``most_usual_diagnosis``: accuracy of a reader who sees nothing.
    - ``resubstitution_ceiling``: accuracy of the best reader on these very lesions. Too high in small samples: a
      profile seen once is always right. ``shuffled_ceiling``: what the same count gives when diagnoses are dealt out at
      random.
    - ``cross_validated``: accuracy on patients that the reader has not learned from, which is too low as far as
      the reader is not the best one. What any reader could reach lies between the two.
    - ``balanced_accuracy``, ``auroc`` (one against the rest, mean): of the same readers; a rare diagnosis counts as
      much as a common one, where accuracy is high for whoever says the most usual one.
    - ``alone``, ``lost_without``: cross-validated accuracy of one feature by itself, and what all lose without it.
    """
    profiles = complete_profiles(features, diagnosis, table)
    if profiles is None or not len(profiles.rows):
        return [Finding('ceiling', 'resubstitution_ceiling', against=diagnosis.task,
                        note='no lesion has a diagnosis and an answer to every feature')]
    note = f'without {", ".join(profiles.left_out)}: too seldom answered' if profiles.left_out else ''
    common = dict(section='ceiling', against=diagnosis.task, note=note, **table.count(profiles.rows))
    values = {**count_profiles(profiles), 'shuffled_ceiling': shuffled_ceiling(profiles, seed)}
    findings = [Finding(statistic=name, value=float(value), **common) for name, value in values.items()]
    return findings + _readers(profiles, table.group[profiles.rows], common, seed)


def complete_profiles(features, diagnosis, table):
    """Rows in which one rater answered every feature and has a diagnosis; None without a feature."""
    codes = {feature.name: with_not_applicable(feature, table) for feature in features}
    diagnosed = diagnosis.codes >= 0
    kept = [feature for feature in features if diagnosed.any()
            and (codes[feature.name][diagnosed] >= 0).mean() >= LEAST_ANSWERED]
    if not kept:
        return None
    stacked = np.stack([codes[feature.name] for feature in kept], -1)
    complete = diagnosed & (stacked >= 0).all(-1)
    rows, rater = np.nonzero(complete)
    return Profiles(stacked[rows, rater], [feature.task for feature in kept], diagnosis.codes[rows, rater], rows,
                    1 / complete.sum(1)[rows],
                    sorted({feature.task for feature in features} - {feature.task for feature in kept}))


def count_profiles(profiles):
    """``{statistic: value}`` of what can be counted."""
    _, profile = np.unique(profiles.features, axis=0, return_inverse=True)
    table = _by_profile(profile, profiles.diagnosis, profiles.weights)
    inconsistent = (table > 0).sum(1) > 1
    lesions = np.unique(np.stack([profile, profiles.rows]), axis=1)[0]
    return dict(
        profiles=len(table), profiles_seen_once=(np.bincount(lesions) == 1).sum(),
        inconsistent_profiles=inconsistent.sum(),
        lesions_in_inconsistent_profiles=table[inconsistent].sum() / table.sum(),
        most_usual_diagnosis=table.sum(0).max() / table.sum(), resubstitution_ceiling=best_accuracy(table))


def best_accuracy(table):
    """Accuracy of "each profile's most usual diagnosis" from counts ``[P, D]``."""
    return table.max(1).sum() / table.sum()


def shuffled_ceiling(profiles, seed):
    """Mean ``best_accuracy`` when diagnoses are dealt out at random over the lesions."""
    _, profile = np.unique(profiles.features, axis=0, return_inverse=True)
    rng = np.random.default_rng(seed)
    return np.mean([best_accuracy(_by_profile(profile, rng.permutation(profiles.diagnosis), profiles.weights))
                    for _ in range(SHUFFLES)])


def _by_profile(profile, diagnosis, weights):
    shape = profile.max() + 1, diagnosis.max() + 1
    cells = np.ravel_multi_index((profile, diagnosis), shape)
    return np.bincount(cells, weights, minlength=np.prod(shape)).reshape(shape)


def _readers(profiles, group, common, seed):
    """Cross-validated findings, or one that says why there are none."""
    reason = why_not(profiles.diagnosis, group)
    if reason:
        return [Finding(statistic='cross_validated', **{**common, 'note': reason})]
    folds = folds_of(profiles.diagnosis, group, seed)

    def read(columns, reader=LOGISTIC):
        return read_features(profiles.features[:, columns], profiles.diagnosis, profiles.weights, folds, reader)

    def count(said):
        return drawn.count((profiles.diagnosis, said.argmax(1)), (said.shape[1],) * 2, profiles.weights)

    def finding(statistic, feature, draws):
        return Finding(statistic=statistic, feature=feature, **interval(draws)._asdict(), **common)

    drawn, every = resample(group), np.ones(len(profiles.tasks), bool)
    weights, truth = drawn.weights * profiles.weights, np.eye(profiles.diagnosis.max() + 1)[profiles.diagnosis]
    findings, tables = [], {}
    for reader in (LOGISTIC, FORESTS):
        said = read(every, reader)
        tables[reader] = count(said)
        scores = {'cross_validated': accuracy(tables[reader]), 'balanced_accuracy': balanced_accuracy(tables[reader]),
                  'auroc': auroc(said, weights, truth)}
        findings += [finding(name, reader, draws) for name, draws in scores.items()]
    for task in dict.fromkeys(profiles.tasks):
        own = np.array([each == task for each in profiles.tasks])
        findings.append(finding('alone', task, accuracy(count(read(own)))))
        if not own.all():
            lost = accuracy(tables[LOGISTIC]) - accuracy(count(read(~own)))
            findings.append(finding('lost_without', task, lost))
    return findings
