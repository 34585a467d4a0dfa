"""How far persons agree with each other and with the model, counted over all cases of a department.

Lesions are the same where outlines overlap (``lopm.curation.raters``); what is said of them goes through
``lopm.analysis.agreement``, the statistics of ``lopm features``. Intervals resample patients.
"""
from itertools import combinations, count
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pycocotools import mask as coco_mask

from lopm.analysis.agreement import agreement
from lopm.analysis.findings import pick
from lopm.analysis.ratings import ratings_of
from lopm.cases.dataset import PREDICTED
from lopm.curation.raters import same_masks
from lopm.statistics.draws import FEWEST, resample
from lopm.statistics.means import ratio
from lopm.structures import LESION
from lopm.web.base import as_rle, photographs_of, tasks_at
from lopm.web.opinions import model_opinion, own_words, second_opinion, standing_opinion

PERSONS, BLIND, CONFIRMED = 'persons', 'blind', 'confirmed'
WEIGHTED = 'weighted_kappa'
KAPPAS = 'cohen_kappa', WEIGHTED


class Voice(NamedTuple):
    """What one reader has outlined (``[RLE]``) and said of each (``[{task: answer}]``), and whether these are all
    lesions that the reader sees."""

    outlines: list
    words: list
    whole: bool


class Heard(NamedTuple):
    """Readers of one photograph: its patient, ``{name: Voice}``."""

    patient: str
    voices: dict


def agreement_of(department, place):
    """Figures for the page, as json has them.

    Returns:
        ``{'fewest': patients below which there is no interval, 'not_blind': readings that are left out, 'tables':
        [figures_of, and 'of']}``: persons with each other (whoever corrected or confirmed the case, and blind readers);
        blind readers with the model; and persons who had seen its words with the model.
    """
    tasks, heard, not_blind = tasks_at(place), {PERSONS: [], BLIND: [], CONFIRMED: []}, 0
    for photograph in photographs_of(department):
        seconds = [second_opinion(each) for each in photograph.second_readings.all()]
        blind = [each for each in seconds if each.blind]
        not_blind += len(seconds) - len(blind)
        first, patient = standing_opinion(photograph, tasks), str(photograph.visit.patient_id)
        voices = {each.who: voice_of(each, photograph) for each in ([first] if first.who else []) + blind}
        model = voice_of_model(model_opinion(photograph, tasks))
        if len(voices) > 1:
            heard[PERSONS].append(Heard(patient, voices))
        heard[BLIND] += [Heard(patient, {'person': voices[each.who], 'model': model}) for each in blind]
        if first.whole and first.here and all(PREDICTED not in each.source.values() for each in first.lesions):
            heard[CONFIRMED].append(Heard(patient, {'person': voice_of(first, photograph), 'model': model}))
    return {'fewest': FEWEST, 'not_blind': not_blind,
            'tables': [{'of': name, **figures_of(each, tasks)} for name, each in heard.items()]}


def voice_of(opinion, photograph):
    """What a person has outlined, or named, or confirmed."""
    own = opinion._replace(lesions=[each for each in opinion.lesions if each.by_person])
    outlines = [as_rle(each.segmentation, photograph.width, photograph.height) for each in own.lesions]
    return Voice(outlines, own_words(own), opinion.whole)


def voice_of_model(opinion):
    return Voice([each.segmentation for each in opinion.lesions], [each.words for each in opinion.lesions], True)


def figures_of(heard, tasks):
    """``{'compared', 'patients', 'lesions', 'found', 'overlap', 'rows'}``: which share of what one reader has outlined
    another has, too; the Dice coefficient of these outlines; then words. A figure is ``[value, low, high]``, None what
    cannot be said."""
    if not heard:
        return {'compared': 0, 'patients': 0, 'rows': []}
    numbers = [same_masks({name: voice.outlines for name, voice in each.voices.items()}) for each in heard]
    counted = np.array([compare(each, own) for each, own in zip(heard, numbers)])
    patients = resample([each.patient for each in heard])
    sums = patients.sum_by_group(counted)

    def quotient(above, below, times=1):
        return plain(patients.estimate(lambda drawn: times * ratio(drawn[..., 0], drawn[..., 1]),
                                       sums[:, [above, below]]))
    return {'compared': len(heard), 'patients': patients.number, 'lesions': int(counted[:, 1].sum()),
            'found': quotient(0, 1, 2), 'overlap': quotient(2, 0),
            'rows': rows_of(heard, numbers, tasks)}


def compare(heard, numbers):
    """Of all pairs of readers who looked for all lesions: lesions of both; lesions of the one and of the other, added;
    the sum of the Dice coefficients of those of both."""
    found = np.zeros(3)
    names = [name for name, voice in heard.voices.items() if voice.whole]
    for one, other in combinations(names, 2):
        both = set(numbers[one]) & set(numbers[other])
        found += (len(both), len(numbers[one]) + len(numbers[other]), sum(dice(heard, numbers, one, other, each)
                                                                          for each in both))
    return found


def dice(heard, numbers, one, other, number):
    """Dice coefficient of two outlines of one lesion."""
    rles = [heard.voices[name].outlines[numbers[name].index(number)] for name in (one, other)]
    jaccard = coco_mask.iou(rles[:1], rles[1:], [0])[0, 0]
    return 2 * jaccard / (1 + jaccard)


def rows_of(heard, numbers, tasks):
    """What is said of lesions that several outlined, by feature: ``[{'task', 'word', 'lesions', 'patients', 'observed',
    'kappa', 'alpha', 'ordered'}]``; a feature of several words has a row for each."""
    content = content_of(heard, numbers)
    if not content['annotations']:
        return []
    ratings = ratings_of([Path('readings')], [content], list(tasks.values()))
    findings = agreement(ratings, resample(ratings.lesions.group))
    rows = []
    for alpha in pick(findings, 'agreement', 'krippendorff_alpha'):
        of = {'feature': alpha.feature, 'word': alpha.word}
        observed = pick(findings, 'agreement', 'observed_agreement', **of)
        kappas = [each for name in KAPPAS
                  for each in pick(findings, 'agreement', name, against='mean of pairs', **of)]
        rows.append({'task': alpha.feature, 'word': alpha.word, 'lesions': alpha.lesions,
                     'patients': alpha.patients or 0, 'observed': figure(observed), 'kappa': figure(kappas),
                     'alpha': figure([alpha]), 'ordered': any(each.statistic == WEIGHTED for each in kappas)})
    return rows


def content_of(heard, numbers):
    """A data set of what was heard, in words alone: an entry for each photograph and its readers."""
    images, annotations, number = [], [], count(1)
    for each, own in zip(heard, numbers):
        images.append({'id': len(images) + 1, 'file_name': f'{len(images) + 1}', 'patient_id': each.patient})
        annotations += [{'id': next(number), 'image_id': len(images), 'category_id': 1, 'rater': name,
                         'lesion_id': f'{len(images)}-{same}', 'attributes': words}
                        for name, voice in each.voices.items() for words, same in zip(voice.words, own[name])]
    return {'images': images, 'annotations': annotations, 'categories': [{'id': 1, 'name': LESION}]}


def figure(findings):
    """Of the first of some findings."""
    return plain((findings[0].value, findings[0].low, findings[0].high)) if findings else None


def plain(interval):
    """``[value, low, high]``; None for nan."""
    return [None if each != each else float(each) for each in interval]
