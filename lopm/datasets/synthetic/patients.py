"""Who is photographed: patients, their visits, the views of the mouth, the lesions in each view.

All that a photograph shows is decided here, from one seed, before any pixel is drawn. A view is one
place in one mouth; it is photographed once per visit, so its lesions return under the same
`lesion_id`, with the same features, a little larger.
"""
import datetime
from dataclasses import dataclass

import numpy as np

from lopm.datasets.synthetic.labels import DIAGNOSES, SECOND_RATER, SITES, draw_features, posterior, rate

WIDTH, HEIGHT = 512, 384            # of the upright photograph
CANVAS_WIDTH, CANVAS_HEIGHT = 576, 432  # of the view that the camera looks at, moved and turned
SMALL = .6  # by which the radius of a small lesion is shorter
PARTS = {'train': .70, 'val': .10, 'test': .20}


@dataclass(frozen=True)
class Lesion:
    """One physical lesion. `center` and mean `radius` in pixels of the canvas."""
    lesion_id: str
    features: dict
    diagnosis: str
    seed: int
    center: tuple
    radius: float


@dataclass(frozen=True)
class Photograph:
    """What the camera is to show and what the raters say: `ratings` is {rater: [attributes per lesion]}."""
    index: int
    part: str
    patient_id: str
    record: dict
    date: datetime.date
    site: str
    view_seed: int
    lesions: tuple
    ratings: dict
    growth: float


def draw_photographs(num_photographs, seed, small=False):
    """The list of `Photograph`, patients in order, each patient in one part.

    `small`: lesions of 1 to 6 % of a photograph instead of 4 to 16 %, with features of the same odds.
    """
    photographs, number = [], 0
    while len(photographs) < num_photographs:
        number += 1
        rng = np.random.default_rng([seed, number])
        photographs += _draw_patient(rng, number, len(photographs), num_photographs, SMALL if small else 1)
    return photographs[:num_photographs]


def _draw_patient(rng, number, first_index, num_photographs, scale):
    patient_id = f'P{number:04d}'
    part = _part(first_index / num_photographs)
    record = {'age': int(np.clip(rng.normal(57, 13), 19, 90)), 'sex': _pick(rng, ['female', 'male']),
              'tobacco': _pick(rng, [True, False, None], [.45, .4, .15]),
              'alcohol': _pick(rng, [True, False, None], [.4, .45, .15])}
    date = datetime.date(2024, 1, 1) + datetime.timedelta(int(rng.integers(500)))
    views, lesion_number = [], 1
    for site in rng.choice(SITES, _pick(rng, [1, 2], [.6, .4]), replace=False):
        lesions = _draw_lesions(rng, patient_id, lesion_number, str(site), scale)
        lesion_number += len(lesions)
        views.append((str(site), int(rng.integers(2**31)), lesions))
    photographs = []
    for visit in range(_pick(rng, [1, 2, 3], [.75, .2, .05])):
        for site, view_seed, lesions in views:
            raters = ['r1', 'r2'] if rng.random() < SECOND_RATER else ['r1']
            ratings = {r: [rate(rng, x.features, x.diagnosis) for x in lesions] for r in raters}
            photographs.append(Photograph(
                first_index + len(photographs), part, patient_id, record, date, site, view_seed,
                lesions, ratings, growth=1 + .06 * visit))
        date += datetime.timedelta(int(rng.integers(60, 200)))
    return photographs


def _part(position):
    """Where a patient goes who starts at `position` (0 to 1) in the list: patients are never split."""
    edges = np.cumsum(list(PARTS.values()))
    return list(PARTS)[min(int(np.searchsorted(edges, position, side='right')), len(PARTS) - 1)]


def _draw_lesions(rng, patient_id, first_number, site, scale):
    """One to three lesions side by side, clear of the edges; a third of the later ones touch the first."""
    count = _pick(rng, [1, 2, 3], [.22, .43, .35])
    lesions = []
    for _ in range(count):
        for _ in range(60):  # an unlucky draw leaves the lesion out, never the first one
            radius = scale * float(rng.uniform(*{1: (68, 106), 2: (60, 86), 3: (54, 70)}[count]))
            center = rng.uniform([110, 100], [CANVAS_WIDTH - 110, CANVAS_HEIGHT - 100])
            if lesions and rng.random() < .33:
                angle = rng.uniform(0, 2 * np.pi)
                away = .92 * (radius + lesions[0].radius)
                center = lesions[0].center + away * np.array([np.cos(angle), np.sin(angle)])
            if _fits(center, radius, lesions):
                features = draw_features(rng, site)
                lesions.append(Lesion(
                    f'{patient_id}-L{first_number + len(lesions)}', features,
                    str(rng.choice(DIAGNOSES, p=posterior(features))), int(rng.integers(2**31)),
                    tuple(map(float, center)), radius))
                break
    return tuple(lesions)


def _fits(center, radius, lesions):
    x, y = center
    if not (90 < x < CANVAS_WIDTH - 90 and 80 < y < CANVAS_HEIGHT - 80):
        return False
    gaps = [np.hypot(x - o.center[0], y - o.center[1]) / (radius + o.radius) for o in lesions]
    return all(gap > 1.25 or (i == 0 and .9 < gap < .95) for i, gap in enumerate(gaps))


def _pick(rng, values, odds=None):
    return values[int(rng.choice(len(values), p=odds))]
