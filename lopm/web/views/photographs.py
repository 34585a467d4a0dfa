"""Files of photographs, and what is said of one as a file: its site, and that it is to go."""
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lopm.web import access, retention, trail
from lopm.web.sites import sites


@access.signed_in
@require_safe
def full(request, number):
    return sent(access.photograph_of(request.user, number), 'full')


@access.signed_in
@require_safe
def thumb(request, number):
    return sent(access.photograph_of(request.user, number), 'thumb')


def sent(photograph, kind):
    path = settings.PLACE.photograph(photograph.pk, kind)
    if not path.is_file():
        raise Http404
    return FileResponse(open(path, 'rb'), content_type='image/jpeg')


@access.may_change
@require_POST
def site(request, number):
    """Where in the mouth a photograph was taken."""
    photograph = access.photograph_of(request.user, number)
    said = request.POST.get('site', '')
    if said and said not in sites():
        return JsonResponse({'problem': _('There is no such site.')}, status=400)
    with transaction.atomic():
        photograph.site = said
        photograph.save(update_fields=['site'])
        trail.note(request.user, 'site changed', photograph.pk)
    return JsonResponse({'site': said})


@access.may_change
@require_POST
def delete(request, number):
    photograph = access.photograph_of(request.user, number)
    visit = photograph.visit
    with transaction.atomic():
        retention.hold(visit.patient)
        photograph.delete()
        retention.unmentioned(visit.patient, [number])
        trail.note(request.user, 'photograph deleted', number)
    retention.remove(visit.patient_id, [number])
    retention.forget_exports(request.user.department_id)
    messages.success(request, _('The photograph was deleted.'))
    return redirect('visit', visit.pk)
