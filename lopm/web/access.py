"""Who may what. Every view goes through here: signed in, of the department, of the role."""
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from lopm.web.models import Patient, Photograph, Spot, Visit


def signed_in(view):
    """A view for people with an account. A page's own question (``fetch``) is answered by 401 and not by a form."""
    known = login_required(require_http_methods(['GET', 'HEAD', 'POST'])(view))

    @wraps(view)
    def asked(request, *args, **kwargs):
        if not request.user.is_authenticated and 'X-Lopm' in request.headers:
            return JsonResponse({'problem': 'signed out'}, status=401)
        if request.user.is_authenticated and request.user.must_change and view.__name__ != 'password':
            return redirect('password')
        return known(request, *args, **kwargs)
    return asked


def may_change(view):
    """A view for those who may change something."""
    return _allowed(view, lambda account: account.may_change)


def administrator(view):
    """A view for administrators."""
    return _allowed(view, lambda account: account.is_administrator)


def _allowed(view, test):
    @signed_in
    @wraps(view)
    def asked(request, *args, **kwargs):
        if not test(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)
    return asked


def posted(request):
    """Whether something was sent to a page that everybody may look at.

    Raises:
        PermissionDenied: By somebody who may not change anything.
    """
    if request.method == 'POST' and not request.user.may_change:
        raise PermissionDenied
    return request.method == 'POST'


def patients(account):
    return Patient.objects.filter(department=account.department)


def patient_of(account, number):
    """A patient of the account's department. Of another's it is as if there were none: 404, not 403."""
    return get_object_or_404(patients(account), pk=number)


def visit_of(account, number):
    return get_object_or_404(Visit.objects.select_related('patient').filter(patient__department=account.department),
                             pk=number)


def photograph_of(account, number):
    return get_object_or_404(Photograph.objects.select_related('visit__patient').filter(
        visit__patient__department=account.department), pk=number)


def spot_of(account, number):
    return get_object_or_404(Spot.objects.select_related('patient').filter(patient__department=account.department),
                             pk=number)
