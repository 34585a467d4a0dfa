"""A case: what is said of a photograph, corrected in words and outlines, every version kept."""
import json
import math

from django.contrib import messages
from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lopm.web import access, jobs, trail
from lopm.web.context import model
from lopm.web.models import Job, Photograph, Reading
from lopm.web.sites import sites
from lopm.web.views.reports import answer_report
from lopm.web.words import of_case

NOT_ASSESSABLE = 'not_assessable'  # as lopm.tasks has it, which loads torch
MOST_LESIONS, MOST_POINTS = 100, 20_000  # of what a person draws


@access.signed_in
@require_safe
def page(request, number):
    photograph = access.photograph_of(request.user, number)
    trail.note(request.user, 'case seen', photograph.pk)
    found = shown(photograph)
    return render(request, 'web/case.html', found | {
        'sites': sites(), 'patient': photograph.patient, 'words': of_case(found['tasks'])})


@access.signed_in
@require_safe
def said(request, number):
    """The part of the page that changes with a correction; ``?version=`` an earlier one."""
    photograph = access.photograph_of(request.user, number)
    trail.note(request.user, 'case seen', photograph.pk)
    return render(request, 'web/said.html', shown(photograph, request.GET.get('version')))


def shown(photograph, version=None):
    """What the templates of a case show."""
    readings = list(photograph.readings.select_related('by').defer('live', 'case', 'said'))
    reading = next((each for each in readings if str(each.number) == version), readings[-1] if readings else None)
    found = {'photograph': photograph, 'readings': readings[::-1], 'reading': reading, 'tasks': []}
    if reading:
        lesions = reading.case['lesions']
        found |= {'said': reading.said[get_language()], 'newest': reading is readings[-1],
                  'lesions': [{'polygons': each['outline']['polygons'], 'label': str(i)}
                              for i, each in enumerate(lesions, 1)],
                  'corrected': [each['corrected'] for each in lesions],
                  'tasks': (model() or {}).get('tasks', [])}
    return found


@access.signed_in
@require_safe
def state(request, number):
    """The number of the version that stands, what is under way, and the problem of the job that was asked about."""
    photograph = access.photograph_of(request.user, number)
    reading = photograph.readings.order_by('-number').values_list('number', flat=True).first()
    asked = request.GET.get('job', '')
    job = photograph.jobs.filter(pk=asked).first() if asked.isdecimal() else None
    return JsonResponse({'reading': reading, 'state': photograph.state, 'problem': photograph.problem,
                         'job': job and {'state': job.state, 'problem': told(job.problem)}})


def told(problem):
    """A worker's words to the person who asked."""
    return _('Somebody else has changed this case meanwhile. Load it again; what you have said is still here.') if (
        problem == 'changed meanwhile') else problem


def content(request):
    """The json of a request, a dict; {} of anything else."""
    if request.content_type != 'application/json':
        return {}
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def refused(problem, status=400):
    return JsonResponse({'problem': problem}, status=status)


@access.may_change
@require_POST
def words(request, number):
    """Say another word for features of a lesion: ``{'seen': version, 'lesion': number, 'words': {task: word or
    [words]}}``."""
    photograph, asked = access.photograph_of(request.user, number), content(request)
    tasks = {each['name']: each for each in (model() or {}).get('tasks', [])}
    given, lesion = asked.get('words'), asked.get('lesion')
    if not isinstance(given, dict) or not given or not all(
            name in tasks and fits(word, tasks[name]) for name, word in given.items()):
        return refused(_('The model knows no such word.'))
    if not (isinstance(lesion, int) and 0 <= lesion < count_lesions(photograph)):
        return refused(_('There is no such lesion.'))
    return put(request, photograph, jobs.WORDS, asked.get('seen'), lesion=lesion, words=given)


def fits(word, task):
    if word == NOT_ASSESSABLE:
        return True
    if task['several']:
        return isinstance(word, list) and all(each in task['words'] for each in word) and len(set(word)) == len(word)
    return word in task['words']


def count_lesions(photograph):
    reading = photograph.reading
    return len(reading.case['lesions']) if reading else 0


