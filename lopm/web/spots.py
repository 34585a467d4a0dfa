"""A place in the mouth that is followed: which photograph stands for a visit, and where what was found out is kept.

    FOLDER/reports/PATIENT/SPOT.KEY.json        words, curves and outlines, in all languages; written last
    FOLDER/reports/PATIENT/SPOT.KEY.NUMBER.jpg  a photograph as it lies upon the first
    FOLDER/reports/PATIENT/SPOT.KEY.en.html     the page to print; .pdf once somebody has asked for it
    FOLDER/reports/PATIENT/NUMBER.scale.json    what a card or a ruler in a photograph says, which takes long to read
    FOLDER/reports/PATIENT/NAME.again.json      how far lesions differ on two photographs of one day (``floor.py``)

The key is of all that the comparison rests on: another reading, scale, photograph, model or noise floor makes another
one.
"""
import hashlib
import json
from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.db.models import OuterRef, Subquery

from lopm import __version__
from lopm.web.context import model
from lopm.web.jobs import FOLLOW
from lopm.web.models import Made, Photograph, Reading

STANDS, AGAIN, FLAGGED, WAITING, FAILED = STATES = 'stands', 'again', 'flagged', 'waiting', 'failed'
NO_LESION = 'no lesion'  # a flag that says nothing against a photograph: the lesion may have gone
MOST = 16  # photographs of a place: comparing them takes minutes


class Taken(NamedTuple):
    """A photograph of a place.

    Attributes:
        on: Date of its visit. reading: Number of the version that stands. flags: Why it should be taken again.
        state: Of ``STATES``. The first photograph of a day that is not flagged stands for it, others are repeats; on a
            flagged one outlines are not to be relied on.
    """

    photograph: Photograph
    on: date
    reading: int | None
    flags: list[str]
    state: str


def taken(spot):
    """``[Taken]`` in the order in which they were taken."""
    found, days = [], set()
    newest = Reading.objects.filter(photograph=OuterRef('pk')).order_by('-number')
    photographs = spot.photographs.select_related('visit__patient').order_by('visit__on', 'turn', 'at', 'id')
    for photograph in photographs.annotate(number=Subquery(newest.values('number')[:1]),
                                           raised=Subquery(newest.values('case__flags')[:1])):
        on, flags = photograph.visit.on, [flag for flag in photograph.raised or () if flag != NO_LESION]
        state = (WAITING if photograph.state == Photograph.State.WAITING else FAILED if photograph.number is None else
                 FLAGGED if flags else AGAIN if on in days else STANDS)
        if state == STANDS:
            days.add(on)
        found.append(Taken(photograph, on, photograph.number, flags, state))
    return found


def standing(found):
    """Those of ``[Taken]`` that are compared; fewer than two are nothing to compare."""
    return [each for each in found if each.state == STANDS]


class Repeat(NamedTuple):
    """The photograph that stands for a day, and one that was taken again: what differs between them is noise."""

    stands: Taken
    again: Taken

    @property
    def name(self):
        """Another one where it is to be measured anew."""
        return f'{self.begins}{self.stands.reading}.{self.again.reading}.{__version__}'

    @property
    def begins(self):
        """How all its names begin."""
        return f'{self.stands.photograph.pk}.{self.again.photograph.pk}.'

    @property
    def file(self):
        """Where it is kept how far it differs."""
        return settings.PLACE.reports / str(self.stands.photograph.visit.patient_id) / f'{self.name}.again.json'


def repeats(found):
    """``[Repeat]`` among ``[Taken]``; a copy of what stands is none."""
    of_day = {each.on: each for each in standing(found)}
    return [Repeat(of_day[each.on], each) for each in found
            if each.state == AGAIN and each.photograph.pixels != of_day[each.on].photograph.pixels]


def photographs_in(name):
    """Numbers of the photographs of a ``Repeat``, by its name."""
    return name.split('.')[:2]


def floor_of(department):
    """What a department has made of its repeats (``floor.py``), or None. Args: ``department``: number."""
    return Made.objects.filter(department=department, kind=FOLLOW).first()


def key_of(found):
    """Of all that a comparison of ``[Taken]`` rests on; None before a model was up, whose noise is a part of it."""
    about = model()
    if about is None:
        return None
    rests_on = [(str(each.photograph.pk), f'{each.on}', each.reading, each.state, each.photograph.pixels_per_mm,
                 each.photograph.scale_error, each.photograph.scale_by)
                for each in found if each.state in (STANDS, FLAGGED)]
    floor = floor_of(found[0].photograph.patient.department_id) if found else None
    rests_on.append(str(floor.pk) if floor else None)
    return hashlib.sha256(json.dumps([__version__, about['sha256'], rests_on]).encode()).hexdigest()[:24]


def file_of(spot, key, ending):
    """A file of a place."""
    return settings.PLACE.reports / str(spot.patient_id) / f'{spot.pk}.{key}.{ending}'


def scale_file(photograph, patient):
    """Where it is kept what a card or a ruler in a photograph says. Args: ``patient``: number."""
    return settings.PLACE.reports / str(patient) / f'{photograph.pk}.scale.json'


def result_of(spot, key):
    """What was found out, as ``following.write`` has kept it; None where it is still to be found out."""
    path = file_of(spot, key, 'json')
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError:
        return None


def forget(spot, but=None):
    """Remove all files of a place, but those of a key."""
    for path in (settings.PLACE.reports / str(spot.patient_id)).glob(f'{spot.pk}.*'):
        if but is None or path.name.split('.')[1] != but:
            path.unlink(missing_ok=True)
