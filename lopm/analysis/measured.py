"""Do the values measured on the pixels follow the words that raters chose?"""
import csv
from pathlib import Path

import numpy as np

from lopm.analysis.findings import Finding
from lopm.datasets.format import read_dataset
from lopm.datasets.measured import measure_dataset
from lopm.datasets.photographs import listed
from lopm.files import sha256, whole_file
from lopm.measure import NAMES
from lopm.statistics.ranking import clustered_area, spearman


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
            wrong = [listed(photograph.error, path) for photograph in part if photograph.error]
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
            sides = (column[taken], weights[taken], codes[taken], patients.of(rows[taken]))
            findings += [Finding('measured', statistic, feature.task, word, name, *estimate, **counts,
                                 note='one class only' if np.isnan(estimate.value) else '')
                         for statistic, word, estimate in _compare(feature, *sides)]
    return findings


def _compare(feature, values, weights, codes, drawn):
    if feature.ordered:
        return [('spearman', '', spearman(values, weights, codes, drawn))]
    return [('auroc', word, clustered_area(values, weights, codes == code, drawn.group))
            for word, code in feature.named]
