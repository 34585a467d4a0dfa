"""A department's own noise floor: of what it photographs twice on one day, made anew now and then, gone with who is."""
import math
import uuid
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from lopm.case import Case, Lesion
from lopm.datasets.photographs import BadPhotograph
from lopm.followup.changes import AXES
from lopm.followup.noise import noise_of
from tests.web.conftest import SAID

VERSION = 'discs 1'
NAMES = [name for axis in AXES.values() for name in axis]
FIRST = date(2024, 1, 10)


@pytest.fixture
def measured(monkeypatch):
    """Two photographs have one lesion and differ by chance; ``[{measure: difference}]`` of those that were compared."""
    rng, known = np.random.default_rng(0), []
    monkeypatch.setattr('lopm.web.floor.differences_of', lambda visits: (
        known.append(dict(zip(NAMES, rng.normal(0, 1, len(NAMES)).tolist()))), known[-1:])[1])
    return known


@pytest.fixture
def follow(people, site):
    """``follow(days)``: a place with two photographs of each of so many days, their lesions outlined by the model whose
    ``version``, or with the ``score`` None by a person."""
    def followed(days, code='P-1', who='anna', **more):
        from lopm.web.models import Patient, Spot
        patient = Patient.objects.create(department=people[who].department, code=code)
        spot = Spot.objects.create(patient=patient, name='left')
        for day in range(days):
            take(spot, day, **more)
            take(spot, day, **more)
        return spot
    return followed


def take(spot, day, pixels=None, **more):
    """One more photograph of a place."""
    from lopm.web.models import Photograph, Visit
    visit, _ = Visit.objects.get_or_create(patient=spot.patient, on=FIRST + timedelta(day))
    found = Photograph.objects.create(visit=visit, state='read', digest='d', pixels=pixels or uuid.uuid4().hex)
    read(found, **more)
    spot.photographs.add(found)
    return found


def read(photograph, score=.9, version=VERSION, flags=None):
    """One more version of what is outlined."""
    from lopm.web.models import Reading
    case = Case(str(photograph.pk), [192, 128], flags=flags, model={'version': version}, lesions=[Lesion(score=score)])
    Reading.objects.create(photograph=photograph, number=photograph.readings.count() + 1, what='model', live=b'',
                           case=case.to_json(), said=SAID)


def made(spot, version=VERSION, until=math.inf):
    """What a department has made of its repeats after a job at a place was done."""
    from lopm.web import floor, spots
    floor.refresh(spot, version, until)
    return spots.floor_of(spot.patient.department_id)


def own(spot, score=.9, version=VERSION):
    from lopm.web import floor
    return floor.own_floor(spot.patient.department_id, [Case('x', lesions=[Lesion(score=score)])], version)


def key_of(spot):
    from lopm.web import spots
    return spots.key_of(spots.taken(spot))


def test_seven_repeats_are_no_floor_and_eight_are_that_of_all_lesions(follow, measured):
    spot = follow(7)
    before = key_of(spot)
    assert made(spot) is None and own(spot) is None and key_of(spot) == before
    take(spot, 7), take(spot, 7)
    with_eight = key_of(spot)
    assert made(spot) and key_of(spot) != with_eight
    assert own(spot) == noise_of(measured, 'lesions that Oral Medicine has photographed twice on one day: 8')


def test_places_of_the_department_count_together_and_those_of_another_do_not(follow, measured):
    here, _, there = follow(4), follow(4, 'P-2'), follow(7, 'P-3', who='otto')
    assert made(here) and own(here).count == 8
    assert made(there) is None and own(there) is None
    take(there, 7), take(there, 7)
    assert made(there) and own(there).said.values == {'department': 'Dermatology', 'count': '8'}
    assert own(here).said.values == {'department': 'Oral Medicine', 'count': '8'}


def test_a_new_repeat_is_compared_alone_and_pages_stand_until_there_are_a_quarter_more(follow, measured):
    spot, other = follow(8), follow(0, 'P-2')
    floor, key = made(spot), key_of(spot)
    take(other, 0), take(other, 0)
    assert made(other) == floor and len(measured) == 9 and key_of(spot) == key and own(spot).count == 8
    take(other, 1), take(other, 1)
    assert made(spot) != floor and len(measured) == 10 and key_of(spot) != key and own(spot).count == 10


def test_repeats_that_are_outlined_anew_are_compared_anew_and_count_as_others(follow, measured, site):
    spot = follow(8)
    floor = made(spot)
    last, before = (visit.photographs.first() for visit in spot.patient.visits.all()[:2])
    read(last)
    assert made(spot) == floor and len(measured) == 9
    assert len(list(site.reports.glob('*/*.again.json'))) == 8  # nothing of the outlines before
    read(before)
    assert made(spot) != floor and len(measured) == 10
    assert own(spot).scores['size'] == noise_of([*measured[:6], *measured[8:]], '').scores['size']


def test_repeats_that_are_followed_no_more_are_no_longer_part_of_it(follow, measured):
    spot, other = follow(8), follow(2, 'P-2')
    assert made(spot) and own(spot).count == 10
    other.delete()
    assert made(spot) and own(spot).count == 10  # a fifth
    spot.photographs.remove(*(visit.photographs.first() for visit in spot.patient.visits.all()[:1]))
    assert made(spot) is None and own(spot) is None


