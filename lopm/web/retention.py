"""What is deleted is gone: rows, files, and what a database keeps of a row beside itself."""
import math
import shutil
import time

from django.conf import settings
from django.db import connection, transaction

from lopm.web import jobs, spots
from lopm.web.models import Made, Patient, Photograph, Visit

SOON = 300  # seconds that a file may be without a row: it is being sent, or was sent in the moment of a crash


def hold(patient):
    """Lock a patient's rows, within a transaction: whoever is adding to them ends before, or finds them gone.

    Returns:
        The numbers of the photographs.
    """
    list(Patient.objects.select_for_update().filter(pk=patient.pk))
    list(Visit.objects.select_for_update().filter(patient=patient))
    return list(Photograph.objects.select_for_update().filter(visit__patient=patient).values_list('pk', flat=True))


def remove(patient, photographs):
    """Remove the files of photographs whose rows are gone, and all reports of their patient, in any of which they may
    stand; those that still hold are made anew when they are asked for.

    Args:
        patient, photographs: Numbers.
    """
    for number in photographs:
        remove_photograph(number)
    shutil.rmtree(settings.PLACE.reports / str(patient), ignore_errors=True)
    transaction.on_commit(empty_journal)


def remove_photograph(number):
    """Remove all files of a photograph but the reports in which it stands."""
    place = settings.PLACE
    for path in (place.incoming / str(number), *place.photograph(number).parent.glob(f'{number}*')):
        path.unlink(missing_ok=True)


def forget_exports(department, but=None):
    """Remove the bases that were made of a department: a photograph that is gone may be in them.

    Args:
        department: Number. but: A ``Made`` that stays.
    """
    Made.objects.filter(department=department, kind=jobs.EXPORT).delete()
    for path in (settings.PLACE.exports / str(department)).glob('*'):
        if but is None or path != settings.PLACE.export(but):
            path.unlink(missing_ok=True)


def unmentioned(patient, photographs):
    """Take photographs that were deleted out of the remarks on others of the department and out of its noise floor,
    and forget its exports."""
    Made.objects.filter(department=patient.department, kind=jobs.EXPORT).delete()
    gone = {str(number) for number in photographs}
    forget_floor(patient.department_id, gone)
    for other in Photograph.objects.filter(visit__patient__department=patient.department).exclude(remarks=[]):
        kept = [each for each in other.remarks if each['photograph'] not in gone]
        if kept != other.remarks:
            Photograph.objects.filter(pk=other.pk).update(remarks=kept)


def forget_floor(department, gone):
    """Remove a department's noise floor if it rests on one of some photographs; it is made anew of the others.

    Args:
        department: Number. gone: Numbers, as text.
    """
    floor = spots.floor_of(department)
    if floor and any(gone.intersection(spots.photographs_in(name)) for name in floor.facts['repeats']):
        Made.objects.filter(department=department, kind=jobs.FOLLOW).delete()


def empty_journal():
    """SQLite's journal holds what was deleted until it is written over: empty it, if nobody reads at this moment."""
    if connection.vendor == 'sqlite':
        with connection.cursor() as cursor:
            cursor.execute('PRAGMA wal_checkpoint(TRUNCATE)')


def sweep():
    """Remove files that nothing refers to: of what was deleted in the moment of a crash, of uploads that never ended.

    Returns:
        How many there were.
    """
    place, now = settings.PLACE, time.time()
    photographs = dict(Photograph.objects.values_list('pk', 'state'))
    known = {str(number) for number in photographs}
    waiting = {str(number) for number, state in photographs.items() if state == Photograph.State.WAITING}
    patients = {str(number) for number in Patient.objects.values_list('pk', flat=True)}
    files = [path for path in place.photographs.glob('*/*') if path.name.partition('.')[0] not in known]
    files += [path for path in place.incoming.iterdir() if path.name not in waiting]
    files += [path for path in place.reports.glob('*/*') if path.parent.name not in patients]
    made = {str(number) for number in Made.objects.values_list('pk', flat=True)}
    files += [path for path in place.exports.glob('*/*') if path.name.partition('.')[0] not in made]
    left = [path for path in files if _changed(path) < now - SOON]
    for path in left:
        path.unlink(missing_ok=True)
    empty_journal()
    return len(left)


def _changed(path):
    """When a file was written; of one that is gone meanwhile: never a moment before now."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return math.inf
