"""Photographs of a department that are sent, read and said something of, as the pages and a worker do it."""
import uuid

import numpy as np

from tests.web.conftest import jpeg, send


def visit_of(department, code, on='2026-03-14', **record):
    from lopm.web.models import Patient, Visit
    patient = Patient.objects.get_or_create(department=department, code=code)[0]
    return Visit.objects.create(patient=patient, on=on, record=record)


def come(client, reader, visit, *discs):
    """A photograph with red discs that was sent and read."""
    from lopm.web.models import Photograph
    answer = send(client, visit, jpeg(*discs), uuid.uuid4())
    assert answer.status_code == 201, answer.content
    work(reader)
    return Photograph.objects.get(pk=answer.json()['id'])


def work(reader):
    """Do all jobs that wait; the last one."""
    from lopm.web import jobs
    from lopm.web.worker import settle
    last = None
    while job := jobs.claim('here', (*jobs.QUICK, *jobs.SLOW, *jobs.LONG)):
        settle(reader, job)
        job.refresh_from_db()
        last = job
    return last


def say(client, reader, photograph, lesion=0, **words):
    seen = photograph.reading.number
    client.post(f'/cases/{photograph.pk}/words/', {'seen': seen, 'lesion': lesion, 'words': words}, 'application/json')
    assert work(reader).state == 'done'


def draw(client, reader, photograph, *outlines):
    lesions = [{'polygons': each, 'origin': None} for each in outlines]
    client.post(f'/cases/{photograph.pk}/outlines/', {'seen': photograph.reading.number, 'lesions': lesions},
                'application/json')
    assert work(reader).state == 'done'


def confirm(client, photograph):
    return client.post(f'/cases/{photograph.pk}/confirm/', {'seen': photograph.reading.number})


def read_second(client, photograph, *lesions):
    """A second reading of lesions ``(outline, words)``."""
    return client.post(f'/cases/{photograph.pk}/second/', {
        'lesions': [{'polygons': outline, 'words': words} for outline, words in lesions]}, 'application/json')


def disc(x, y, radius, corners=40):
    """An outline."""
    t = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return [np.stack([x + radius * np.cos(t), y + radius * np.sin(t)], 1).round(2).ravel().tolist()]


def the_photograph(department):
    """The only one of a department."""
    from lopm.web.models import Photograph
    return Photograph.objects.get(visit__patient__department=department)


def states(found):
    """What is known of each photograph of a base, in an order that names do not change."""
    told = []
    for image in found.content['images']:
        rows = [row for row in found.content['annotations'] if row['image_id'] == image['id']]
        own = [row for row in rows if row['source'].get('lesion') != 'predicted']
        told.append((image['outlined'], sorted(map(str, image.get('looked', {}).values())), len(own), len(rows),
                     image.get('attributes'), image.get('site'), image.get('scale')))
    return sorted(told, key=str)


WORDS = {'color': ['red'], 'sharpness': 'sharp', 'diagnosis': 'b'}  # of a lesion that is not white
