"""Which features say the same as others?"""
from itertools import combinations

import numpy as np

from lopm.analysis.findings import Finding
from lopm.statistics.dependence import cramers_v, normalized_information
from lopm.statistics.means import ratio


def redundancy(features, table):
    """``cramers_v`` (bias-corrected) and ``normalized_mutual_information`` of every pair of features.

    All pairs come from one product of indicator matrices: the work grows with the square of the number of classes.
    """
    if len(features) < 2:
        return []
    joint, edges = _indicator_products(features)
    findings = []
    for a, b in combinations(range(len(features)), 2):
        one, other = features[a], features[b]
        pair = joint[edges[a]:edges[a + 1], edges[b]:edges[b + 1]]
        counts = table.count(((one.codes >= 0) & (other.codes >= 0)).any(1))
        note = '' if counts['lesions'] else 'nobody answered both'
        for name, statistic in dict(cramers_v=cramers_v, normalized_mutual_information=normalized_information).items():
            value = float(statistic(pair))
            findings.append(Finding('redundancy', name, one.task, one.word, other.name, value, **counts,
                                    note='one class only' if np.isnan(value) and not note else note))
    return findings


def _indicator_products(features):
    """Tables of all pairs side by side, ``[S, S]``, and where each feature's S_i classes begin."""
    given = np.any([feature.codes >= 0 for feature in features], 0)
    weights = np.nan_to_num(ratio(given, given.sum(1, keepdims=True))).reshape(-1, 1)
    indicators = np.concatenate([feature.codes.reshape(-1, 1) == np.arange(len(feature.classes))
                                 for feature in features], 1).astype(float)
    edges = np.cumsum([0] + [len(feature.classes) for feature in features])
    return indicators.T @ (indicators * weights), edges
