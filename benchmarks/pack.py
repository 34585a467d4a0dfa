"""What a pack says, held against what the drawings were made of: its doubt, its reasons, what would change it.

    lopm pack work_dirs/multitask packs/multitask
    python benchmarks/pack.py packs/multitask --out fresh

Makes built-in photographs that no training saw, predicts them with the pack, and pairs each true lesion with the
predicted one (IoU 0.5 or more). Printed, with 95 % intervals over patients:

- how often the possible words hold the one that a rater said, against what the pack promises; and how often they would
  with limits that were fitted to half of these patients, in the other half, over 50 draws: what is missing to the
  promise with many lesions to fit to is the method's, what more is missing is that of few;
- the top contribution: how often it is the feature that counts most for the proposed diagnosis in the table that the
  diagnoses were drawn from, with the lesion's true features; beside it a feature at random;
- the smallest change: how often the same change of the true features turns the likeliest diagnosis of that table;
  beside it, on the same lesions, as many features with other words at random.
"""
import argparse
import json
from pathlib import Path

from lopm.arguments import run_tool

SEED = 78  # of the fresh photographs; trainings have 0
FEATURES = ('color', 'texture', 'border_sharpness', 'border_regularity', 'homogeneity')
LEAST_IOU = 0.5
ALPHA = 0.1  # what the packs of lopm promise: 90 %


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pack', type=Path, metavar='PACK')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder for the photographs')
    parser.add_argument('--photographs', type=int, default=1000, metavar='N', help='default: 1000')
    return parser.parse_args()


def pairs_of(predictor, folder):
    """Yield ``(predicted Lesion, true features and diagnosis, patient, {task: [word of each rater]})``."""
    from pycocotools import mask as coco_mask
    from rich.progress import track

    from lopm.datasets.masks import encode_segmentation
    truth = json.loads((folder / 'truth.json').read_text())
    for part in ('train', 'val', 'test'):
        content = json.loads((folder / f'{part}.json').read_text())
        rows = {}
        for row in content['annotations']:
            if row.get('lesion_id') in truth:
                rows.setdefault(row['image_id'], {}).setdefault(row['lesion_id'], []).append(row)
        images = content['images']
        cases = predictor.stream([folder / image['file_name'] for image in images])
        for image, case in zip(images, track(cases, part, len(images))):
            own = rows.get(image['id'], {})
            if not own or not case.lesions:
                continue
            size = case.size[::-1]
            true = [encode_segmentation(each[0]['segmentation'], *size) for each in own.values()]
            ious = coco_mask.iou([lesion.outline['rle'] for lesion in case.lesions], true, [0] * len(own))
            for lesion, said in zip(case.lesions, ious):
                if said.max() >= LEAST_IOU:
                    name = list(own)[said.argmax()]
                    yield lesion, truth[name], image['patient_id'], [row['attributes'] for row in own[name]]


def added_by_table(features, diagnosis):
    """What each true feature adds to a diagnosis in the generator's table, beside the mean over all diagnoses."""
    import numpy as np

    from lopm.datasets.synthetic.labels import DIAGNOSES, SPECKLED, WEIGHTS
    at, found = DIAGNOSES.index(diagnosis), dict.fromkeys(FEATURES, 0.)
    for (task, word), row in WEIGHTS.items():
        if word in np.atleast_1d(features.get(task, [])):
            found[task] += row[at] - np.mean(row)
    if {'white', 'red'} <= set(features['color']):
        found['color'] += SPECKLED[at] - np.mean(SPECKLED)
    return found


def top_is_right(lesion, features):
    """Whether the feature that adds most, beside the mean over diagnoses, is the table's; and the odds by chance."""
    import numpy as np
    proposed = next(iter(lesion.words['diagnosis']))
    because = {name: values[proposed] - np.mean(list(values.values()))
               for name, values in lesion.because['diagnosis'].items() if name in FEATURES}
    table = added_by_table(features, proposed)
    return float(max(because, key=because.get) == max(table, key=table.get)), 1 / len(because)


def turns(features, change):
    """Whether other words for some true features turn the table's likeliest diagnosis."""
    from lopm.datasets.synthetic.labels import posterior
    return float(posterior(features).argmax() != posterior({**features, **change}).argmax())


def at_random(rng, tasks, features, names):
    """Other words at random for as many features as were changed."""
    change = {}
    for name in rng.choice(FEATURES, len(names), replace=False):
        words = [word for word in tasks[name].classes if word not in (features.get(name) or [])]
        word = str(rng.choice(words))
        change[name] = word if tasks[name].exclusive else [word]
    return change


def refitted(rows, draws=50):
    """Coverage in one half of the patients with limits of the other, ``[draws]``, and how many lesions a half has.

    Args:
        rows: ``[([probability of each word], number of the rater's, patient)]``.
    """
    import numpy as np

    from lopm.evaluation import conformal
    probs, truth, patients = (np.array(each) for each in zip(*rows))
    own, rng, found = conformal.scores(probs)[np.arange(len(truth)), truth], np.random.default_rng(0), []
    people = np.unique(patients)
    for _ in range(draws):
        fits = np.isin(patients, rng.permutation(people)[:len(people) // 2])
        limit = conformal.limits(own[fits], np.zeros(fits.sum(), int), ALPHA)[0]
        found.append((own[~fits] <= limit).mean())
    return np.array(found), len(rows) // 2


def main(args):
    import numpy as np

    from lopm.datasets.synthetic.generate import ensure_synthetic
    from lopm.predictor import Predictor
    from lopm.statistics.draws import interval, resample
    from lopm.statistics.means import weighted_mean
    predictor = Predictor(args.pack)
    folder = ensure_synthetic(args.out, args.photographs, SEED)
    rng, found, asked = np.random.default_rng(0), {}, {}

    def note(name, value, patient):
        found.setdefault(name, []).append((value, patient))
    for lesion, truth, patient, raters in pairs_of(predictor, folder):
        for task, held in lesion.possible.items():
            for said in (each[task] for each in raters[:1] if each.get(task) in predictor.tasks[task].classes):
                note(f'{task}: possible words hold the rater\'s', float(said in held), patient)
                note(f'{task}: possible words, number', float(len(held)), patient)
                words, odds = predictor.tasks[task].classes, lesion.probabilities[task]
                asked.setdefault(task, []).append(([odds[word] for word in words], words.index(said), patient))
        right, chance = top_is_right(lesion, truth['features'])
        note('top contribution is the table\'s', right, patient)
        note('    a feature at random', chance, patient)
        if smallest := lesion.changes['diagnosis']['smallest']:
            other = at_random(rng, predictor.tasks, truth['features'], smallest['words'])
            note('smallest change turns the table\'s diagnosis', turns(truth['features'], smallest['words']), patient)
            note('    as many words at random', turns(truth['features'], other), patient)
    for name, rows in found.items():
        values, patients = zip(*rows)
        value, low, high = interval(weighted_mean(np.array(values), resample(np.array(patients)).weights))
        print(f'{name:50} {value:.3f} ({low:.3f} to {high:.3f}), {len(rows)} lesions, {len(set(patients))} patients')
    for task, rows in asked.items():
        held, fits = refitted(rows)
        print(f'{f"{task}: with limits of {fits} lesions":50} {held.mean():.3f} ({np.quantile(held, .025):.3f} to '
              f'{np.quantile(held, .975):.3f}), {len(held)} draws')


if __name__ == '__main__':
    run_tool(main, parse_args())
