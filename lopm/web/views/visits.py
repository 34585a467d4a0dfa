"""A visit: its photographs as they come in, what is known of the patient on that day, a report of all."""
import hashlib
import os
import uuid

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lopm.web import access, jobs, trail
from lopm.web.context import model
from lopm.web.forms import RecordForm, record_initial
from lopm.web.models import Photograph
from lopm.web.sites import sites
from lopm.web.views.reports import answer_report
from lopm.web.words import clinical_language, of_upload


@access.signed_in
def page(request, number):
    """A visit. Posted: what is known of the patient; photographs that were read before keep what they were read with.
    """
    visit = access.visit_of(request.user, number)
    form = RecordForm(request.POST or None, fields=(model() or {}).get('record', []), language=clinical_language(),
                      initial=record_initial(visit.record))
    if access.posted(request) and form.is_valid():
        with transaction.atomic():
            visit.record = form.record()
            visit.save()
            trail.note(request.user, 'record changed', visit.pk)
        messages.success(request, _('Kept. Photographs that come from now on are read with it.'))
        return redirect('visit', number)
    trail.note(request.user, 'visit seen', visit.pk)
    return render(request, 'web/visit.html', {
        'visit': visit, 'patient': visit.patient, 'form': form, 'sites': sites(), 'words': of_upload(),
        'photographs': [tile(each) for each in visit.photographs.all()]})


def tile(photograph):
    """A photograph as the page of a visit shows it."""
    reading = photograph.reading
    said = reading.said[get_language()] if reading else None
    return {'photograph': photograph, 'found': said['found'] if said else '',
            'flags': said['flags'] if said else [],
            'said': [line for lesion in said['lesions'][:1] for line in lesion.get('said', [])[:1]] if said else [],
            'corrected': bool(reading and reading.number > 1), 'remarks': standing(photograph.remarks)}


def standing(remarks):
    """Remarks on photographs that are still there."""
    there = Photograph.objects.filter(pk__in=[each['photograph'] for each in remarks]).values_list('pk', flat=True)
    return [each for each in remarks if each['photograph'] in set(map(str, there))] if remarks else []


@access.may_change
@require_POST
def upload(request, number):
    """Take one photograph. ``id``: a number that the browser has drawn, so that what is sent twice is stored once;
    ``turn``: its place among the others."""
    visit = access.visit_of(request.user, number)
    file, site, turn = request.FILES.get('photograph'), request.POST.get('site', ''), request.POST.get('turn', '')
    try:
        drawn = uuid.UUID(request.POST.get('id', ''))
    except ValueError:
        return JsonResponse({'problem': _('What was sent cannot be read.')}, status=400)
    if file is None or not file.size:
        return JsonResponse({'problem': _('The file is empty.')}, status=400)
    digest = hashlib.file_digest(file.file, 'sha256').hexdigest()
    sent = Photograph.objects.filter(pk=drawn).first()
    if sent and (sent.visit_id, sent.digest) != (visit.pk, digest):
        return JsonResponse({'problem': _('What was sent cannot be read.')}, status=400)
    readable = visit.photographs.exclude(state=Photograph.State.FAILED)  # what could not be read may be sent again
    there = sent or readable.filter(digest=digest).first()
    if there:
        return JsonResponse({'id': str(there.pk), 'there': there.pk != drawn})
    file.file.flush()
    os.fsync(file.file.fileno())
    try:
        with transaction.atomic():
            photograph = Photograph.objects.create(pk=drawn, visit=visit, digest=digest, by=request.user,
                                                   site=site if site in sites() else '',
                                                   turn=int(turn) if turn.isdecimal() and len(turn) < 19 else 0)
            jobs.put(jobs.READ, photograph, request.user)
            trail.note(request.user, 'photograph added', photograph.pk)
            keep(file, drawn)  # of two that are sent under one number, that which has the row
    except jobs.Full:
        return JsonResponse({'problem': _('So many photographs wait that no more are taken now; try again in some '
                                          'minutes.')}, status=503)
    except IntegrityError:
        return JsonResponse({'problem': _('This photograph is being taken already; try again.')}, status=503)
    return JsonResponse({'id': str(photograph.pk), 'there': False}, status=201)


def keep(file, number):
    """Move an upload to where a worker looks for it, for good. Its row follows: a file without one is swept up."""
    os.replace(file.temporary_file_path(), settings.PLACE.incoming / str(number))
    folder = os.open(settings.PLACE.incoming, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@access.signed_in
@require_safe
def state(request, number):
    """What of the visit's photographs is still waiting, and the tiles of the others, for a page that asks by itself."""
    visit = access.visit_of(request.user, number)
    photographs = list(visit.photographs.all())
    waiting = [each for each in photographs if each.state == Photograph.State.WAITING]
    return JsonResponse({'waiting': [str(each.pk) for each in waiting], 'photographs': len(photographs)})


@access.signed_in
@require_safe
def report(request, number, ending):
    """A report of all photographs of a visit that were read."""
    visit = access.visit_of(request.user, number)
    return answer_report(request, ending, visit.photographs.filter(state=Photograph.State.READ))
