"""A clinic to try: an account, and patients whose photographs are drawings, at several visits each."""
import hashlib
import io
import secrets
import uuid
from datetime import date, timedelta

from django.db import transaction

from lopm.web import jobs
from lopm.web.models import Account, Department, Patient, Photograph, Visit

NAME, DEPARTMENT = 'demo', 'Demonstration'
PATIENTS, VISITS, APART = 4, 3, 180  # APART: days
SITES = 'buccal', 'tongue_lateral_border', 'floor_of_mouth', 'gingiva_lower'
GROWTH = 1.3  # of the lesions of every second patient, from visit to visit


def fill(place):
    """Make the account and the patients, once; the account's name and password, None where they were there."""
    if Account.objects.exists():
        return None
    password = secrets.token_urlsafe(9)
    with transaction.atomic():
        account = Account(username=NAME, department=Department.objects.create(name=DEPARTMENT),
                          role=Account.Role.ADMINISTRATOR)
        account.set_password(password)
        account.save()
        for number, (site, drawn) in enumerate(zip(SITES, draw()), 1):
            patient = Patient.objects.create(department=account.department, code=f'DRAWN-{number}')
            for i, picture in enumerate(drawn):
                on = date.today() - timedelta(APART * (VISITS - 1 - i))
                add(place, Visit.objects.create(patient=patient, on=on), site, picture, account)
    return NAME, password


def draw():
    """Yield the drawings of each patient's visits, as bytes of JPEG files."""
    from PIL import Image

    from lopm.datasets.visits import draw_views, draw_visit
    for number, view in enumerate(draw_views(PATIENTS, seed=7)):
        files = []
        for visit in range(VISITS):
            area = GROWTH ** visit if number % 2 == 0 else 1.
            out = io.BytesIO()
            Image.fromarray(draw_visit(view, 10 * number + visit, area, shifted=False).photograph).save(out, 'JPEG',
                                                                                                   quality=92)
            files.append(out.getvalue())
        yield files


def add(place, visit, site, picture, account):
    """A photograph as if it had been sent."""
    number = uuid.uuid4()
    (place.incoming / str(number)).write_bytes(picture)
    photograph = Photograph.objects.create(pk=number, visit=visit, site=site, by=account,
                                           digest=hashlib.sha256(picture).hexdigest())
    jobs.put(jobs.READ, photograph, account)
