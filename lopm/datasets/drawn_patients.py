"""Built-in patients: drawn mouths over several visits, of each several photographs, with labels of visits and patients
whose truth is known. They show that the software works, nothing about patients.

The photographs are those of ``lopm.datasets.synthetic``, which is used as it is, private names included: its files are
hashed and do not change. ``outcomes`` says what follows from the lesions of a visit or a patient.

A lesion keeps its id and its features over visits, and may grow; some lesions arise at a later visit. Not every view is
photographed at every visit, and what is said of a visit or a patient is said of what was photographed. (A lesion that
the camera misses counts all the same; of 876 in the photographs of the default patients it misses none.) The record is
that of the first visit. The time to transformation counts from the last one, so that no visit lies behind the event.
"""
import datetime
import functools
import hashlib
import itertools
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from filelock import FileLock
from mmengine.logging import print_log
from rich.progress import track

from lopm.datasets import outcomes
from lopm.datasets.splits import write_json, write_parts
from lopm.datasets.synthetic import generate, labels, patients
from lopm.datasets.synthetic.patients import Photograph

PATTERNS = {  # how many lesions at each site; share of the patients
    (): .07, (1,): .25, (2,): .13, (3,): .07, (1, 1): .19, (2, 1): .13, (1, 1, 1): .10, (2, 2): .06}
FURTHER_SITES = (.35, .45, .20)  # share with 0, 1, 2 sites that never have a lesion; who has no lesion has at least one
TWICE = .3              # share in which the first site is photographed in two framings
VISITS = (.3, .3, .25, .15)  # of 1 to 4
DAYS = 90, 300          # between visits
TAKEN = .85             # share of the views that a visit photographs
VERRUCOUS_MOUTHS = .3   # share in which every lesion is verrucous; elsewhere as of the built-in lesions
LATE = .1, .3           # share of first lesions, and of further ones, that arise after the first visit
GROWS, LARGEST = .5, 1.18  # share of the sites whose lesions grow; the most, times the radius
FEWEST = 10  # patients: the smallest part is a tenth of them
STREAM = 20  # of random numbers, none of a photograph's; of twelve tried one whose default patients are typical
UNKNOWN = .15           # share of the records that do not say tobacco, alcohol


class View(NamedTuple):
    """A place in a mouth. ``arises``: from which visit on each lesion is there. ``growth``: of the radius per year."""
    site: str
    seed: int
    lesions: tuple
    arises: tuple
    growth: float


@dataclass(frozen=True)
class Visit:
    """``attributes``: what is said of the visit; ``truth``: what it was drawn from (``outcomes.draw_visit_words``)."""
    date: datetime.date
    photographs: tuple
    attributes: dict
    truth: dict

    @property
    def lesions(self):
        """Those that are photographed, each once."""
        return list({lesion.lesion_id: lesion for photo in self.photographs for lesion in photo.lesions}.values())


@dataclass(frozen=True)
class Patient:
    """``attributes``: what is said of the patient; ``truth``: the entry of truth.json."""
    patient_id: str
    part: str
    visits: tuple
    attributes: dict
    truth: dict


def ensure_patients(root, num_patients=200, seed=0, workers=2):
    """Make the photographs of the patients in `root` unless they are there; one process makes, all others wait.

    Returns `root` as a Path. Raises ValueError if the folder holds photographs of other settings or of another version
    of the generator, or something else altogether; and for so few patients that a part would be empty.
    """
    if num_patients < FEWEST:
        raise ValueError(f'{num_patients} patients are too few for three parts; draw {FEWEST} or more')
    root = Path(root)
    settings = {'num_patients': num_patients, 'seed': seed, 'generator': generate.generator_hash(),
                'patients': patients_hash()}
    if generate.is_free(root):  # a finished folder may be read-only
        root.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f'{root}.lock'):
            if generate.is_free(root):
                print_log(f'{root}: making {num_patients} built-in patients, drawings that show nobody', 'current')
                _make(root, settings, workers)
    generate._check(root, settings)
    return root