@access.may_change
@require_POST
def outlines(request, number):
    """Draw lesions anew: ``{'seen': version, 'lesions': [{'polygons', 'origin': number of before or null}]}``."""
    photograph, asked = access.photograph_of(request.user, number), content(request)
    drawn = asked.get('lesions')
    if not isinstance(drawn, list) or len(drawn) > MOST_LESIONS or not all(map(is_drawn, drawn)):
        return refused(_('These outlines cannot be read.'))
    lesions = [{'polygons': each['polygons'], 'origin': each.get('origin')} for each in drawn]
    return put(request, photograph, jobs.OUTLINES, asked.get('seen'), lesions=lesions)


def is_drawn(lesion):
    """Whether something is a lesion's outlines: polygons of three points and more, in numbers."""
    polygons = lesion.get('polygons') if isinstance(lesion, dict) else None
    origin = lesion.get('origin') if isinstance(lesion, dict) else None
    return (isinstance(polygons, list) and bool(polygons) and (origin is None or type(origin) is int and origin >= 0)
            and sum(len(each) if isinstance(each, list) else math.inf for each in polygons) <= 2 * MOST_POINTS
            and all(len(each) >= 6 and len(each) % 2 == 0 and all(map(is_number, each)) for each in polygons))


def is_number(value):
    return type(value) in (int, float) and abs(value) < 1e6


def put(request, photograph, kind, seen, **given):
    """Have a case corrected. One correction at a time: who has not seen the version that stands is told so."""
    if photograph.state != Photograph.State.READ:
        return refused(_('This photograph was not read yet.'), 409)
    with transaction.atomic():
        Photograph.objects.select_for_update().get(pk=photograph.pk)
        if photograph.reading.number != seen or is_under_way(photograph):
            return refused(told('changed meanwhile'), 409)
        job = jobs.put(kind, photograph, request.user, seen=seen, **given)
        trail.note(request.user, f'{kind} said', photograph.pk, f'version {seen}')
    return JsonResponse({'job': job.pk}, status=202)


def is_under_way(photograph):
    """Whether somebody's correction is being read."""
    return photograph.jobs.filter(kind__in=jobs.CORRECTIONS, state__in=(Job.State.WAITING, Job.State.RUNNING)).exists()


@access.may_change
@require_POST
def confirm(request, number):
    """Say that the outlines and words of the version that stands (``seen``) are one's own; it becomes one more."""
    photograph, seen = access.photograph_of(request.user, number), request.POST.get('seen', '')
    with transaction.atomic():
        Photograph.objects.select_for_update().get(pk=photograph.pk)
        last = photograph.reading
        if last is None or seen != str(last.number) or is_under_way(photograph):
            messages.error(request, told('changed meanwhile'))
            return redirect('case', photograph.pk)
        Reading.objects.create(photograph=photograph, number=last.number + 1, what=Reading.What.CONFIRM,
                               by=request.user, case=last.case, live=last.live, said=last.said)
        trail.note(request.user, 'case confirmed', photograph.pk, f'version {last.number}')
    return redirect('case', photograph.pk)


@access.may_change
@require_POST
def scale(request, number):
    """A scale by two clicks: ``{'seen': version, 'points': [[x, y], [x, y]], 'millimetres': number}``."""
    photograph, asked = access.photograph_of(request.user, number), content(request)
    points, millimetres = asked.get('points'), asked.get('millimetres')
    if not (isinstance(points, list) and len(points) == 2 and is_number(millimetres) and all(
            isinstance(each, list) and len(each) == 2 and all(map(is_number, each)) for each in points)):
        return refused(_('Click on two marks that are well apart, and say how many millimetres lie between them.'))
    return put(request, photograph, jobs.SCALE, asked.get('seen'), points=points, millimetres=millimetres)


@access.signed_in
@require_safe
def report(request, number, ending):
    """A case as html, PDF or FHIR, as its newest version says it."""
    photograph = access.photograph_of(request.user, number)
    return answer_report(request, ending, Photograph.objects.filter(pk=photograph.pk, state=Photograph.State.READ))
