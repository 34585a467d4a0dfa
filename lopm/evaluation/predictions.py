"""What was predicted on every photograph of a test, as one parquet file that all scores are computed from again.

A line is a photograph (``lopm.evaluation.rows.Row``), its lesions and tasks nested in it: pandas, polars and R read it.
The metadata say of what the file holds the predictions.
"""
import json
from dataclasses import fields, replace
from typing import Any, Required, TypedDict

import numpy as np

from lopm.evaluation.metrics import score_rows
from lopm.evaluation.outlines import NOT_FOUND, Overlap
from lopm.evaluation.rows import Row
from lopm.extra import need
from lopm.files import parse_json, whole_file
from lopm.tasks import build_tasks

KEY = b'lopm predictions'
JSON = ('image_id', 'about')  # fields of any form
BY_TASK = ('targets', 'on_true', 'on_pred', 'by_table')


class About(TypedDict, total=False):
    """Of what the predictions are: ``tasks`` is the config's list, ``data`` ``{file: sha256}`` (of folds: by fold),
    ``checkpoints`` ``{fold: sha256}``, ``predicts`` what gave them (``engine.identity``, of one network), ``training``
    and ``software`` how they were made (``engine.described``), and ``priors`` ``{fold: {task: [K]}}`` for lesions that
    were not found."""

    tasks: Required[list[dict[str, Any]]]
    config: str
    config_sha256: str
    data: dict[str, Any]
    checkpoints: dict[str, str]
    predicts: str
    training: dict[str, str]
    software: dict[str, str]
    priors: Required[dict[str, dict[str, list[float]]]]


def write_predictions(path, rows, about):
    """Write the rows of a test, readable by their owner alone; the file appears complete or not at all.

    Args:
        about: ``About``; keys that are numbers become text.
    """
    arrow, parquet = need('pyarrow'), need('pyarrow.parquet')
    schema = _schema(arrow, _answered(about)).with_metadata({KEY: json.dumps(about).encode()})
    table = arrow.Table.from_pylist([_to_plain(row) for row in rows], schema)
    with whole_file(path, 0o600) as partial:  # ids, records, dates of patients (lopm.curation.privacy): for its owner
        parquet.write_table(table, partial, compression='zstd', write_page_checksum=True)
    return path


def read_predictions(path):
    """``(rows, about)`` of a file of ``write_predictions``.

    Raises:
        ValueError: No such file, or another kind of one.
    """
    arrow, parquet = need('pyarrow'), need('pyarrow.parquet')
    try:
        table = parquet.read_table(path, page_checksum_verification=True)
    except (OSError, arrow.ArrowException) as error:
        raise ValueError(f'{path}: no predictions that can be read ({error}); write them with tools/test.py '
                         '--predictions or lopm crossval') from None
    if KEY not in (table.schema.metadata or {}):
        raise ValueError(f'{path}: a parquet file, but not of predictions; give one of lopm crossval')
    if 'same' not in table.schema.names:
        raise ValueError(f'{path}: predictions of an earlier version of lopm; test or cross-validate again')
    about = parse_json(table.schema.metadata[KEY], path, About)
    sizes = {name: task.num_outputs for name, task in _answered(about).items()}
    return [_to_row(line, sizes) for line in table.to_pylist()], about


def score_predictions(rows, about):
    """Every score of a file, ``{name: float}``, as tools/test.py gives them; from several folds all together."""
    return score_rows(fill_missed(rows, about), _answered(about), first_prior(about))


def fill_missed(rows, about):
    """The rows with the prior of their fold's training part where a lesion was not found."""
    priors = {int(fold): prior for fold, prior in about['priors'].items()}
    of_lesions = [name for name, task in _answered(about).items() if task.level == 'lesion']
    return [_filled(row, priors[row.fold], of_lesions) for row in rows]


def _filled(row, prior, names):
    missed = row.same == NOT_FOUND
    return replace(row, on_pred={**row.on_pred, **{
        name: np.where(missed[:, None], np.float32(prior[name]), row.on_pred[name])
        for name in names if name in row.on_pred}})


def first_prior(about):
    return next(iter(about['priors'].values()))


def _answered(about):
    """The tasks of the file that are not drawn, ``{name: Task}``."""
    return build_tasks(about['tasks']).answered


def _schema(arrow, tasks):
    number, texts = arrow.float32(), arrow.list_(arrow.string())

    def by_task(depth):
        of_task = number
        for _ in range(depth):
            of_task = arrow.list_(of_task)
        return arrow.struct([(name, of_task) for name in tasks])
    overlap = {'jaccard': arrow.float64(), 'dice': arrow.float64(), 'found': arrow.list_(arrow.bool_()),
               'touching': arrow.list_(arrow.bool_()), 'false_positives': arrow.int32(),
               'true_rles': arrow.list_(arrow.binary()),
               'pred_rles': arrow.list_(arrow.binary()), 'scores': arrow.list_(arrow.float64()),
               'shape': arrow.list_(arrow.int32())}
    types = {'image_id': arrow.string(), 'patient_id': arrow.string(), 'bad': arrow.string(),
             'rater_jaccard': arrow.float64(), 'outline': arrow.struct(list(overlap.items())),
             'outlined': arrow.list_(arrow.bool_()), 'same': arrow.list_(arrow.int32()),
             'masks': arrow.map_(arrow.string(), arrow.list_(arrow.float64())), 'raters': texts, 'targets': by_task(3),
             'on_true': by_task(2), 'on_pred': by_task(2), 'by_table': by_task(2),
             'file_name': arrow.string(), 'lesion_ids': texts,
             'fold': arrow.int32(), 'about': arrow.string()}
    return arrow.schema([(each.name, types[each.name]) for each in fields(Row)])


def _to_plain(row):
    line = {each.name: getattr(row, each.name) for each in fields(Row)}
    line.update({name: json.dumps(line[name]) for name in JSON})
    line.update({name: line[name].tolist() for name in ('outlined', 'same')})
    line.update({name: {task: array.tolist() for task, array in line[name].items()} for name in BY_TASK})
    line['masks'] = {name: list(scores) for name, scores in row.masks.items()}
    if row.outline:
        outline = row.outline._asdict()
        outline.update({key: [rle['counts'] for rle in outline[key]] for key in ('true_rles', 'pred_rles')})
        line['outline'] = {key: value.tolist() if isinstance(value, np.ndarray) else value
                           for key, value in outline.items()}
    return line


def _to_row(line, sizes):
    line.update({name: json.loads(line[name]) for name in JSON})
    line['masks'] = {name: tuple(scores) for name, scores in line['masks']}
    raters = len(line['raters'])
    for name in BY_TASK:
        between = (raters,) if name == 'targets' else ()
        line[name] = {task: np.array(values, np.float32) if values else np.zeros((0, *between, sizes[task]), np.float32)
                      for task, values in (line.get(name) or {}).items() if values is not None}
    line.update(outlined=np.array(line['outlined'], bool), same=np.array(line['same'], int))
    if line['outline']:
        line['outline'] = _to_overlap(line['outline'])
    return Row(**line)


def _to_overlap(plain):
    size = plain['shape']
    kinds = {'found': bool, 'touching': bool, 'scores': float}
    arrays = {key: np.array(plain[key], kind) for key, kind in kinds.items()}
    rles = {key: [{'size': size, 'counts': counts} for counts in plain[key]] for key in ('true_rles', 'pred_rles')}
    return Overlap(**{**plain, **arrays, **rles, 'shape': tuple(size)})
