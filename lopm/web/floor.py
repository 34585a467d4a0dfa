"""A department's own noise floor: how far lesions differ that it has photographed twice on one day.

Of two photographs of a place and a day the first is compared over the visits, and both say how much is noise. How far
their lesions differ lies beside the reports of the patient, and goes with them (``spots.Repeat``). The floor is a row
(``Made``): ``repeats``, the names of those that it rests on, goes with any photograph of them (``retention.py``), and
``floors`` has a ``Noise`` of the lesions that persons have outlined and one of those of the model.
"""
import time

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F

from lopm.case import Case
from lopm.files import read_json, write_json
from lopm.followup.changes import AXES
from lopm.followup.course import repeats as differences_of
from lopm.followup.noise import LEAST, OF_DEPARTMENT, Noise, noise_of
from lopm.web import jobs, spots
from lopm.web.models import Made, Photograph, Reading, Spot

PERSONS = 'persons'  # instead of the version of a model
# The floor is made anew when so large a share of its repeats has come, gone or been outlined anew: all places of the
# department are compared anew then. After 8 repeats that is at the 10th, the 13th, the 17th.
CHANGED = .25


def refresh(spot, version, until):
    """Measure the repeats of a department, those of one place first, and make its floor anew where enough have changed.
    What is not measured until then is left to the next job, and the floor as it is.

    Args:
        version: Of the model whose outlines may count. until: Time of ``time.monotonic``.
    """
    known = {}
    for repeat in repeats_around(spot):
        if not repeat.file.is_file():
            if time.monotonic() > until:
                return
            measure(repeat)
        known[repeat.name] = read_json(repeat.file)
    settle(spot.patient.department, {name: each for name, each in known.items()
                                     if each['lesions'] and each['by'] in (PERSONS, version)})


def repeats_around(spot):
    """``[Repeat]`` of all places of a department, those of one place first; two places may have the same."""
    places = Spot.objects.filter(patient__department=spot.patient.department_id).annotate(
        taken=Count('photographs'), days=Count('photographs__visit', distinct=True)).filter(taken__gt=F('days'))
    return [repeat for place in sorted(places, key=lambda each: each.pk != spot.pk)
            for repeat in spots.repeats(spots.taken(place))]


def measure(repeat):
    """Write down how far the lesions of two photographs differ, as ``lopm follow`` measures it: ``lesions``
    (``[{measure: difference}]``), and by whom they are outlined. Of what cannot be compared nothing is known."""
    for path in repeat.file.parent.glob(f'{repeat.begins}*'):  # of earlier outlines
        path.unlink(missing_ok=True)
    try:
        cases = [case_of(each) for each in repeat]
        lesions = differences_of([(each.on, settings.PLACE.photograph(each.photograph.pk), case)
                                  for each, case in zip(repeat, cases)])
    except (ValueError, FileNotFoundError, Reading.DoesNotExist):
        cases, lesions = [], []
    repeat.file.parent.mkdir(mode=0o700, exist_ok=True)
    write_json(repeat.file, {'by': outlined_by(cases), 'lesions': lesions})
    numbers = [each.photograph.pk for each in repeat]
    if Photograph.objects.filter(pk__in=numbers).count() < len(numbers):  # deleted meanwhile
        repeat.file.unlink(missing_ok=True)


def case_of(each):
    """The ``Case`` of a ``Taken``.

    Raises:
        Reading.DoesNotExist: It was deleted meanwhile.
    """
    return msgspec.convert(each.photograph.readings.get(number=each.reading).case, Case)


def by_model(cases):
    """Whether a model has outlined anything of some cases."""
    return any(lesion.score is not None for case in cases for lesion in case.lesions)


def outlined_by(cases):
    """``PERSONS``, or the version of the model that has outlined some of the lesions."""
    versions = {case.model.get('version', '') for case in cases if by_model([case])}
    return ', '.join(sorted(versions)) if versions else PERSONS


def settle(department, known):
    """Make the floor anew of ``{name: what was measured}``, where enough of them are others than before."""
    last = spots.floor_of(department.pk)
    before, now = set(last.facts['repeats']) if last else set(), set(known)
    if last and max(len(now - before), len(before - now)) < CHANGED * len(before):
        return
    floors = {by: noise for by in {each['by'] for each in known.values()} if (noise := noise_by(by, department, known))}
    if not (floors or last):
        return
    numbers = {number for name in known for number in spots.photographs_in(name)}
    with transaction.atomic():
        if len(Photograph.objects.select_for_update().filter(pk__in=numbers).values_list('pk')) < len(numbers):
            return  # one was deleted meanwhile, of which nothing may stay
        Made.objects.filter(department=department, kind=jobs.FOLLOW).delete()
        if floors:
            Made.objects.create(department=department, kind=jobs.FOLLOW, facts={
                'repeats': sorted(known), 'floors': {by: msgspec.to_builtins(noise) for by, noise in floors.items()}})


def noise_by(by, department, known):
    """The ``Noise`` of lesions that were outlined by somebody; None as long as there are too few of them to say
    something of each axis, since what repeats do not know is not judged."""
    lesions = [lesion for each in known.values() if each['by'] == by for lesion in each['lesions']]
    if len(lesions) < LEAST:
        return None
    found = noise_of(lesions, OF_DEPARTMENT.format(department=department.name, count=len(lesions)))
    return found if AXES.keys() <= found.scores.keys() else None


def own_floor(department, cases, version):
    """The ``Noise`` that a department has of its own for some cases, or None. Args: ``department``: number."""
    made = spots.floor_of(department)
    found = made and made.facts['floors'].get(version if by_model(cases) else PERSONS)
    return found and msgspec.convert(found, Noise)
