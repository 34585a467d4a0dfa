"""Do the values measured on the pixels follow the words that raters chose?"""
import csv
from pathlib import Path

import numpy as np

from lopm.analysis.findings import Finding
from lopm.analysis.resampling import FEWEST, Estimate, ratio
from lopm.datasets.format import read_dataset
from lopm.datasets.measured import measure_dataset
from lopm.files import sha256, whole_file
from lopm.measure import NAMES

Z = 1.96  # of a 95 % interval


def measure_parts(paths, folder, cache, progress, workers=2):
    """Measured values of all annotations of all parts, in their order, float ``[A, M]``, and the photographs' errors.

    A part whose photographs could all be read is kept in the folder ``cache``, under the hash of its json, and not
    measured again.

    Args:
        folder: Of the photographs; None: each json's own.
        progress: ``progress(iterable, description, total)``, such as ``rich.progress.track``.
    """
    values, errors = [], []
    for path in map(Path, paths):
        content = read_dataset(path)
        file = Path(cache) / f'measured_{sha256(path)[:12]}.csv'
        if file.is_file():
            measured = _read(file)
        else:
            part = list(progress(measure_dataset(path, folder, workers), f'measuring {path.name}',
                                 len(content['images'])))
            measured = {str(annotation['id']): row for photograph in part for annotation, row in photograph.rows}
            wrong = [photograph.error for photograph in part if photograph.error]
            errors += wrong
            if not wrong:
                _write(file, measured)
        unknown = np.full(len(NAMES), np.nan)
        values += [measured.get(str(annotation['id']), unknown) for annotation in content['annotations']]
    return np.array(values).reshape(-1, len(NAMES)), errors


def _write(file, measured):
    with whole_file(file) as partial, partial.open('w', newline='', encoding='utf-8') as stream:
        table = csv.writer(stream)
        table.writerow(['annotation', *NAMES])
        table.writerows([number, *map('{:.6g}'.format, row)] for number, row in measured.items())


def _read(file):
    with file.open(newline='', encoding='utf-8') as stream:
        rows = list(csv.reader(stream))[1:]
    return {number: np.array(values, float) for number, *values in rows}


def compare_measured(features, measured, table, patients):
    """Every feature against every measured value, on the rater's own outline.

    ``spearman`` for ordered classes; ``auroc`` per class elsewhere: the probability that a lesion with the class
    has the higher value. Each (lesion, rater) weighs 1 / raters. The intervals are of one comparison each: the best of
    many measured values looks better than it is.
    """
    if not len(measured) or np.isnan(measured).all():
        return [Finding('measured', 'auroc', note='no photograph could be measured')]
    findings = []
    for feature in features:
        known = (feature.codes >= 0) & (table.annotations >= 0)
        rows, rater = np.nonzero(known)
        values = measured[table.annotations[rows, rater]]
        codes, weights = feature.codes[rows, rater], 1 / known.sum(1)[rows]
        for name, column in zip(NAMES, values.T):
            taken = ~np.isnan(column)
            counts = table.count(rows[taken])
            sides = (rows[taken], column[taken], codes[taken], weights[taken], patients)
            findings += [Finding('measured', statistic, feature.task, word, name, *estimate, **counts,
                                 note='one class only' if np.isnan(estimate.value) else '')
                         for statistic, word, estimate in _compare(feature, *sides)]
    return findings


def _compare(feature, rows, values, codes, weights, patients):
    if feature.ordered:
        return [('spearman', '', spearman(rows, values, codes, weights, patients))]
    return [('auroc', word, clustered_auroc(values, codes == code, weights, patients.group[rows]))
            for word, code in feature.named]


def spearman(rows, values, grades, weights, patients):
    """Rank correlation; its interval resamples patients, the ranks being those of the whole sample."""
    x, y = rank(values, weights), rank(grades, weights)
    terms = weights[:, None] * np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], 1)
    by_patient = np.zeros((patients.number, 6))
    np.add.at(by_patient, patients.group[rows], terms)
    return patients.estimate(_correlation, by_patient)


def _correlation(sums):
    n, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    return ratio(n * xy - x * y, np.sqrt(np.maximum(0, (n * xx - x * x) * (n * yy - y * y))))


def clustered_auroc(values, positive, weights, groups):
    """Area under the ROC curve with a 95 % interval that knows which rows are of one patient.

    Obuchowski, Biometrics 1997: the variance of the patients' sums of placements. With a row a patient: DeLong's.
    """
    sides = weights * positive, weights * ~positive
    if not all(side.any() for side in sides):
        return Estimate(np.nan, np.nan, np.nan)
    below = rank(values, sides[1])  # share of the negatives that lie below
    above = 1 - rank(values, sides[0])
    area = (sides[0] * below).sum() / sides[0].sum()
    shares = sides[0] / sides[0].sum() * (below - area) + sides[1] / sides[1].sum() * (above - area)
    _, group = np.unique(groups, return_inverse=True)
    number = group.max() + 1
    if number < FEWEST:
        return Estimate(float(area), np.nan, np.nan)
    error = np.sqrt((np.bincount(group, shares) ** 2).sum() * number / (number - 1))
    return Estimate(float(area), float(max(0, area - Z * error)), float(min(1, area + Z * error)))


def rank(values, weights):
    """Share of the weight that lies below each value, ties half: ``[N]``."""
    _, place = np.unique(values, return_inverse=True)
    at = np.bincount(place, weights)
    return ((at.cumsum() - at / 2) / at.sum())[place] if len(at) else np.zeros(0)
