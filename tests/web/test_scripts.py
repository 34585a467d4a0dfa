"""A script in whatever text anybody can store is shown as text: by the templates, and in a real browser."""
from contextlib import suppress

import pytest

from tests.web.browser import LONG, PASSWORD, Faults, chromium, make_first, make_visit, photographs

EVIL = '"\'><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}'
MARKS = b'<img src=x', b'<script>alert', b'onerror=alert(1)>', b'49'


def planted(value):
    """A copy of something nested in which every text is evil but for the keys."""
    if isinstance(value, str):
        return EVIL
    if isinstance(value, list | tuple):
        return [planted(each) for each in value]
    return {key: planted(each) for key, each in value.items()} if isinstance(value, dict) else value


def plant():
    """Evil text in every field of every row that may hold text, as long as the database takes it."""
    from django.apps import apps
    from django.db import models
    kept = {'role', 'state', 'language', 'what', 'kind', 'password', 'digest', 'before', 'case', 'lesions', 'worker'}
    fields = []
    for model in apps.get_app_config('web').get_models():
        if model.__name__ in ('Entry', 'Chain'):
            continue
        for field in model._meta.get_fields():
            if isinstance(field, models.CharField | models.JSONField) and field.name not in kept:
                for row in model.objects.all():
                    text = isinstance(field, models.CharField)
                    value = f'{len(fields)}{EVIL}'[:field.max_length] if text else planted(getattr(row, field.name))
                    model.objects.filter(pk=row.pk).update(**{field.name: value})
                    fields.append(f'{model.__name__}.{field.name}')  # its number makes every text another one
    return set(fields)


@pytest.mark.parametrize('language', ['en', 'fr'])
def test_no_template_writes_what_is_stored_as_markup(case, browse, people, language):
    from django.urls import reverse

    from lopm.web import trail
    from lopm.web.models import Job, Made, SecondReading, Spot, Visit
    from lopm.web.urls import urlpatterns
    spot = Spot.objects.create(patient=case.patient, name='tongue')
    spot.photographs.add(case)
    SecondReading.objects.create(photograph=case, by=people['carl'], rater='r', lesions=[])
    Job.objects.create(kind='export', department=case.patient.department, state='failed', problem='x')
    Visit.objects.create(patient=case.patient, on='2026-01-01')
    failed = case.visit.photographs.create(state='failed', problem='x', digest='e')
    case.remarks = [{'kind': 'copy', 'photograph': str(failed.pk), 'patient': 'x'}]
    case.save()
    fields = plant()
    assert {'Department.name', 'Account.username', 'Patient.code', 'Spot.name', 'Photograph.problem', 'Reading.said',
            'Visit.record', 'Job.problem', 'SecondReading.rater'} <= fields
    people['anna'].refresh_from_db()
    people['anna'].language = language
    people['anna'].save(update_fields=['language'])
    case.remarks = [{'kind': 'copy', 'photograph': str(failed.pk), 'patient': EVIL}]
    case.save(update_fields=['remarks'])
    trail.note(people['anna'], EVIL[:40], EVIL, EVIL)
    client, seen = browse('anna'), 0
    things = {'patients': case.patient, 'visits': case.visit, 'photographs': case, 'cases': case, 'followed': spot,
              'accounts': people['carl']}
    for pattern in urlpatterns:
        thing = things.get(str(pattern.pattern).partition('/')[0])
        values = {'number': thing and thing.pk, 'ending': 'html', 'token': 'x', 'photograph': case.pk}
        path = reverse(pattern.name, kwargs={key: values[key] for key in pattern.pattern.converters})
        for question in ('', '?q=' + '%22%3E%3Cimg src=x onerror=alert(1)%3E', '?version=1'):
            with suppress(KeyError):  # of a list of words that evil is not in
                answer = client.get(path + question)
                if answer['Content-Type'].startswith('text/html'):
                    assert not [mark for mark in MARKS[:3] if mark in answer.content], path
                    seen += b'&lt;img' in answer.content
    assert Made.objects.count() == 0 and seen > 20


@pytest.mark.parametrize('path, field, refused', [
    ('/', 'code', EVIL), ('/', 'code', '<b>'), ('/', 'code', 'a b'), ('/', 'code', '../x'), ('/', 'code', 'x' * 41),
    ('/accounts/', 'username', EVIL), ('/accounts/', 'username', '<b>')])
def test_codes_and_names_with_markup_are_refused(browse, people, path, field, refused):
    from lopm.web.models import Account, Patient
    answer = browse('anna').post(path, {
        'username': 'eve', field: refused, 'department': 'Oral Medicine', 'role': 'reader', 'language': 'en',
        'password1': PASSWORD, 'password2': PASSWORD})
    assert answer.status_code == 200 and b'role="alert"' in answer.content and MARKS[0] not in answer.content
    assert not Patient.objects.exists() and Account.objects.count() == 5


@pytest.mark.slow
def test_in_a_browser_nothing_that_was_typed_runs(served):
    with chromium() as browser:
        page = browser.new_page()
        faults = Faults(page, allowed=('404',))  # where the last address below leads
        page.on('dialog', lambda dialog: (faults.add(dialog.message), dialog.dismiss()))
        make_first(page, served, department=EVIL)
        make_visit(page, served.address, 'P07')
        page.set_input_files('#files', photographs(((60, 60, 25),)))
        page.locator('.tile img').wait_for(timeout=LONG)
        case = page.locator('.tile a').first.get_attribute('href')
        patient = page.locator('.way a').nth(1).get_attribute('href')
        page.goto(served.address + patient)
        page.fill('[name=on]', '2026-01-02')
        page.locator('form:has([name=on]) button').click()
        page.wait_for_url('**/visits/*/')
        page.set_input_files('#files', photographs(((80, 60, 25),)))
        page.locator('.tile img').wait_for(timeout=LONG)
        page.goto(f'{served.address}{patient}follow/')
        page.locator('[name=name]').fill(EVIL[:80])
        for i in range(2):
            page.locator('[name=photographs]').nth(i).check()
        page.locator('main form:has([name=name]) button').last.click()
        page.wait_for_url('**/followed/*/')
        followed = page.url.removeprefix(served.address)
        assert page.locator('h1').inner_text().startswith(EVIL[:20])
        for path in ('/', f'/?q={EVIL}', '/accounts/', '/log/', '/account/', '/second/', '/export/', '/agreement/',
                     patient, case, f'{patient}follow/', f'{patient}delete/', followed, f'/login/?next={EVIL}'):
            page.goto(served.address + path)
            assert page.locator('.who').inner_text().startswith(EVIL)
        assert not faults
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(3)>')")
        page.wait_for_timeout(500)  # what the policy stops even if a template had not
        assert '3' not in faults and any('Content Security Policy' in fault for fault in faults)
