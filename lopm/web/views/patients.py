"""Patients of a department: a list to search, one's visits, and the end of what is kept."""
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Max
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lopm.web import access, retention, trail
from lopm.web.forms import PatientForm, VisitForm


@access.signed_in
def index(request):
    """All patients, those seen last first; with ``?q=`` those whose code holds it. A form for another one."""
    form = PatientForm(request.POST or None, department=request.user.department)
    if access.posted(request) and form.is_valid():
        with transaction.atomic():
            patient = form.save()
            trail.note(request.user, 'patient made', patient.pk)
        return redirect('patient', patient.pk)
    asked = request.GET.get('q', '').replace('\0', '').strip()
    found = access.patients(request.user).filter(code__icontains=asked).annotate(
        last=Max('visits__on'), photographs=Count('visits__photographs')).order_by('-last', 'code')
    return render(request, 'web/patients.html', {
        'form': form, 'asked': asked, 'patients': Paginator(found, 50).get_page(request.GET.get('page'))})


@access.signed_in
def page(request, number):
    """A patient: visits with their photographs, and a form for another visit."""
    patient = access.patient_of(request.user, number)
    form = VisitForm(request.POST or None, patient=patient)
    if access.posted(request) and form.is_valid():
        with transaction.atomic():
            last = patient.visits.first()
            form.instance.record = last.record if last else {}
            visit = form.save()
            trail.note(request.user, 'visit made', visit.pk)
        return redirect('visit', visit.pk)
    trail.note(request.user, 'patient seen', patient.pk)
    return render(request, 'web/patient.html', {
        'patient': patient, 'form': form, 'visits': patient.visits.prefetch_related('photographs')})


@access.may_change
def delete(request, number):
    """Remove a patient with everything, after the code was typed."""
    patient = access.patient_of(request.user, number)
    if request.method == 'POST' and request.POST.get('code') == patient.code:
        with transaction.atomic():
            numbers = retention.hold(patient)
            patient.delete()
            retention.unmentioned(patient, numbers)
            trail.note(request.user, 'patient deleted', number, f'{len(numbers)} photographs')
        retention.remove(number, numbers)
        retention.forget_exports(request.user.department_id)
        messages.success(request, _('The patient was deleted, with %d photographs.') % len(numbers))
        return redirect('patients')
    return render(request, 'web/delete.html', {'patient': patient, 'wrong': request.method == 'POST'})
