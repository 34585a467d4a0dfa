"""What is said of a drawn visit or a drawn patient, and with what probability: the tables of ``drawn_patients``.

Everything follows from the lesions that were photographed, so that photographs can show it. The directions of the
tables are those of the literature (docs/state_of_the_art.md, "Risk within leukoplakia"); their sizes, and how often
anything happens, are invented. Reviews disagree on smoking; here those who never smoked have the higher hazard. What is
measured on these labels shows that software works, and nothing about patients.
"""
import json
from pathlib import Path

import numpy as np

from lopm.datasets.synthetic.labels import DIAGNOSES
from lopm.datasets.synthetic.labels import limits as limits_of_lesions
from lopm.datasets.synthetic.patients import CANVAS_HEIGHT, CANVAS_WIDTH
from lopm.tasks.ordinal import Ordinal
from lopm.tasks.time import Time

TASKS = {  # as `info.tasks` of the json, beside those of the lesions
    'distribution': {'kind': 'multiclass', 'level': 'visit',
                     'classes': ['free', 'unifocal', 'multifocal_one_site', 'multi_site']},
    'referral': {'kind': 'ordinal', 'level': 'visit', 'classes': ['none', 'routine', 'urgent']},
    'histology': {'kind': 'ordinal', 'level': 'visit',
                  'classes': ['none', 'mild', 'moderate', 'severe', 'carcinoma']},
    'proliferative': {'kind': 'binary', 'level': 'patient', 'classes': ['no', 'yes']},
    'transformation': {'kind': 'time', 'level': 'patient', 'cuts': [1, 2, 3, 4, 5], 'horizons': [1, 3, 5]}}

VERRUCOUS = 'verrucous_papillary'
RISKY_SITES = ('tongue_lateral_border', 'tongue_ventral', 'floor_of_mouth')

# Log odds. Referral: by the worst lesion's diagnosis and its features; the same diagnosis is referred now so, now so.
REFERRAL_DIAGNOSIS = dict(zip(DIAGNOSES, (-.4, .4, .8, -.5, -.2, -1.2)))
REFERRAL_FEATURES = {
    ('color', 'red'): 1.9, ('homogeneity', 'non_homogeneous'): 2., ('texture', VERRUCOUS): 1.8,
    ('texture', 'nodular_granular'): 1.8, ('texture', 'ulcerated'): 2.2}
REFERRAL_MULTI_SITE = 1.2
REFERRAL_CUTS = (0., 3.6)  # a grade is above cut k with the odds exp(sum - cut)
HISTOLOGY_FEATURES = {
    ('color', 'red'): 2.2, ('homogeneity', 'non_homogeneous'): 2.0, ('texture', VERRUCOUS): 1.2,
    ('texture', 'nodular_granular'): 2.0, ('texture', 'ulcerated'): 2.2}
HISTOLOGY_CUTS = (.3, 2., 3.6, 6.)
BIOPSIED = {'none': 0., 'routine': .35, 'urgent': .85}  # of the visits with such a referral

# Log hazard of transformation per year, of the terms of `risk_terms`.
HAZARD = {'non_homogeneous': 1.4, 'red': 1., 'doublings_of_area': .5, 'multi_site': .8, 'tongue_or_floor': 1.,
          'decades_over_57': .35, 'female': .5, 'never_smoked': .5}
YEARLY = .007           # the hazard where all terms are 0
TYPICAL_AREA = .08      # share of a view, at which the term of the area is 0
CENSORED = (1., 8.)     # years, uniform: how long a patient is followed, whatever the lesions


def distribution(lesions):
    """The word of a visit's lesions, of all its photographs together."""
    if len({site_of(lesion) for lesion in lesions}) > 1:
        return 'multi_site'
    return ('free', 'unifocal', 'multifocal_one_site')[min(len(lesions), 2)]


def site_of(lesion):
    return lesion.features['site'][0]


def is_verrucous(lesion):
    return VERRUCOUS in lesion.features['texture']


def is_proliferative(visits):
    """Whether verrucous lesions are at two or more sites, or a later visit shows more of them at the same one.

    Args:
        visits: The lesions photographed at each visit, in the order of dates.
    """
    shown = [{lesion.lesion_id: site_of(lesion) for lesion in lesions if is_verrucous(lesion)} for lesions in visits]
    if len({site for lesions in shown for site in lesions.values()}) > 1:
        return True
    shown = [set(lesions) for lesions in shown if lesions]  # at one site, which not every visit photographs
    return any(later - earlier for earlier, later in zip(shown, shown[1:]))


def _log_odds(table, lesion):
    return sum(value for (task, word), value in table.items() if word in np.atleast_1d(lesion.features.get(task, [])))


def worst(lesions):
    """The lesion that is referred most urgently, of one or more."""
    return max(lesions, key=severity)


def severity(lesion):
    """Log odds of a lesion in the table of referral."""
    return REFERRAL_DIAGNOSIS[lesion.diagnosis] + _log_odds(REFERRAL_FEATURES, lesion)


def referral_odds(lesions):
    """P(referral | lesions of a visit), float64 ``[3]``; none for certain without a lesion."""
    if not lesions:
        return np.array([1., 0., 0.])
    return _grades(severity(worst(lesions)) + REFERRAL_MULTI_SITE * (distribution(lesions) == 'multi_site'),
                   REFERRAL_CUTS)


