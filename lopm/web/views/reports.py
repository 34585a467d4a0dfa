"""Reports: written by a worker, kept as long as what they say stands, sent to whoever may see the case."""
import hashlib
import json

from django.conf import settings
from django.db import transaction
from django.http import FileResponse, Http404, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language

from lopm.web import jobs, trail
from lopm.web.models import Job, Photograph

# of a report: its own styles and pictures, no script
ALONE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
KINDS = {'html': 'text/html; charset=utf-8', 'pdf': 'application/pdf', 'fhir.json': 'application/fhir+json',
         'dicom.zip': 'application/zip'}
FOR_PROGRAMS = 'fhir.json', 'dicom.zip'


def answer_report(request, ending, photographs):
    """The report of some photographs; while it is written, a page that asks again."""
    shown = [(str(each.pk), each.reading.number, each.pixels_per_mm, each.site) for each in photographs]
    if ending not in KINDS or not shown:
        raise Http404
    key = hashlib.sha256(json.dumps([shown, get_language()]).encode()).hexdigest()[:24]
    file = f'{photographs[0].visit.patient_id}/{key}.{ending}'
    if (settings.PLACE.reports / file).is_file():
        if not request.GET.get('ready'):
            for number, *_ in shown:
                trail.note(request.user, 'case seen', number, ending)
        return sent(request, settings.PLACE.reports / file, ending, shown[0][0])
    problem = ask(file, ending, shown, request.user)
    if request.GET.get('ready'):
        return JsonResponse({'ready': False, 'problem': problem})
    return writing(request, problem)


def writing(request, problem):
    """A page that asks again until a report is written, or says why it could not be."""
    back = request.path.rpartition('report.')[0]
    return render(request, 'web/writing.html', {'problem': problem, 'back': back}, status=202)


def sent(request, path, ending, about):
    """A report that is written, or that it is. Args: ``about``: number of what it is of."""
    if request.GET.get('ready'):
        return JsonResponse({'ready': True})
    trail.note(request.user, 'report read', about, ending)
    response = FileResponse(open(path, 'rb'), content_type=KINDS[ending], filename=f'report.{ending}',
                            as_attachment=ending in FOR_PROGRAMS)
    if ending == 'html':
        response['Content-Security-Policy'] = ALONE
    return response


def ask(file, ending, shown, account):
    """Have a report written, once. Returns why it could not be, or ''."""
    with transaction.atomic():
        asked = Job.objects.filter(photograph=shown[0][0], kind=jobs.REPORT, given__file=file)
        last = asked.order_by('-id').first()
        if last and last.state == Job.State.FAILED:
            return last.problem
        if last is None or last.state == Job.State.DONE:
            first = Photograph.objects.get(pk=shown[0][0])
            jobs.put(jobs.REPORT, first, account, file=file, ending=ending, language=get_language(),
                     photographs=[number for number, *_ in shown])
    return ''
