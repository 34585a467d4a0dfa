"""What tests do with a page in a process of its own: Django reads its settings once, and what a test in this process
writes is taken back.

``apart(place, 'fill')`` calls ``fill()`` below, and gives what that returns.
"""
import hashlib
import io
import json
import os
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).parents[2]


def apart(place, name, *arguments):
    return finish(begin(place, name, *arguments))


def begin(place, name, *arguments):
    """The process, for those that run side by side."""
    return subprocess.Popen([sys.executable, '-m', 'tests.web.apart', name, *map(str, arguments)], cwd=ROOT, text=True,
                            env={**os.environ, **place.environment(), 'PYTHONPATH': str(ROOT)}, stdout=subprocess.PIPE)


def finish(process):
    said = process.communicate(timeout=120)[0]
    assert process.returncode == 0
    return json.loads(said.splitlines()[-1])


def fill(secret='PLANTED'):
    """A department with an account and two patients, whose photographs are read, wait and have failed; the log, a
    session, a remark on another's picture, a noise floor. ``secret`` stands wherever a text may stand."""
    from django.contrib.auth.hashers import make_password
    from django.contrib.sessions.backends.db import SessionStore

    from lopm.web import jobs, trail
    from lopm.web.models import Account, Department, Made, Patient, Photograph, Reading, Spot, Visit
    department = Department.objects.create(name='Oral Médecine')
    account = Account.objects.create(username='anna', password=make_password('blue-teapot-9-walks'),
                                     department=department)
    found = {'department': department.pk, 'photographs': {}}
    for code in (f'{secret}-1', 'P-2'):
        patient = Patient.objects.create(department=department, code=code)
        visit = Visit.objects.create(patient=patient, on='2026-03-14', record={'age': 61.5, 'note': code})
        trail.note(account, 'visit made', visit.pk)
        found[code] = str(patient.pk)
        for state in ('read', 'waiting', 'failed'):
            photograph = Photograph.objects.create(visit=visit, state=state, digest=f'{code} {state}', by=account,
                                                   pixels=code, problem=code if state == 'failed' else '')
            found['photographs'][f'{code} {state}'] = str(photograph.pk)
            write(photograph, state, picture() + code.encode())
        read = visit.photographs.get(state='read')
        for number in (1, 2):
            Reading.objects.create(photograph=read, number=number, what='model', live=code.encode(), by=account,
                                   said={'en': {'found': code}}, case={'name': code, 'lesions': []})
        jobs.put(jobs.READ, visit.photographs.get(state='waiting'), account, word=code)
        Spot.objects.create(patient=patient, name=code).photographs.add(read)
    read.remarks = [{'kind': 'copy', 'photograph': found['photographs'][f'{secret}-1 read'],
                     'patient': found[f'{secret}-1']}]
    read.save()
    named = [found['photographs'][f'{secret}-1 {state}'] for state in ('read', 'waiting')]
    Made.objects.create(department=department, kind=jobs.FOLLOW, facts={'floors': {}, 'repeats': ['.'.join(named)]})
    session = SessionStore()
    session['word'] = secret
    session.save()
    return found


def picture():
    from PIL import Image
    out = io.BytesIO()
    Image.new('RGB', (64, 48), (200, 80, 90)).save(out, 'JPEG')
    return out.getvalue()


def write(photograph, state, data):
    from django.conf import settings
    place = settings.PLACE
    files = {'read': [place.photograph(photograph.pk), place.photograph(photograph.pk, 'thumb')],
             'waiting': [place.incoming / str(photograph.pk)], 'failed': []}[state]
    report = place.reports / str(photograph.patient.pk) / f'{"0" * 24}.html'
    for path in [*files, report]:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)


def note(count):
    """Write so many lines into the log."""
    from lopm.web import trail
    for i in range(int(count)):
        trail.note(None, 'case seen', i)
    return count


def put(count):
    """Put so many photographs into the queue."""
    from lopm.web import jobs
    from lopm.web.models import Photograph
    photograph = Photograph.objects.filter(state='waiting').first()
    jobs.Job.objects.all().delete()
    return [jobs.put(jobs.READ, photograph).pk for _ in range(int(count))]


def take(name):
    """Claim jobs until there are none."""
    from lopm.web import jobs
    taken = []
    while job := jobs.claim(name, jobs.SLOW):
        taken.append(job.pk)
    return taken




def come_and_go(seconds):
    """Photographs come, are read, cannot be read, are deleted, as views and workers do it; how many."""
    from itertools import cycle

    from django.conf import settings
    from django.db import transaction

    from lopm.web import jobs, retention, trail
    from lopm.web.models import Photograph, Visit
    visit, data, until, count = Visit.objects.first(), picture(), time.monotonic() + float(seconds), 0
    for fate in cycle(('read', 'failed', 'deleted', 'waiting')):
        with transaction.atomic():
            photograph = Photograph.objects.create(visit=visit, digest=str(count))
            job = jobs.put(jobs.READ, photograph)
            trail.note(None, 'photograph added', photograph.pk)
            came = settings.PLACE.incoming / str(photograph.pk)
            came.write_bytes(data)
        if fate in ('read', 'deleted'):
            write(photograph, 'read', data)
            with transaction.atomic():
                Photograph.objects.filter(pk=photograph.pk).update(state='read')
                jobs.done(job)
            came.unlink()
        if fate == 'failed':
            jobs.failed(job, 'no')
            came.unlink()
        if fate == 'deleted':
            number = photograph.pk
            with transaction.atomic():
                retention.hold(visit.patient)
                photograph.delete()
            retention.remove(visit.patient_id, [number])
        count += 1
        if time.monotonic() > until:
            return count


