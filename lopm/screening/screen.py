"""What a session comes to: which views it has, what was found at which site, whether to refer, and because of what."""
import numpy as np

from lopm.screening.choosing import positive
from lopm.screening.screened import Decision, Person, Photo, Referral, Screened, Spot
from lopm.screening.views import MODEL, coverage, unusable

REFERRAL, SITE, DISTRIBUTION = 'referral', 'site', 'distribution'  # names of tasks
VIEW = 'view'  # a site is known by the view of its photograph
BY_TABLE, BY_DIAGNOSIS, BY_OUTLINE = 'table', 'diagnosis', 'outline'  # how lesions are weighed


def screen(sitting, session, views, protocol, tasks, judged=None, point=None):
    """The ``Screened`` of a sitting.

    Args:
        sitting: ``Sitting``. session: ``lopm.session.Session`` of it: ``cases`` of all its photographs, ``visits`` of
            the usable ones, together one visit.
        views: ``{name: View}``. protocol: ``Protocol``.
        tasks: ``Tasks`` of the model. judged: Name of its diagnosis, or None.
        point: ``OperatingPoint`` of this model, or None.
    """
    places = [*protocol.views, '']
    cases = sorted(session.cases, key=lambda case: places.index(views[case.name].name))
    photographs = [Photo(case.name, *views[case.name], unusable(case), 0 if unusable(case) else len(case.lesions))
                   for case in cases]
    visit = next(iter(session.visits.values()))
    asked = point.task if point else REFERRAL
    referral = referral_of(visit, asked) if asked in visit.probabilities else None
    spots = spots_of(cases, views, tasks, tasks.get(asked) if referral else None, judged)
    if referral and not spots:
        referral.by_table = {}  # it reads lesions: of none it would be sure that there is nothing to refer
    heaviest, by = weigh(spots, point.word if point else None)
    return Screened(
        sitting.name, sitting.patient, sitting.visit,
        coverage(protocol, [(each.view, each.unusable) for each in photographs]), photographs, spots, by_site(spots),
        referral, decision_of(visit, tasks, point) if point else None,
        heaviest, by, dict(visit.words.get(DISTRIBUTION, {})), cases[0].model,
        person_of(session.patient))


def ask(predictor, sitting, folder, record=None):
    """The ``Session`` of a sitting: of photographs that are flagged the model is not asked about the visit.

    Args:
        predictor: ``Predictor``. folder: That the names of photographs are relative to. record: Of the patient.

    Raises:
        ValueError: No photograph is usable.
    """
    session = predictor.session(list(sitting.photographs.values()), record, folder=folder,
                                usable=lambda case: not unusable(case))
    if all(map(unusable, session.cases)):
        reasons = sorted({reason for case in session.cases for reason in unusable(case)})
        raise ValueError(f'none of {len(session.cases)} photographs is usable ({", ".join(reasons)}); photograph again')
    return session


def decision_of(visit, tasks, point):
    """The ``Decision`` at an ``OperatingPoint``; the score is what no pack has scaled, as in the predictions that the
    threshold was chosen on."""
    score = float(positive(tasks[point.task], point.word, visit.read.rows[point.task]))
    return Decision(point.word, point.above, score, point.threshold, score >= point.threshold)


def referral_of(visit, name):
    return Referral(name, visit.probabilities[name], visit.by_table.get(name, {}), visit.abstains.get(name, ''),
                    visit.possible.get(name))


def person_of(patient):
    """The ``Person`` of ``Together``; None where nothing is said."""
    if not patient.said:
        return None
    return Person(dict(patient.words), dict(patient.numbers), dict(patient.times), dict(patient.abstains),
                  dict(patient.possible))


def spots_of(cases, views, tasks, asked, judged):
    """``[Spot]`` of the usable photographs; ``asked``: the task of referral, or None."""
    table = getattr(asked, 'by_table', None)
    judged = table['of'] if table else judged
    spots = [spot_of(lesion, case.name, views[case.name], asked if table else None, tasks, judged)
             for case in cases if not unusable(case) for lesion in case.lesions]
    for number, spot in enumerate(spots, 1):
        spot.number = number
    return spots


def spot_of(lesion, photograph, view, referral, tasks, judged):
    """A ``Lesion`` as a ``Spot``; ``referral``: the task whose table is read, or None."""
    site, by = list(lesion.words.get(SITE, ())), MODEL
    if not site:
        site, by = ([view.name], VIEW) if view.name else ([], '')
    grades = {}
    if referral and judged in lesion.probabilities:
        of = tasks[judged]
        said = np.array([lesion.probabilities[judged][word] for word in of.classes])
        grades = dict(zip(referral.classes, referral.class_probabilities(said @ referral.grades_of(of)).tolist()))
    features = {name: list(words) for name, words in lesion.words.items() if words and name not in (judged, SITE)}
    return Spot(0, photograph, site, by, dict(lesion.words.get(judged, {})), features, grades,
                lesion.abstains.get(judged, ''))


def weigh(spots, word=None):
    """``(number, by what)`` of the lesion that weighs most: by the table the likeliest to be of ``word`` or above
    (None: of the highest grade), else that of the surest diagnosis, else the first."""
    if not spots:
        return None, ''
    if all(spot.grades for spot in spots):
        def weight(spot):
            grades = list(spot.grades)
            return sum(list(spot.grades.values())[grades.index(word) if word else -1:])
        return max(spots, key=weight).number, BY_TABLE
    if any(spot.diagnosis for spot in spots):
        return max(spots, key=lambda spot: max(spot.diagnosis.values(), default=0)).number, BY_DIAGNOSIS
    return spots[0].number, BY_OUTLINE


def by_site(spots):
    found = {}
    for spot in spots:
        found.setdefault(' + '.join(spot.site), []).append(spot.number)
    return dict(sorted(found.items(), key=lambda each: -len(each[1])))
