"""What a worker makes of all cases of a department: a base to take along, and figures of how far readers agree."""
from django.conf import settings
from django.db import transaction
from django.http import FileResponse, Http404, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from lopm.web import access, jobs, trail
from lopm.web.models import Department, Job, Made
from lopm.web.words import clinical_language

NO_BREAK = '\N{NO-BREAK SPACE}'
UNDER_WAY = Job.State.WAITING, Job.State.RUNNING
# from which coefficient on agreement is called what: Landis and Koch, Biometrics 33 (1977) 159
GRADES = [(.8, gettext_lazy('almost perfect')), (.6, gettext_lazy('substantial')), (.4, gettext_lazy('moderate')),
          (.2, gettext_lazy('fair')), (0, gettext_lazy('slight'))]


@access.may_change
def export(request):
    """The department's base, and a form to have it made anew."""
    if request.method == 'POST':
        ask(jobs.EXPORT, request.user, 'base asked for', every=request.POST.get('every') == '1')
        return redirect('export')
    return shown(request, jobs.EXPORT, 'web/export.html', lambda made: {
        'bytes': (path := settings.PLACE.export(made)).is_file() and path.stat().st_size})


@access.may_change
@require_safe
def download(request):
    """The base as it was made last."""
    made = last_made(request.user.department, jobs.EXPORT)
    if made is None or not settings.PLACE.export(made).is_file():
        raise Http404
    trail.note(request.user, 'base downloaded', made.pk, f'{made.facts["photographs"]} photographs')
    return FileResponse(open(settings.PLACE.export(made), 'rb'), content_type='application/zip', as_attachment=True,
                        filename=f'lopm-base-{made.at:%Y-%m-%d}.zip')


@access.may_change
def agreement(request):
    """Figures of agreement, and a button to have them counted anew."""
    if request.method == 'POST':
        ask(jobs.AGREEMENT, request.user, 'agreement asked for')
        return redirect('agreement')
    return shown(request, jobs.AGREEMENT, 'web/agreement.html', lambda made: {
        'not_blind': made.facts['not_blind'],
        'tables': {each['of']: told(each, made.facts['fewest']) for each in made.facts['tables']}})


def shown(request, kind, template, more):
    """A page of what was made last; with ``?ready=1`` whether nothing is under way. Args: ``more``: what the template
    gets of a ``Made``."""
    department = request.user.department
    last = department.jobs.filter(kind=kind).order_by('-id').first()
    waits = bool(last and last.state in UNDER_WAY)
    if request.GET.get('ready'):
        return JsonResponse({'ready': not waits})
    made = last_made(department, kind)
    return render(request, template, {
        'waits': waits, 'problem': last.problem if last and last.state == Job.State.FAILED else '', 'made': made,
        **(more(made) if made else {})})


def last_made(department, kind):
    return Made.objects.filter(department=department, kind=kind).select_related('by').first()


def ask(kind, account, what, **given):
    """Have something made, unless it is under way."""
    with transaction.atomic():
        Department.objects.select_for_update().get(pk=account.department_id)
        if not account.department.jobs.filter(kind=kind, state__in=UNDER_WAY).exists():
            job = jobs.put(kind, by=account, department=account.department, **given)
            trail.note(account, what, job.pk)


def told(table, fewest):
    """A table of ``agreement_of`` with its figures in words."""
    language = clinical_language()

    def share(figure):
        return interval(figure, lambda value: f'{language.number(100 * value, 0)}{NO_BREAK}%')

    def coefficient(figure):
        return interval(figure, lambda value: language.number(value, 2))
    return {**table, 'enough': table['patients'] >= fewest, 'fewest': fewest,
            'found': share(table.get('found')), 'overlap': coefficient(table.get('overlap')),
            'rows': [{**row, 'enough': row['patients'] >= fewest, 'grade': grade(row['alpha']),
                      'observed': share(row['observed']), 'kappa': coefficient(row['kappa']),
                      'alpha': coefficient(row['alpha'])} for row in table['rows']
                     if any(each['lesions'] for each in table['rows'])]}


def interval(figure, said):
    """``[value, low, high]`` as text: "0.62 (0.41 to 0.80)"; '' where nothing can be said."""
    if not figure or figure[0] is None:
        return ''
    value, low, high = (None if each is None else said(each) for each in figure)
    return value if low is None else _('%(value)s (%(low)s to %(high)s)') % {'value': value, 'low': low, 'high': high}


def grade(alpha):
    """What a coefficient is called; '' where there is none."""
    if not alpha or alpha[0] is None:
        return ''
    return next((word for least, word in GRADES if alpha[0] >= least), _('none, or less than by chance'))