def histology_odds(lesions):
    """P(histology of the worst lesion | lesions of a visit), float64 ``[5]``, whether it is biopsied or not."""
    return _grades(_log_odds(HISTOLOGY_FEATURES, worst(lesions)), HISTOLOGY_CUTS)


def _grades(log_odds, cuts):
    """Probability of each grade of a cumulative logit model, the least first, ``[len(cuts) + 1]``."""
    above = 1 / (1 + np.exp(np.array(cuts) - log_odds))
    return -np.diff(above, prepend=1, append=0)


def draw_visit_words(rng, lesions):
    """``images[].attributes`` of a visit's photographs, and the truth that they were drawn from."""
    words, truth = {'distribution': distribution(lesions)}, {'referral': referral_odds(lesions).tolist()}
    words['referral'] = _draw_grade(rng, 'referral', truth)
    if lesions:
        truth.update(worst=worst(lesions).lesion_id, histology=histology_odds(lesions).tolist())
    if rng.random() < BIOPSIED[words['referral']]:
        words['histology'] = _draw_grade(rng, 'histology', truth)
    return words, truth


def _draw_grade(rng, task, truth):
    return str(rng.choice(TASKS[task]['classes'], p=truth[task]))


def risk_terms(grown, record):
    """What the log hazard is linear in, ``{term of HAZARD: number}``.

    Args:
        grown: ``[(lesion, growth)]`` of all lesions of a patient, one or more, as last photographed.
        record: The true one: age in years, sex, and tobacco as True or False.
    """
    lesions = [lesion for lesion, _ in grown]
    area = sum(np.pi * (lesion.radius * growth) ** 2 for lesion, growth in grown) / (CANVAS_WIDTH * CANVAS_HEIGHT)
    return {'non_homogeneous': float(any(x.features.get('homogeneity') == 'non_homogeneous' for x in lesions)),
            'red': float(any('red' in x.features['color'] for x in lesions)),
            'doublings_of_area': round(float(np.log2(area / TYPICAL_AREA)), 4),
            'multi_site': float(distribution(lesions) == 'multi_site'),
            'tongue_or_floor': float(any(site_of(x) in RISKY_SITES for x in lesions)),
            'decades_over_57': (record['age'] - 57) / 10,
            'female': float(record['sex'] == 'female'), 'never_smoked': float(not record['tobacco'])}


def draw_transformation(rng, terms):
    """``{'event', 'time'}`` in years, of an exponential time and an independent end of follow-up; and the truth."""
    score = sum(HAZARD[term] * value for term, value in terms.items())
    hazard = YEARLY * np.exp(score)
    until, followed = rng.exponential(1 / hazard), rng.uniform(*CENSORED)
    said = {'event': bool(until <= followed), 'time': max(.001, round(float(min(until, followed)), 3))}
    return said, {'score': float(score), 'hazard': float(hazard), 'terms': terms}


def limits(path):
    """The best that any reader of the truth can reach on the lesions, visits and patients of one json part.

    Reads ``truth.json`` beside it (never used for training). What follows from the photographs for certain
    (``distribution``, ``proliferative``) has no limit but 1.

    Returns:
        That of ``lopm.datasets.synthetic.labels.limits``, and what ``limits_of_outcomes`` returns.
    """
    path = Path(path)
    truth = json.loads(path.with_name('truth.json').read_text())
    said = {(image['patient_id'], image['visit']): image['attributes']
            for image in json.loads(path.read_text())['images']}
    return {**limits_of_lesions(path), **limits_of_outcomes(said, truth)}


def limits_of_outcomes(said, truth):
    """As ``limits``, of labels that need not be files.

    Args:
        said: ``{(patient, date): attributes}``. truth: ``{patient: its entry in truth.json}``.

    Returns:
        'referral/accuracy', 'referral/auroc' and the same of histology: what the true probabilities score, one row a
        visit (the accuracy is that of the median grade, as in every test of an ordinal task); and of transformation, by
        the true hazard, 'transformation/concordance', /auroc_1y and of the other horizons, /integrated_brier (the less
        the better). nan where nothing can be scored.
    """
    found = {}
    for name in ('referral', 'histology'):
        task = Ordinal(name, TASKS[name]['classes'])
        rows = [(words[name], truth[patient]['visits'][date][name])
                for (patient, date), words in said.items() if name in words]
        odds = np.array([odds for _, odds in rows]).reshape(-1, len(task.classes))
        scores = _score(task, [word for word, _ in rows], 1 - odds.cumsum(-1)[:, :-1])
        found.update({f'{name}/{score}': scores[score] for score in ('accuracy', 'auroc')})
    task = Time('transformation', cuts=TASKS['transformation']['cuts'], horizons=TASKS['transformation']['horizons'])
    followed = {patient: words['transformation'] for (patient, _), words in said.items() if 'transformation' in words}
    hazards = np.array([truth[patient]['transformation']['hazard'] for patient in followed]).reshape(-1, 1)
    scores = _score(task, followed.values(), task.answer(1 - np.exp(-hazards * task.cuts)))
    names = ('concordance', *(f'auroc_{horizon}y' for horizon in task.horizons), 'integrated_brier')
    return {**found, **{f'transformation/{name}': scores[name] for name in names}}


def _score(task, values, answers):
    """``task.score`` of answers ``[N, K]``, one rater."""
    targets = np.array([task.encode(value) for value in values]).reshape(-1, 1, task.num_outputs)
    return task.score(targets, answers)