def patients_hash():
    """Twelve hex digits of the source files that say who is drawn and what is said of them."""
    return hashlib.sha256(Path(__file__).read_bytes() + Path(outcomes.__file__).read_bytes()).hexdigest()[:12]


def draw_patients(num_patients, seed=0):
    """The list of `Patient`, with labels and without pixels. Each is in one part."""
    drawn, index = [], 0
    for number in range(num_patients):
        rng = np.random.default_rng([seed, number, STREAM])
        drawn.append(_draw_patient(rng, f'V{number + 1:04d}', patients._part(number / num_patients), index))
        index += sum(len(visit.photographs) for visit in drawn[-1].visits)
    return drawn


def _draw_patient(rng, patient_id, part, index):
    record = {'age': int(np.clip(rng.normal(57, 13), 19, 90)), 'sex': str(rng.choice(['female', 'male'])),
              'tobacco': bool(rng.random() < .53), 'alcohol': bool(rng.random() < .47)}
    told = {key: None if key in ('tobacco', 'alcohol') and rng.random() < UNKNOWN else value
            for key, value in record.items()}
    num_visits = int(rng.choice(len(VISITS), p=VISITS)) + 1
    views = _draw_views(rng, patient_id, num_visits)
    first = date = datetime.date(2018, 1, 1) + datetime.timedelta(int(rng.integers(500)))
    visits = []
    for number in range(num_visits):
        photographs = []
        for view in _taken(rng, views):
            photo = _photograph(rng, view, number, (date - first).days / 365.25)
            photographs.append(replace(photo, index=index, part=part, patient_id=patient_id, record=told, date=date))
            index += 1
        visit = Visit(date, tuple(photographs), {}, {})
        words, truth = outcomes.draw_visit_words(rng, visit.lesions)
        visits.append(replace(visit, attributes=words, truth=truth))
        date += datetime.timedelta(int(rng.integers(*DAYS)))
    return _with_outcomes(rng, Patient(patient_id, part, tuple(visits), {}, {}), record)


def _draw_views(rng, patient_id, num_visits):
    """The one to five views of a mouth."""
    counts = list(PATTERNS)[int(rng.choice(len(PATTERNS), p=list(PATTERNS.values())))]
    further = int(rng.choice(3, p=FURTHER_SITES))
    further = further if counts else max(1, further)
    verrucous, number, views = rng.random() < VERRUCOUS_MOUTHS, 0, []
    for site, count in zip(rng.choice(labels.SITES, len(counts) + further, replace=False), (*counts, *[0] * further)):
        lesions = _draw_lesions(rng, patient_id, number + 1, str(site), count, verrucous)
        arises = [int(rng.integers(1, 4)) if rng.random() < LATE[number + i > 0] else 0 for i in range(count)]
        arises = np.minimum(np.maximum.accumulate(arises), num_visits).astype(int)  # drawn in this order at every visit
        growth = float(rng.uniform(.02, .12)) if rng.random() < GROWS else 0.
        views.append(View(str(site), int(rng.integers(2**31)), lesions, tuple(arises.tolist()), growth))
        number += count
    return views + views[:1] if counts and rng.random() < TWICE else views


def _draw_lesions(rng, patient_id, first_number, site, count, verrucous):
    """So many lesions of a view, laid out as the built-in ones."""
    lesions = ()
    while len(lesions) != count:
        lesions = patients._draw_lesions(rng, patient_id, first_number, site, 1)
    return tuple(_draw_verrucous(rng, lesion) if verrucous else lesion for lesion in lesions)


def _draw_verrucous(rng, lesion):
    """The lesion with features anew, until they are verrucous: all else of them is as among verrucous lesions."""
    while not outcomes.is_verrucous(lesion):
        lesion = replace(lesion, features=labels.draw_features(rng, outcomes.site_of(lesion)))
    return replace(lesion, diagnosis=str(rng.choice(labels.DIAGNOSES, p=labels.posterior(lesion.features))))


