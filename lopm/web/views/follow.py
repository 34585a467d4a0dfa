"""Places of a patient that are followed: chosen by a person, compared by a worker, shown side by side."""
from datetime import timedelta

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lopm.web import access, jobs, spots, trail
from lopm.web.forms import SpotForm
from lopm.web.models import Job, Photograph
from lopm.web.views.reports import sent, writing
from lopm.web.words import clinical_language, of_follow

TOLD = timedelta(minutes=15)  # for which a failure is told; whoever comes later has it tried again


@access.signed_in
def index(request, number):
    """The places of a patient that are followed, those that could be, and a form to choose photographs."""
    patient = access.patient_of(request.user, number)
    form = SpotForm(request.POST or None, patient=patient)
    if access.posted(request) and form.is_valid():
        with transaction.atomic():
            spot = form.save()
            trail.note(request.user, 'place followed', spot.pk, f'{spot.photographs.count()} photographs')
        return redirect('followed', spot.pk)
    visits = list(patient.visits.order_by('on').prefetch_related('photographs'))
    followed = list(patient.spots.prefetch_related('photographs__visit'))
    return render(request, 'web/follow.html', {
        'patient': patient, 'form': form, 'visits': visits, 'chosen': form['photographs'].data or [],
        'spots': [shown(spot) for spot in followed], 'suggested': suggested(visits, followed),
        'enough': sum(any(each.state != Photograph.State.FAILED for each in visit.photographs.all())
                      for visit in visits) > 1})


def shown(spot):
    """A place as the list shows it: its first and its last photograph."""
    photographs = sorted(spot.photographs.all(), key=lambda each: (each.visit.on, each.turn, each.at))
    return {'spot': spot, 'ends': [*photographs[:1], *photographs[1:][-1:]],
            'visits': len({each.visit_id for each in photographs})}


def suggested(visits, followed):
    """``[{'name', 'photographs'}]`` of each site that two visits have photographed, and no place that is followed: a
    photograph of each visit."""
    held = {photograph.site for spot in followed for photograph in spot.photographs.all()}
    found = {}
    for visit in visits:
        for photograph in visit.photographs.all():
            if photograph.site and photograph.site not in held and photograph.state == Photograph.State.READ:
                found.setdefault(photograph.site, {}).setdefault(visit.pk, photograph)
    return [{'name': clinical_language().word(site), 'photographs': list(by_visit.values())[-spots.MOST:]}
            for site, by_visit in found.items() if len(by_visit) > 1]


@access.signed_in
@require_safe
def page(request, number):
    """A place: its photographs at all visits, and what has changed as soon as that is known."""
    spot = access.spot_of(request.user, number)
    found = spots.taken(spot)
    key = spots.key_of(found)
    result = spots.result_of(spot, key)
    enough = len(spots.standing(found)) > 1
    seen(request.user, spot, found if result else ())
    pictures, said = (result['pictures'], result['said'][get_language()]) if result else ({}, None)
    first = next((each.on for each in found if each.state == spots.STANDS), None)
    problem = ask(spot, key, request.user) if enough and not (result and measured(found)) else ''
    return render(request, 'web/followed.html', {
        'spot': spot, 'patient': spot.patient, 'said': said, 'first': first, 'enough': enough, 'words': of_follow(),
        'problem': '' if result else problem, 'newer': newer(spot, found),
        'taken': [{**each._asdict(), 'picture': pictures.get(str(each.photograph.pk)),
                   'refused': said and said['refused'].get(f'{each.on}')} for each in found],
        'comparable': [each for each in found if pictures.get(str(each.photograph.pk), {}).get('laid')][1:]})


def seen(account, spot, found):
    """Note that a place was seen, and of which photographs what is said."""
    with transaction.atomic():
        trail.note(account, 'place seen', spot.pk)
        for each in found:
            trail.note(account, 'case seen', each.photograph.pk)


def measured(found):
    """Whether it is known how far photographs of one day differ, which counts for the department's noise floor."""
    return all(each.file.is_file() for each in spots.repeats(found))