def delete(kind, number):
    """Delete a patient or a photograph as anna does it on the page; the status of the answer."""
    from lopm.web.models import Patient
    code = Patient.objects.get(pk=number).code if kind == 'patients' else ''
    return anna().post(f'/{kind}/{number}/delete/', {'code': code}).status_code


def anna():
    """A client that anna has signed in with."""
    from django.test import Client

    from lopm.web.models import Account
    client = Client(raise_request_exception=False, headers={'host': 'localhost'})
    client.force_login(Account.objects.get(username='anna'), 'django.contrib.auth.backends.ModelBackend')
    return client


def at_once(*calls):
    """What calls return, or the name of what they raise, each in a thread that begins when all are ready."""
    from django.db import connections
    ready, found = threading.Barrier(len(calls)), [None] * len(calls)

    def run(i, call):
        ready.wait()
        try:
            found[i] = call()
        except Exception as error:
            found[i] = type(error).__name__
        connections.close_all()
    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found


def send_at_once(rounds):
    """A photograph sent three times at once under one number; statuses of the answers, and whether it is there then."""
    from django.conf import settings
    from django.core.files.uploadedfile import SimpleUploadedFile

    from lopm.web.models import Photograph, Visit
    visit, found = Visit.objects.first(), []
    for i in range(int(rounds)):
        clients, number, data = [anna() for _ in range(3)], uuid.uuid4(), picture() + bytes([i])

        def send(client, number=number, data=data):
            return client.post(f'/visits/{visit.pk}/photographs/', {
                'id': str(number), 'photograph': SimpleUploadedFile('photograph', data)}).status_code
        answers = at_once(*(lambda client=each: send(client) for each in clients))
        kept = settings.PLACE.incoming / str(number)
        found.append([answers, send(clients[0]), kept.is_file() and kept.read_bytes() == data
                      and Photograph.objects.filter(pk=number).count() == 1])
    return found


def delete_at_once(rounds):
    """A patient deleted in the moment in which a worker and two others add to it; what they say, and what is left."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.db import transaction

    from lopm.web import jobs
    from lopm.web.models import Department, Job, Patient, Photograph, Reading, Visit
    found = []
    for i in range(int(rounds)):
        patient = Patient.objects.create(department=Department.objects.first(), code=f'D{i}')
        visit = Visit.objects.create(patient=patient, on='2026-03-14')
        photograph = Photograph.objects.create(visit=visit, digest=str(i))
        job, number = jobs.put(jobs.READ, photograph), patient.pk
        def read(photograph=photograph, job=job):
            with transaction.atomic():
                Photograph.objects.filter(pk=photograph.pk).update(state='read')
                Reading.objects.create(photograph=photograph, number=1, what='model', live=b'', said={}, case={})
                jobs.done(job)

        def ask(address, given, client):
            return lambda: client.post(address, given).status_code
        sent = {'id': str(uuid.uuid4()), 'photograph': SimpleUploadedFile('photograph', picture() + bytes([i]))}
        said = at_once(ask(f'/patients/{number}/delete/', {'code': f'D{i}'}, anna()), read,
                       ask(f'/patients/{number}/', {'on': '2026-03-15'}, anna()),
                       ask(f'/visits/{visit.pk}/photographs/', sent, anna()))
        left = sum(each.count() for each in (
            Patient.objects.filter(pk=number), Visit.objects.filter(pk=visit.pk), Job.objects.filter(pk=job.pk),
            Photograph.objects.filter(visit_id=visit.pk), Reading.objects.filter(photograph_id=photograph.pk)))
        found.append([said, left])
    return found


def warnings():
    """What ``manage.py check --deploy`` says, ``{number: words}``."""
    from django.core.checks import run_checks
    return {each.id: each.msg for each in run_checks(include_deployment_checks=True) if not each.is_silenced()}


def over_https():
    """Cookies and headers of an answer to a proxy that speaks HTTPS, and of one to nobody's proxy."""
    from django.test import Client
    found = {}
    for name, headers in (('proxied', {'X-Forwarded-Proto': 'https'}), ('plain', {})):
        client = Client(headers={'host': 'lopm.hospital.example', **headers})
        answer = client.get('/login/')
        found[name] = {'status': answer.status_code, 'headers': dict(answer.headers),
                       'cookies': {key: bool(each['secure']) for key, each in answer.cookies.items()}}
    return found


def sweep():
    from lopm.web import retention
    return retention.sweep()


def facts():
    """What there is: a digest of each table's rows, the log's first broken line, photographs without their files."""
    from django.conf import settings
    from django.db import connection

    from lopm.web import trail
    from lopm.web.models import Entry, Photograph
    tables = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT * FROM {table}')
            rows = sorted(repr([bytes(each) if isinstance(each, memoryview) else each for each in row])
                          for row in cursor.fetchall())
            tables[table] = len(rows), hashlib.sha256('\n'.join(rows).encode()).hexdigest()
    place = settings.PLACE
    needed = {'read': lambda number: [place.photograph(number), place.photograph(number, 'thumb')],
              'waiting': lambda number: [place.incoming / str(number)], 'failed': lambda number: []}
    return {'tables': tables, 'broken': trail.broken(), 'lines': Entry.objects.count(),
            'without': [f'{state} {number}' for number, state in Photograph.objects.values_list('pk', 'state')
                        if not all(path.is_file() for path in needed[state](number))
                        and not (state == 'waiting' and place.photograph(number).is_file())]}


if __name__ == '__main__':
    from lopm.web.place import Place
    from lopm.web.serve import prepare
    prepare(Place.from_environment())
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
