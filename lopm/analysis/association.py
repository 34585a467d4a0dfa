"""What does a feature tell of the diagnosis?

Read from tables of feature by diagnosis ``[..., C, D]``, one row per (lesion, rater) of weight 1 / raters.
"""
from functools import partial

import numpy as np
from scipy.stats import false_discovery_control

from lopm.analysis.findings import Finding
from lopm.statistics.dependence import (
    cramers_v,
    design_effect,
    independence,
    independence_scores,
    mutual_information,
    uncertainty_removed,
)
from lopm.statistics.means import ratio

FLIPS = 4999


def association(features, diagnosis, table, patients, seed=0):
    """Findings for every feature against the diagnosis.

    - ``cramers_v``: 0 none to 1 complete, bias-corrected; with ``p`` of independence and ``q``, its false discovery
      rate (Benjamini and Hochberg, JRSS B 1995) over all features.
    - ``mutual_information``: bits of the diagnosis that the feature tells; ``uncertainty_removed``: the same as a share
      of the diagnosis' entropy (Theil's U).
    - ``share_given_diagnosis``: how often each class is named among the lesions of each diagnosis.
    """
    flips = np.random.default_rng(seed).choice(np.float32([-1, 1]), (FLIPS, patients.number))
    findings = []
    for feature in features:
        by_patient, rows = cross_table(feature, diagnosis, patients)
        counts = table.count(rows)
        scores = independence_scores(by_patient)
        p, effect = independence(scores, flips), design_effect(by_patient, scores)
        note = _reason(by_patient.sum(0))
        findings += [
            Finding('association', name, feature.task, feature.word, diagnosis.task,
                    *patients.estimate(partial(statistic, effect=effect), by_patient, recenter=True),
                    **counts, note=note, p=p if name == 'cramers_v' else None)
            for name, statistic in dict(cramers_v=cramers_v, mutual_information=mutual_information,
                                        uncertainty_removed=uncertainty_removed).items()]
        findings += _profiles(feature, diagnosis, by_patient.sum(0), counts)
    return _control(findings)


def cross_table(one, other, patients):
    """Answers to two variables by the same raters, by patient ``[G, C, D]``, and the lesions that have both."""
    both = (one.codes >= 0) & (other.codes >= 0)
    rows, rater = np.nonzero(both)
    codes = one.codes[rows, rater], other.codes[rows, rater]
    shape = len(one.classes), len(other.classes)
    return patients.of(rows).count_by_group(codes, shape, 1 / both.sum(1)[rows]), both.any(1)


def _reason(table):
    if not table.any():
        return 'nobody answered both'
    return 'one class only' if min((table.sum(1) > 0).sum(), (table.sum(0) > 0).sum()) < 2 else ''


def _profiles(feature, diagnosis, table, counts):
    shares = ratio(table, table.sum(0))
    return [Finding('association', 'share_given_diagnosis', feature.task, word, of, float(shares[code, d]), **counts)
            for word, code in feature.named for d, of in enumerate(diagnosis.classes)]


def _control(findings):
    """Fill in q of the findings that have p."""
    tested = [i for i, finding in enumerate(findings) if finding.p is not None and finding.p == finding.p]
    q = false_discovery_control([findings[i].p for i in tested]) if tested else []
    for i, value in zip(tested, q):
        findings[i] = findings[i]._replace(q=float(value))
    return findings
