"""Whatever is sent as a photograph is read, or refused in words; nothing but pixels stays; a full disk loses nothing.

A thousand such files go their way in ``benchmarks/web_uploads.py``.
"""
import errno
import time
import uuid
from collections import namedtuple

import pytest

from tests.curation.clinic import SECRETS
from tests.curation.test_ingest_leaks import told
from tests.web.conftest import jpeg, send
from tests.web.hostile import hostile

COUNT, SECONDS = 76, 20


@pytest.fixture
def reader(site, monkeypatch):
    """A worker's, whose network is not asked, and which raises what would end it."""
    from django.db import transaction

    from lopm.web import jobs, worker
    from lopm.web.models import Photograph
    from lopm.web.reading import Reader

    def end():
        raise
    monkeypatch.setattr(worker, 'end', end)
    found = Reader(None, site)

    def read(job):
        row = found.encode(site.incoming / str(job.photograph_id), job.photograph)
        with transaction.atomic():
            Photograph.objects.filter(pk=job.photograph_id).update(state='read', pixels=row['sha256'])
            jobs.done(job)
        found.put_away(job)
    found.by_kind[jobs.READ] = read
    return found


def take_up(reader):
    """Do what waits, as a worker does."""
    from lopm.web import jobs, worker
    job = jobs.claim('here', jobs.SLOW)
    worker.attempt(reader, job)
    job.refresh_from_db()
    return job


def test_each_file_is_read_or_refused_in_words_and_nothing_but_pixels_stays(case, browse, reader, site, capfd):
    from lopm.web.models import Job, Photograph
    from lopm.web.worker import quiet
    client, states = browse('carl'), {}
    with quiet():
        for what, data in hostile(COUNT, seed=14):
            began = time.monotonic()
            answer = send(client, case.visit, data)
            assert answer.status_code in (201, 200), (what, answer.content)  # 200: the same file was there
            if answer.status_code == 201:
                job = take_up(reader)
                photograph = Photograph.objects.get(pk=answer.json()['id'])
                states[what] = photograph.state
                assert (photograph.state, job.state) in (('read', 'done'), ('failed', 'failed')), what
                assert photograph.state == 'read' or len(photograph.problem) > 10, what
                assert '/' not in photograph.problem, what  # no path of the server
            assert time.monotonic() - began < SECONDS, what
    assert told(site.folder) == set()
    rows = [str(vars(row)) for model in (Photograph, Job) for row in model.objects.all()]
    said = '\n'.join([*rows, *capfd.readouterr()])
    assert not [word for word in SECRETS if word in said or word.encode('utf-16-le').decode('latin-1') in said]
    assert not list(site.incoming.iterdir())
    kept = {path.name.partition('.')[0] for path in site.photographs.rglob('*.*')}
    assert kept == {str(each.pk) for each in Photograph.objects.filter(state='read')}
    counted = {each: list(states.values()).count(each) for each in ('read', 'failed')}
    assert counted['read'] > 20 and counted['failed'] > 20
    kinds = ('sound JPEG', 'sound PNG', 'CMYK', '16 bits', 'RGBA', 'JPEG and html', 'JPEG and zip')
    assert {states[kind] for kind in kinds} == {'read'}
    kinds = ('html', 'pdf', 'zip', 'svg', 'eps', '60000 x 60000 by its head', 'PNG whose text never ends', '1 x 1',
             '1 x 65535')
    assert {states[kind] for kind in kinds} == {'failed'}


def test_what_is_kept_is_a_jpeg_of_tables_and_pixels(case, browse, reader, site):
    """So no browser takes it for anything else, whatever the name or the type that it was sent under."""
    from tests.web.hostile import known
    for what, data in known():
        if what in ('JPEG and html', 'PNG and zip', 'JPEG with a script as comment', 'sound TIFF'):
            number = send(browse('carl'), case.visit, data).json()['id']
            take_up(reader)
            for kind in ('full', 'thumb'):
                kept = site.photograph(number, kind).read_bytes()
                assert kept[:4] == b'\xff\xd8\xff\xe0' and kept.index(b'\xff\xd9') == len(kept) - 2
                assert b'script' not in kept and b'PK\x03\x04' not in kept
            answer = browse('carl').get(f'/photographs/{number}/full.jpg')
            assert (answer['Content-Type'], answer['X-Content-Type-Options']) == ('image/jpeg', 'nosniff')


@pytest.mark.parametrize('name', ['../../x.jpg', '/etc/passwd', 'a\x00.jpg', 'P07 Anna Muster.jpg', '<img src=x>.png',
                                  'x' * 300, '..', 'con', 'a\r\nSet-Cookie: a=b'])
def test_the_name_of_a_file_is_not_kept(case, browse, reader, site, name):
    from django.core.files.uploadedfile import SimpleUploadedFile
    file = SimpleUploadedFile('x', jpeg())
    file._name = name
    answer = browse('carl').post(f'/visits/{case.visit.pk}/photographs/', {'id': str(uuid.uuid4()), 'photograph': file})
    assert answer.status_code in (201, 400)
    assert not [path for path in site.folder.rglob('*') if 'Muster' in path.name or 'passwd' in path.name]
    if answer.status_code == 201:
        take_up(reader)


