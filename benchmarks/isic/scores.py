"""What a finished run is worth on every test photograph: a small csv, all that the tables are made of.

It holds no picture and no outline, and can be kept where the run's folder cannot: with ``--scores`` in the project,
another machine goes on where this one stopped. Columns: ``photograph``, ``jaccard`` (at original size; where the
method gives an outline), and ``<reader>/<class>``: probabilities of the diagnosis by the method itself and, for lopm,
by each meta head fitted afterwards; empty where no predicted outline matches the lesion.
"""
import csv
from pathlib import Path

import numpy as np
from pycocotools import mask as coco_mask

from isic import data, readers
from lopm.evaluation.outlines import jaccard_and_dice, pixel_table
from lopm.files import write_table

ITSELF = 'itself'  # the method's own answer, beside those of meta heads fitted afterwards


def file_of(run, folder):
    return Path(folder) / f'{run.backbone}_{run.size}' / f'{run.method}_{run.seed}.csv'


def write(run, args, predictions, cfg):
    """Score ``{photograph: {outline, diagnosis}}``, whichever of the two the method gives."""
    photographs = data.read_part(args.data, 'test', args.limit)
    columns = {'photograph': [each.name for each in photographs]}
    if 'outline' in predictions[photographs[0].name]:
        columns['jaccard'] = [jaccard(each.outline, predictions[each.name]['outline']) for each in photographs]
    answers = {}
    if 'diagnosis' in predictions[photographs[0].name]:
        answers[ITSELF] = {name: each['diagnosis'] for name, each in predictions.items()}
    if run.method == 'lopm':
        answers.update(readers.fit_readers(run.folder(args.out) / 'readings.npz', cfg))
    for reader, by_name in answers.items():
        rows = [by_name[each.name] or [None] * len(data.DIAGNOSES) for each in photographs]
        for diagnosis, values in zip(data.DIAGNOSES, zip(*rows)):
            columns[f'{reader}/{diagnosis}'] = values
    file = file_of(run, args.scores)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_table(file, list(columns), zip(*columns.values()))


def jaccard(truth, predicted):
    return jaccard_and_dice(pixel_table(coco_mask.decode(truth), coco_mask.decode(predicted), 1, 1))[0]


def read(run, folder, names):
    """``(jaccard [N] or None, {reader: probabilities [N, K], nan where the lesion was not found})``."""
    file = file_of(run, folder)
    rows = {row['photograph']: row for row in csv.DictReader(file.read_text().splitlines())}
    if sorted(rows) != sorted(names):
        raise ValueError(f'{file}: its {len(rows)} photographs are not the {len(names)} of the test part; give another '
                         '--scores, or the data and --limit that it was made with')
    columns = {key: np.array([float(rows[name][key] or 'nan') for name in names])
               for key in rows[names[0]] if key != 'photograph'}
    answers = {}
    for key in columns:
        reader, _, diagnosis = key.partition('/')
        if diagnosis == data.DIAGNOSES[0]:
            answers[reader] = np.stack([columns[f'{reader}/{each}'] for each in data.DIAGNOSES], -1)
    return columns.get('jaccard'), answers
