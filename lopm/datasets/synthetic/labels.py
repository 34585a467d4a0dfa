"""What a synthetic lesion is: its features, the diagnosis drawn from them, and what raters say.

Features are drawn first, near independent of each other, then P(diagnosis | features) is the softmax
of `BIAS` + the rows of `WEIGHTS` whose word holds + `SPECKLED` where white AND red are both present.
That last row is the one interaction: red in a white lesion means more than white and red add up to
(speckled leukoplakia), so no log-linear reader is optimal. The record (age, tobacco ...) plays no part.
The weights follow the entities' visual attributes in the reviews (Warnakulasuriya et al., Oral Dis
2021;27:1862-1880) in direction only: their sizes are invented, and say nothing about patients.
"""
import json
from pathlib import Path

import numpy as np

COLORS = ('white', 'red', 'yellow_fibrinous', 'blanched', 'pigmented', 'mucosa_colored')
TEXTURES = ('smooth_flat', 'fissured_cracked', 'wrinkled_corrugated', 'verrucous_papillary',
            'nodular_granular', 'velvety', 'ulcerated')
SHARPNESS = ('well_defined', 'partly_defined', 'ill_defined')
REGULARITY = ('regular', 'intermediate', 'irregular')
HOMOGENEITY = ('homogeneous', 'intermediate', 'non_homogeneous')
DIAGNOSES = ('homogeneous_leukoplakia', 'non_homogeneous_leukoplakia', 'erythroplakia',
             'lichen_planus', 'submucous_fibrosis', 'benign_lesion')
ELEMENTARY = ('macule', 'plaque', 'papule_nodule', 'vesicle_bulla', 'erosion', 'ulcer',
              'mass_exophytic')
SITES = ('vermilion_upper', 'vermilion_lower', 'labial_mucosa_upper', 'labial_mucosa_lower',
         'commissure', 'buccal', 'vestibule', 'retromolar', 'gingiva_upper', 'gingiva_lower',
         'tongue_dorsum', 'tongue_lateral_border', 'tongue_ventral', 'floor_of_mouth',
         'hard_palate', 'soft_palate', 'base_of_tongue', 'other')
TASKS = {  # as `info.tasks` of the json
    'color': {'kind': 'multilabel', 'classes': COLORS},
    'texture': {'kind': 'multilabel', 'classes': TEXTURES},
    'border_sharpness': {'kind': 'ordinal', 'classes': SHARPNESS},
    'border_regularity': {'kind': 'ordinal', 'classes': REGULARITY},
    'homogeneity': {'kind': 'ordinal', 'classes': HOMOGENEITY, 'valid_if': {'color': 'white'}},
    'diagnosis': {'kind': 'multiclass', 'classes': DIAGNOSES},
    'elementary_lesion': {'kind': 'multilabel', 'classes': ELEMENTARY},
    'site': {'kind': 'multilabel', 'classes': SITES}}

# What the raters do, per task of an annotation; the tests measure these rates on the files.
RATER_ERROR = 0.07      # the word given is not the true one (the diagnosis is never wrong)
MISSING = 0.06          # not rated: the key is absent
NOT_ASSESSABLE = 0.03
SECOND_RATER = 0.4      # share of the photographs that a second rater sees

COLOR_SETS = {
    'white': .20, 'white red': .17, 'red': .13, 'blanched': .11, 'red yellow_fibrinous': .08,
    'pigmented': .07, 'mucosa_colored': .08, 'white blanched': .04, 'white yellow_fibrinous': .04,
    'white pigmented': .03, 'red pigmented': .03, 'yellow_fibrinous': .02}
TEXTURE_SETS = {
    'smooth_flat': .19, 'fissured_cracked': .11, 'wrinkled_corrugated': .12,
    'verrucous_papillary': .12, 'nodular_granular': .11, 'velvety': .11, 'ulcerated': .09,
    'fissured_cracked wrinkled_corrugated': .02, 'wrinkled_corrugated verrucous_papillary': .02,
    'nodular_granular velvety': .03, 'fissured_cracked ulcerated': .03, 'velvety ulcerated': .03,
    'verrucous_papillary nodular_granular': .02}
