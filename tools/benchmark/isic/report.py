"""Scores every method with lopm's functions on the same test photographs, and compares them in pairs."""
import functools
from pathlib import Path

import numpy as np
from pycocotools import mask as coco_mask

from isic import data, own, readers, runs
from lopm.evaluation.compare import paired_bootstrap, weighted_auroc, weighted_mean
from lopm.evaluation.outlines import jaccard_and_dice, pixel_table
from lopm.evaluation.prior import training_prior
from lopm.files import write_json
from lopm.tasks import build_tasks

LOPM = 'lopm: features + residual, predicted outlines'
MARGIN = -0.02


def report(args):
    """Print both tables and write ``OUT/result.json``."""
    cfg = own.load_config(args.data, args.epochs, args.amp)
    test = data.read_part(args.data, 'test', args.limit)
    train = data.read_part(args.data, 'train', args.limit)
    predicted = {method: [runs.load(method, seed, args.out) for seed in args.seeds] for method in runs.METHODS}
    jaccards = {method: [outline_scores(each, test) for each in predicted[method]] for method in ('lopm', 'mmseg')}
    names = np.array([each.name for each in test])
    outline = {'mmseg': paired_bootstrap(weighted_mean, jaccards['lopm'], jaccards['mmseg'], names)}

    prior = training_prior(build_tasks(cfg.tasks[-1:]), Path(args.data) / 'train.json')['diagnosis']
    answers = {name: [diagnoses(each, test, prior) for each in methods]
               for name, methods in all_diagnoses(predicted, cfg, train, test, args).items()}
    score = functools.partial(weighted_auroc, targets=np.eye(3)[[each.diagnosis for each in test]])
    ours = answers.pop(LOPM)
    diagnosis = {name: paired_bootstrap(score, ours, each, names) for name, each in answers.items()}
    counts = f'{len(test)} test photographs, {len(args.seeds)} seeds, {args.epochs} epochs'
    print_table(f'Outline: mean Jaccard per photograph ({counts})', 'lopm', outline)
    print_table(f'Diagnosis: AUROC, macro one-vs-rest ({counts})', LOPM, diagnosis)
    print('\nAge and sex alone know no photograph. What reads the record is to be compared with them, not with 0.5.')
    missed = [sum(photo['diagnosis'] is None for photo in each.values()) for each in predicted['lopm']]
    print(f'Lesions that lopm did not find, by seed: {missed}; they get the training prior and stay in.')
    result = {'outline': {k: v._asdict() for k, v in outline.items()}, 'missed': missed, 'counts': counts,
              'diagnosis': {k: v._asdict() for k, v in diagnosis.items()}}
    write_json(Path(args.out) / 'result.json', result, indent=1)


def all_diagnoses(predicted, cfg, train, test, args):
    """``{name: [{photograph: ...} per seed]}`` of everything that proposes a diagnosis."""
    by_seed = [readers.fit_readers(Path(args.out) / f'lopm_{seed}' / 'readings.npz', cfg) for seed in args.seeds]
    return {
        LOPM: [only_diagnoses(each) for each in predicted['lopm']],
        'mmpretrain alone, whole photograph': [only_diagnoses(each) for each in predicted['mmpretrain']],
        **{f'lopm, sequential: {name}': [seed[name] for seed in by_seed] for name in readers.READERS},
        'age and sex alone, no photograph': [readers.record_alone(train, test, cfg.record_fields)]}


def only_diagnoses(predictions):
    return {name: each['diagnosis'] for name, each in predictions.items()}


def outline_scores(predictions, test):
    """Jaccard of each photograph at its original size, ``[N]``."""
    tables = (pixel_table(coco_mask.decode(each.outline), coco_mask.decode(predictions[each.name]['outline']), 1, 1)
              for each in test)
    return np.array([jaccard_and_dice(table)[0] for table in tables])


def diagnoses(predictions, test, prior):
    """Probabilities ``[N, 3]`` in the order of the test photographs; the prior where the lesion was not found."""
    return np.array([prior if predictions[each.name] is None else predictions[each.name] for each in test])


def print_table(title, first, comparisons):
    """One line per method: its score, and by how much the first is above it."""
    width = max(map(len, [first, *comparisons]))
    print(f'\n{title}\n{first:{width}}  {next(iter(comparisons.values())).a:.3f}')
    for name, each in comparisons.items():
        interval = f'[{each.low:+.3f}, {each.high:+.3f}]'
        print(f'{name:{width}}  {each.b:.3f}   lopm minus this {each.difference:+.3f} {interval}')
    peer, each = next(iter(comparisons.items()))
    print(f'Lower end against {peer}: {each.low:+.3f}, {"above" if each.low > MARGIN else "NOT above"} {MARGIN}')