@pytest.mark.parametrize('number', ['', 'x', '../../x', '0' * 31, '{}', 'null', '0' * 40])
def test_a_number_that_is_none_is_refused(case, browse, site, number):
    answer = send(browse('carl'), case.visit, jpeg(), number or ' ')
    assert answer.status_code == 400 and answer.json()['problem'] and not list(site.incoming.iterdir())


def test_a_number_of_another_photograph_is_refused(case, browse, site):
    """Nobody puts a file in the place of another, be it another department's."""
    before = site.photograph(case.pk).read_bytes()
    answer = send(browse('carl'), case.visit, jpeg((40, 40, 20)), case.pk)
    assert answer.status_code == 400
    from lopm.web.models import Department, Patient, Visit
    other = Visit.objects.create(patient=Patient.objects.create(
        department=Department.objects.get(name='Dermatology'), code='X'), on='2026-03-14')
    assert send(browse('otto'), other, jpeg((40, 40, 20)), case.pk).status_code == 400
    assert site.photograph(case.pk).read_bytes() == before and not list(site.incoming.iterdir())


def test_an_empty_file_and_none_are_refused(case, browse):
    assert send(browse('carl'), case.visit, b'').status_code == 400
    assert browse('carl').post(f'/visits/{case.visit.pk}/photographs/', {'id': str(uuid.uuid4())}).status_code == 400


def test_too_large_a_request_is_refused_before_it_is_read(case, browse, site):
    answer = send(browse('carl'), case.visit, bytes(80 << 20))
    assert answer.status_code == 413 and '80 MB' in answer.json()['problem'] and not list(site.incoming.iterdir())


def test_what_could_not_be_read_may_be_sent_again(case, browse, reader):
    from lopm.web.models import Photograph
    first = send(browse('carl'), case.visit, b'no photograph').json()
    take_up(reader)
    assert send(browse('carl'), case.visit, b'no photograph', first['id']).status_code == 200
    again = send(browse('carl'), case.visit, b'no photograph')
    assert again.status_code == 201 and again.json()['id'] != first['id']
    assert Photograph.objects.filter(state='failed').count() == 1


Free = namedtuple('Free', 'free')


def test_a_full_disk_is_said_before_anything_is_written(case, browse, site, monkeypatch):
    monkeypatch.setattr('shutil.disk_usage', lambda _: Free(100 << 20))
    answer = send(browse('carl'), case.visit, jpeg())
    assert answer.status_code == 507 and 'full' in answer.json()['problem'] and not list(site.incoming.iterdir())


def full(*_, **__):
    raise OSError(errno.ENOSPC, 'No space left on device')


@pytest.mark.parametrize('where', ['django.core.files.uploadhandler.TemporaryFileUploadHandler.receive_data_chunk',
                                   'lopm.web.views.visits.keep', 'os.fsync'])
def test_a_disk_that_fills_while_a_photograph_comes_is_said(case, browse, site, monkeypatch, where):
    from lopm.web.models import Job, Photograph
    client, count = browse('carl', raise_request_exception=False), Photograph.objects.count()
    with monkeypatch.context() as patch:
        patch.setattr(where, full)
        answer = send(client, case.visit, jpeg())
    assert answer.status_code == 507 and 'full' in answer.json()['problem']
    assert Photograph.objects.count() == count and not Job.objects.exists()
    assert send(client, case.visit, jpeg()).status_code == 201


@pytest.mark.parametrize('where', ['lopm.curation.intake.clean.whole_file', 'lopm.web.reading.whole_file'])
def test_a_worker_waits_for_room_and_loses_nothing(case, browse, reader, site, monkeypatch, where):
    """The job is given back and no try of it is counted, however often the disk is full."""
    from lopm.web import jobs, worker
    from lopm.web.models import Photograph
    number = send(browse('carl'), case.visit, jpeg()).json()['id']
    came = (site.incoming / number).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(where, full)
        for _ in range(jobs.TRIES + 2):
            job = jobs.claim('here', jobs.SLOW)
            assert worker.attempt(reader, job) is False
            worker.with_room(jobs.back, job)
    assert (site.incoming / number).read_bytes() == came
    assert Photograph.objects.get(pk=number).state == 'waiting'
    assert take_up(reader).tries == 1 and Photograph.objects.get(pk=number).state == 'read'


def test_a_worker_waits_for_a_database_without_room(case, reader, monkeypatch):
    from django.db import OperationalError

    from lopm.web import worker
    answers = [OperationalError('database or disk is full'), OperationalError('database or disk is full'), 'done']

    def do():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer
    monkeypatch.setattr(worker, 'FULL', 0)
    assert worker.with_room(do) == 'done' and not answers


@pytest.mark.parametrize('error', [KeyError('x'), OSError(errno.EIO, 'x'), MemoryError()])
def test_whatever_else_ends_the_worker(case, reader, monkeypatch, error):
    from lopm.web import jobs, worker

    def fail(job):
        raise error
    job = jobs.put(jobs.READ, case)
    monkeypatch.setattr(reader, 'do', fail)
    with pytest.raises(type(error)):
        worker.attempt(reader, jobs.claim('here', jobs.SLOW))
    jobs.release('here')
    assert jobs.claim('here', jobs.SLOW) == job