# Words that raters confuse: the error swaps a word for its neighbor here.
CONFUSED = {
    'white': 'blanched', 'blanched': 'white', 'red': 'mucosa_colored', 'mucosa_colored': 'red',
    'yellow_fibrinous': 'white', 'pigmented': 'red', 'smooth_flat': 'velvety',
    'velvety': 'smooth_flat', 'fissured_cracked': 'wrinkled_corrugated',
    'wrinkled_corrugated': 'fissured_cracked', 'verrucous_papillary': 'nodular_granular',
    'nodular_granular': 'verrucous_papillary', 'ulcerated': 'velvety', 'macule': 'plaque',
    'plaque': 'macule', 'papule_nodule': 'mass_exophytic', 'mass_exophytic': 'papule_nodule',
    'vesicle_bulla': 'papule_nodule', 'erosion': 'ulcer', 'ulcer': 'erosion'}

BIAS = (-1.0, 0.2, -0.4, 0.0, 0.2, -0.4)
WEIGHTS = {  # log-odds, in the order of DIAGNOSES
    ('color', 'white'): (3.6, 0.4, -2.2, 1.8, -1.1, -1.1),
    ('color', 'red'): (-0.9, -0.9, 3.8, 2.0, -1.7, -0.6),
    ('color', 'yellow_fibrinous'): (-1.7, 0.0, -1.1, 0.9, -1.7, 2.9),
    ('color', 'blanched'): (-0.6, -1.1, -1.7, -0.6, 4.5, -1.1),
    ('color', 'pigmented'): (-1.7, -0.6, -1.1, -0.6, 0.0, 3.8),
    ('color', 'mucosa_colored'): (-1.7, -0.6, -1.1, -1.1, 2.2, 2.9),
    ('texture', 'smooth_flat'): (0.9, -1.7, 0.9, -0.6, 0.9, 0.6),
    ('texture', 'fissured_cracked'): (1.8, -0.6, -1.1, -0.6, 0.7, -0.6),
    ('texture', 'wrinkled_corrugated'): (0.2, 0.2, -1.1, 2.5, 0.7, -0.9),
    ('texture', 'verrucous_papillary'): (-1.3, 3.1, -0.9, -0.9, -1.3, 0.6),
    ('texture', 'nodular_granular'): (-1.1, 2.5, 0.0, -0.3, -0.6, 0.2),
    ('texture', 'velvety'): (-1.1, 0.0, 2.7, 0.2, -0.3, -0.9),
    ('texture', 'ulcerated'): (-1.1, 0.2, 0.3, 1.1, -1.1, 1.8),
    ('border_sharpness', 'well_defined'): (1.0, 0.0, 1.0, -0.9, -1.3, 0.9),
    ('border_sharpness', 'ill_defined'): (-1.0, 0.0, -1.0, 0.9, 1.6, -0.9),
    ('border_regularity', 'regular'): (0.7, -0.7, 0.0, -0.7, 0.0, 1.1),
    ('border_regularity', 'irregular'): (-0.7, 0.9, 0.2, 0.9, 0.0, -1.1),
    ('homogeneity', 'homogeneous'): (1.8, -1.6, 0.0, -0.4, 0.0, 0.2),
    ('homogeneity', 'non_homogeneous'): (-1.8, 1.8, 0.0, 0.4, 0.0, -0.2),
}
SPECKLED = (-2.5, 4.9, -1.1, -1.8, 0.0, 0.0)


def draw_features(rng, site):
    """True features of one lesion at `site`: task to word, or list of words for a multilabel task."""
    colors, textures = _pick(rng, COLOR_SETS).split(), _pick(rng, TEXTURE_SETS).split()
    features = {'color': colors, 'texture': textures, 'elementary_lesion': [], 'site': [site],
                'border_sharpness': str(rng.choice(SHARPNESS)),
                'border_regularity': str(rng.choice(REGULARITY))}
    if 'white' in colors:  # elsewhere the question makes no sense
        odds = (.5, .3, .2) if colors == ['white'] else (.2, .3, .5)
        features['homogeneity'] = str(rng.choice(HOMOGENEITY, p=odds))
    features['elementary_lesion'] = [_draw_elementary(rng, colors, textures)]
    return features


