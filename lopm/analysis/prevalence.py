"""How often is each class named, and how often could a rater not answer?"""
import numpy as np

from lopm.analysis.findings import Finding
from lopm.analysis.ratings import NOT_SEEN, STATUS
from lopm.analysis.variables import variables_of
from lopm.statistics.draws import resample
from lopm.statistics.means import ratio


def prevalence(ratings, patients):
    """Findings for every task: how its question was treated, then every class.

    - ``answered``, ``ambiguous``, ``not_assessable``, ``not_applicable``, ``missing``: share of what raters were shown.
    - ``share_of_lesions``: of the answered lesions, those with the class; where raters differ, each is a part of a
      lesion.
    - ``share_of_photographs``, ``share_of_patients``: those with the class on one lesion at least, by one rater at
      least, of those with an answer; patients only where every photograph names one.
    """
    findings = []
    for name, task in ratings.tasks.items():
        of_image = task.level == 'image'
        table = ratings.photographs if of_image else ratings.lesions
        drawn = resample(table.group) if of_image else patients
        findings += _treatment(name, table)
        for variable in variables_of(task, table):
            for word, code in variable.named:
                findings += _class_shares(variable, word, code, table, drawn)
    return findings


def _treatment(name, table):
    status = table.status[name]
    counts = np.bincount(status.ravel(), minlength=len(STATUS))[:NOT_SEEN]
    return [Finding('prevalence', word, name, value=float(share), **table.count((status == code).any(1)))
            for code, (word, share) in enumerate(zip(STATUS, ratio(counts, counts.sum())))]


def _class_shares(variable, word, code, table, patients):
    counts = table.count(variable.answered)
    note = '' if variable.answered.any() else 'nobody answered'
    rows, rater = np.nonzero(variable.codes >= 0)
    weights = 1 / (variable.codes >= 0).sum(1)[rows]
    here = (variable.codes[rows, rater] == code).astype(int)
    by_patient = patients.of(rows).count_by_group((here,), (2,), weights)
    of_lesions = patients.estimate(_share, by_patient)
    return [Finding('prevalence', 'share_of_lesions', variable.task, word, '', *of_lesions, **counts, note=note),
            Finding('prevalence', 'share_of_photographs', variable.task, word, '',
                    _share_of_units(variable.codes, code, table.photograph), **counts, note=note),
            Finding('prevalence', 'share_of_patients', variable.task, word, '',
                    _share_of_units(variable.codes, code, table.group) if table.named.all() else np.nan, **counts,
                    note=note or ('' if table.named.all() else 'not every photograph names its patient'))]


def _share(tables):
    return ratio(tables[..., 1], tables.sum(-1))


def _share_of_units(codes, code, unit):
    """Share of photographs or patients with the class somewhere, of those with an answer."""
    return float(ratio(len(np.unique(unit[(codes == code).any(1)])), len(np.unique(unit[(codes >= 0).any(1)]))))