def _taken(rng, views):
    """The views that a visit photographs: one to four."""
    taken = [view for view in views if rng.random() < TAKEN] or [views[int(rng.integers(len(views)))]]
    return taken[:4]


def _photograph(rng, view, visit, years):
    """What a photograph of a view shows `years` after the first visit, and what raters say of it."""
    lesions = tuple(lesion for lesion, arises in zip(view.lesions, view.arises) if arises <= visit)
    raters = ['r1', 'r2'] if rng.random() < labels.SECOND_RATER else ['r1']
    ratings = {rater: [labels.rate(rng, x.features, x.diagnosis) for x in lesions] for rater in raters}
    return Photograph(0, '', '', {}, None, view.site, view.seed, lesions, ratings,
                      growth=min(LARGEST, 1 + view.growth * years))


def _with_outcomes(rng, patient, record):
    """The patient with what is said of him. Without a lesion nothing can transform, and after a carcinoma nothing is
    left to wait for: such patients are not followed."""
    grown = {lesion.lesion_id: (lesion, photo.growth)
             for visit in patient.visits for photo in visit.photographs for lesion in photo.lesions}
    proliferative = outcomes.is_proliferative([visit.lesions for visit in patient.visits])
    words = {'proliferative': 'yes' if proliferative else 'no'}
    truth = {'record': record, 'proliferative': proliferative,
             'visits': {visit.date.isoformat(): visit.truth for visit in patient.visits}}
    if grown:
        said, truth['transformation'] = outcomes.draw_transformation(
            rng, outcomes.risk_terms(list(grown.values()), record))
        if all(visit.attributes.get('histology') != 'carcinoma' for visit in patient.visits):
            words['transformation'] = said
    return replace(patient, attributes=words, truth=truth)


def _make(root, settings, workers):
    """Everything goes into `<root>.partial`, which takes the name `root` only when it is complete."""
    partial = root.with_name(root.name + '.partial')
    shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed; the lock is ours
    (partial / 'images').mkdir(parents=True)
    try:
        drawn = draw_patients(settings['num_patients'], settings['seed'])
        photographs = [photo for patient in drawn for visit in patient.visits for photo in visit.photographs]
        job = functools.partial(generate._photograph, folder=partial, seed=settings['seed'], shift=False)
        results = list(track(generate._each(job, photographs, workers), 'making photographs', total=len(photographs)))
        _write_files(partial, drawn, results, settings)
        os.rename(partial, root)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _write_files(folder, drawn, results, settings):
    """The parts, the truth of lesions and patients by their ids, and the audit."""
    results, numbers = iter(results), itertools.count(1)
    parts = {part: {'info': {'lopm': 1, 'tasks': {**labels.TASKS, **outcomes.TASKS}, 'source': generate.SOURCE,
                             'generator': settings['generator']},
                    'images': [], 'annotations': [], 'categories': generate.CATEGORIES} for part in patients.PARTS}
    truth = {}
    for patient in drawn:
        truth[patient.patient_id] = patient.truth
        content = parts[patient.part]
        for visit in patient.visits:
            for _ in visit.photographs:
                image, annotations = next(results)
                image['attributes'] = {**patient.attributes, **visit.attributes}
                content['images'].append(image)
                content['annotations'] += [{**annotation, 'id': next(numbers)} for annotation in annotations]
            truth.update({x.lesion_id: {'features': x.features, 'diagnosis': x.diagnosis,
                                        'posterior': labels.posterior(x.features).tolist()} for x in visit.lesions})
    write_json(folder / 'truth.json', truth)
    write_parts(folder, parts, {
        'settings': settings,
        'near_duplicates_apart': 'by construction: a view is photographed at one patient only'})