def _draw_elementary(rng, colors, textures):
    """The elementary lesion goes with the surface: an ulcer is ulcerated, a mass is not flat."""
    if 'ulcerated' in textures:
        return 'ulcer'
    odds = {'macule': .3, 'plaque': .3, 'papule_nodule': .12, 'vesicle_bulla': .1, 'erosion': .18}
    if set(textures) & {'verrucous_papillary', 'nodular_granular'}:
        odds = {'plaque': .4, 'papule_nodule': .25, 'mass_exophytic': .35}
    elif colors == ['mucosa_colored']:  # nothing but relief shows it
        odds = {'papule_nodule': .4, 'vesicle_bulla': .3, 'mass_exophytic': .3}
    return _pick(rng, odds)


def _pick(rng, odds):
    p = np.array(list(odds.values()))
    return str(rng.choice(list(odds), p=p / p.sum()))


def posterior(features):
    """P(diagnosis | true features), float64 [6] in the order of DIAGNOSES."""
    logits = np.array(BIAS, float)
    for (task, word), row in WEIGHTS.items():
        if word in np.atleast_1d(features.get(task, [])):
            logits += row
    if {'white', 'red'} <= set(features['color']):
        logits += SPECKLED
    odds = np.exp(logits - logits.max())
    return odds / odds.sum()


def rate(rng, features, diagnosis):
    """One rater's attributes of a lesion: errors at RATER_ERROR, gaps at MISSING, NOT_ASSESSABLE."""
    attributes = {}
    for task, truth in {**features, 'diagnosis': diagnosis}.items():
        gap, error = rng.random(2)
        if gap < MISSING:
            continue
        if gap < MISSING + NOT_ASSESSABLE:
            attributes[task] = 'not_assessable'
        elif error < RATER_ERROR and task not in ('diagnosis', 'site'):
            attributes[task] = _mistake(rng, task, truth)
        else:
            attributes[task] = truth
    return attributes


def _mistake(rng, task, truth):
    """A neighbor of the truth: the next level, a second word dropped, or a word for its like."""
    classes = TASKS[task]['classes']
    if TASKS[task]['kind'] == 'ordinal':
        level = classes.index(truth)
        return classes[1 if level != 1 else int(rng.choice([0, 2]))]
    kept = list(truth)
    word = kept.pop(int(rng.integers(len(kept))))
    if not kept or rng.random() < .5:
        kept.append(CONFUSED[word])
    return sorted(set(kept), key=classes.index)


def limits(path):
    """The best that any reader of the TRUE features can reach on the lesions of one json part.

    Reads `truth.json` beside `path` (never used for training). Each (lesion, rater) row that has a
    diagnosis counts 1/raters, as in the metrics. Returns 'diagnosis/accuracy' (of the most probable
    class) and 'diagnosis/auroc' (one-vs-rest, mean over the classes that can be scored).
    """
    from sklearn.metrics import accuracy_score, roc_auc_score
    path = Path(path)
    truth = json.loads(path.with_name('truth.json').read_text())
    rows = [a for a in json.loads(path.read_text())['annotations']
            if isinstance(a.get('attributes', {}).get('diagnosis'), str)
            and a['attributes']['diagnosis'] in DIAGNOSES]
    groups = [(a['image_id'], a['lesion_id']) for a in rows]
    weight = np.array([1 / groups.count(g) for g in groups])
    target = np.array([DIAGNOSES.index(a['attributes']['diagnosis']) for a in rows])
    odds = np.array([truth[a['lesion_id']]['posterior'] for a in rows])
    scored = [c for c in range(len(DIAGNOSES)) if 0 < (target == c).sum() < len(target)]
    return {'diagnosis/accuracy': float(accuracy_score(target, odds.argmax(1), sample_weight=weight)),
            'diagnosis/auroc': float(np.mean([roc_auc_score(target == c, odds[:, c],
                                                            sample_weight=weight) for c in scored]))}