def newer(spot, found):
    """Photographs of visits that the place has none of, of a site that it has."""
    sites = {each.photograph.site for each in found} - {''}
    visits = {each.photograph.visit_id for each in found}
    return list(Photograph.objects.filter(visit__patient=spot.patient, site__in=sites, state=Photograph.State.READ)
                .exclude(visit__in=visits).select_related('visit').order_by('visit__on', 'turn', 'at'))


def ask(spot, key, account, language=''):
    """Have a place compared, once; with a ``language`` its page written as PDF. Returns why it could not be, or ''."""
    kind, given = jobs.FOLLOW, {'spot': str(spot.pk), 'key': key}
    if language:
        kind, given = jobs.PRINT, {**given, 'language': language}
    with transaction.atomic():
        last = spot.patient.jobs.filter(kind=kind, **{f'given__{name}': each for name, each in given.items()}
                                        ).order_by('-id').first()
        if last and last.state == Job.State.FAILED and last.ended > timezone.now() - TOLD:
            return last.problem
        if key and (last is None or last.state == Job.State.FAILED):
            jobs.put(kind, by=account, patient=spot.patient, **given)
    return ''


@access.signed_in
@require_safe
def state(request, number):
    """Whether what has changed is known, for a page that asks by itself."""
    spot = access.spot_of(request.user, number)
    found = spots.taken(spot)
    key = spots.key_of(found)
    ready = spots.file_of(spot, key, 'json').is_file()
    enough = len(spots.standing(found)) > 1
    return JsonResponse({'ready': ready, 'problem': '' if ready or not enough else ask(spot, key, request.user)})


@access.signed_in
@require_safe
def picture(request, number, photograph):
    """A photograph as it lies upon the first."""
    spot = access.spot_of(request.user, number)
    path = spots.file_of(spot, spots.key_of(spots.taken(spot)), f'{photograph}.jpg')
    if not path.is_file():
        raise Http404
    return FileResponse(open(path, 'rb'), content_type='image/jpeg')


@access.signed_in
@require_safe
def report(request, number, ending):
    """The page to print, as html or PDF."""
    spot = access.spot_of(request.user, number)
    found = spots.taken(spot)
    if ending not in ('html', 'pdf') or len(spots.standing(found)) < 2:
        raise Http404
    key, language = spots.key_of(found), get_language()
    path = spots.file_of(spot, key, f'{language}.{ending}')
    if path.is_file():
        seen(request.user, spot, found)
        return sent(request, path, ending, spot.pk)
    compared = spots.file_of(spot, key, 'json').is_file()
    problem = ask(spot, key, request.user, language if compared else '')
    if request.GET.get('ready'):
        return JsonResponse({'ready': False, 'problem': problem})
    return writing(request, problem)


@access.may_change
def change(request, number):
    """The name of a place, and which photographs are of it."""
    spot = access.spot_of(request.user, number)
    form = SpotForm(request.POST or None, instance=spot, patient=spot.patient)
    if form.is_valid():
        with transaction.atomic():
            form.save()
            trail.note(request.user, 'place changed', spot.pk, f'{spot.photographs.count()} photographs')
        return redirect('followed', number)
    chosen = form['photographs'].data if form.is_bound else [str(each.pk) for each in spot.photographs.all()]
    return render(request, 'web/follow_change.html', {
        'spot': spot, 'patient': spot.patient, 'form': form, 'chosen': chosen or [],
        'visits': spot.patient.visits.order_by('on').prefetch_related('photographs')})


@access.may_change
@require_POST
def end(request, number):
    """Follow a place no more; its photographs and what was said of them stay."""
    spot = access.spot_of(request.user, number)
    patient = spot.patient_id
    spots.forget(spot)
    with transaction.atomic():
        spot.delete()
        trail.note(request.user, 'place no more followed', number)
    messages.success(request, _('The place is no longer followed; its photographs are kept.'))
    return redirect('follow', patient)