def test_what_is_no_repeat_is_not_compared(follow, measured):
    """Flagged, of another day, a copy of what stands; or that of another place once more."""
    from lopm.web.models import Spot
    spot = follow(0)
    first = take(spot, 0)
    take(spot, 0, flags={'blurred': .01})
    take(spot, 0, pixels=first.pixels)
    take(spot, 1)
    assert made(spot) is None and measured == []
    take(spot, 0), take(spot, 0)
    Spot.objects.create(patient=spot.patient, name='the same').photographs.set(spot.photographs.all())
    made(spot)
    assert len(measured) == 2


def test_outlines_of_persons_of_the_model_and_of_another_model_have_floors_apart(follow, measured):
    spot = follow(8, score=None)
    assert made(spot)
    assert own(spot, score=None).count == 8 and own(spot) is None
    follow(9, 'P-2')
    assert made(spot)
    assert own(spot, score=None).count == 8 and own(spot).count == 9
    read(spot.photographs.first())  # a model's outlines beside those of a person
    made(spot)
    follow(4, 'P-3')
    made(spot)
    assert own(spot, score=None) is None and own(spot).count == 14
    assert made(spot, 'discs 2') is None and own(spot, version='discs 2') is None


def test_a_floor_that_would_not_know_an_axis_is_none(follow, measured, monkeypatch):
    """Eight lesions at the edge of a photograph have no size: pages would not say any more whether one has grown."""
    from lopm.web import floor
    differ = floor.differences_of
    monkeypatch.setattr(floor, 'differences_of', lambda visits: [
        {name: off for name, off in differ(visits)[0].items() if name != 'area'}])
    spot = follow(8)
    assert made(spot) is None
    monkeypatch.setattr(floor, 'differences_of', differ)
    for day in range(8, 16):
        take(spot, day), take(spot, day)
    assert made(spot) and own(spot).count == 16 and len(own(spot).scores['size']) == 8


def test_what_cannot_be_compared_counts_for_nothing_and_stops_nobody(follow, measured, monkeypatch):
    from lopm.web import floor
    differ, spot, fail = floor.differences_of, follow(9), [BadPhotograph('damaged'), FileNotFoundError('lost')]

    def fails_first(visits):
        if fail:
            raise fail.pop()
        return differ(visits)
    monkeypatch.setattr(floor, 'differences_of', fails_first)
    assert made(spot) is None and len(measured) == 7
    assert made(spot) is None and len(measured) == 7
    take(spot, 9), take(spot, 9)
    assert made(spot) and own(spot).count == 8


def test_what_takes_too_long_is_left_to_the_next_job_and_the_floor_as_it_is(follow, measured, site, monkeypatch):
    from lopm.web import floor, spots
    monkeypatch.setattr(floor, 'time', SimpleNamespace(monotonic=lambda: len(measured)))  # a second each
    far, spot = follow(6, 'P-2'), follow(2)
    assert made(spot, until=2) is None and len(measured) == 3
    assert all(each.file.is_file() for each in spots.repeats(spots.taken(spot)))  # its own come first
    assert not all(each.file.is_file() for each in spots.repeats(spots.taken(far)))
    assert made(spot, until=5) is None and len(measured) == 6
    assert made(spot, until=99) and own(spot).count == 8
    before = made(spot)
    for path in site.reports.glob('*/*.again.json'):  # as after a backup was put back
        path.unlink()
    assert made(spot, until=9) == before and own(spot).count == 8 and len(measured) == 10


def test_a_patient_who_is_deleted_is_gone_from_it_and_the_others_make_it_anew(follow, measured, browse, site):
    from lopm.web import spots
    stays, goes, other = follow(8), follow(3, 'GOES'), follow(0, 'OTHER')
    assert made(stays) and own(stays).count == 11
    floor, numbers = spots.floor_of(stays.patient.department_id), [f'{each.pk}' for each in goes.photographs.all()]
    assert delete(browse, other.patient) == 302 and made(stays) == floor
    files = [path.name for path in site.reports.rglob('*')]
    assert all(any(number in name for name in files) for number in numbers)
    assert delete(browse, goes.patient) == 302
    assert spots.floor_of(stays.patient.department_id) is None
    assert not [path for path in site.folder.rglob('*') if any(number in str(path) for number in numbers)]
    assert made(stays) and own(stays).count == 8 and len(measured) == 11
    assert not any(number in str(made(stays).facts) for number in numbers)


def delete(browse, patient):
    return browse('carl').post(f'/patients/{patient.pk}/delete/', {'code': patient.code}).status_code


def test_a_photograph_that_is_deleted_meanwhile_leaves_nothing(follow, measured, site, monkeypatch):
    from lopm.web import floor, spots
    spot, differ = follow(9), floor.differences_of
    gone = spot.photographs.order_by('visit__on').first()
    monkeypatch.setattr(floor, 'differences_of', lambda visits: (gone.pk and gone.delete(), differ(visits))[1])
    number = str(gone.pk)
    with pytest.raises(FileNotFoundError):  # which the job takes for that
        made(spot)
    assert number not in ' '.join(path.name for path in site.reports.rglob('*'))
    settle, repeats = floor.settle, spots.repeats(spots.taken(spot))
    last = repeats[-1].again.photograph
    monkeypatch.setattr(floor, 'settle', lambda *args: (last.delete(), settle(*args)))
    assert made(spot) is None  # of eight repeats one is no more
