"""The page in this process, on a database that every test finds empty; and served, for browsers."""
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

PASSWORD = 'blue-teapot-9-walks'


@pytest.fixture(scope='session')
def place(tmp_path_factory):
    """The ``Place`` of the page in this process; Django reads its settings once. ``LOPM_TEST_DATABASE_URL``: of a
    database that is not SQLite (``test_postgres.py``)."""
    pytest.importorskip('django')
    from lopm.web.place import Place
    from lopm.web.serve import prepare
    before, environment = os.umask(0o077), dict(os.environ)
    os.umask(before)
    found = Place(tmp_path_factory.mktemp('clinic'), os.environ.get('LOPM_TEST_DATABASE_URL', ''),
                  ('testserver', *Place.hosts))
    prepare(found)
    os.umask(before)
    os.environ.clear()  # which every process that another test starts would have
    os.environ.update(environment)
    return found


@pytest.fixture
def site(place):
    """What a test writes to the database is taken back after it; the ``Place``, with the words of a model."""
    from django.db import transaction

    from lopm.files import write_json
    write_json(place.model, MODEL)
    with transaction.atomic():
        yield place
        transaction.set_rollback(True)
    for folder in (place.photographs, place.incoming, place.reports):
        shutil.rmtree(folder)
        folder.mkdir()


@pytest.fixture(scope='session')
def hashed(place):
    """What is kept of ``PASSWORD``; a second of work."""
    from django.contrib.auth.hashers import make_password
    return make_password(PASSWORD)


@pytest.fixture
def people(site, hashed):
    """Accounts of two departments, by name: ``anna`` (administrator), ``carl`` (clinician), ``rita`` (reader) of one,
    ``otto`` (clinician) and ``olga`` (administrator) of another."""
    from lopm.web.models import Account, Department
    here, there = (Department.objects.create(name=name) for name in ('Oral Medicine', 'Dermatology'))
    return {name: Account.objects.create(username=name, password=hashed, department=department, role=role)
            for name, department, role in (('anna', here, 'administrator'), ('carl', here, 'clinician'),
                                           ('rita', here, 'reader'), ('otto', there, 'clinician'),
                                           ('olga', there, 'administrator'))}


@pytest.fixture
def browse(people):
    """``browse(name)``: a client of Django that has signed in; ``browse(None)``: one that has not."""
    from django.test import Client

    def begin(name, **more):
        client = Client(**more)
        if name:
            client.force_login(people[name], 'django.contrib.auth.backends.ModelBackend')
        return client
    return begin


@pytest.fixture
def case(people, site):
    """A photograph of the first department that was read: two lesions, one reading."""
    from lopm.web.models import Patient, Photograph, Reading, Visit
    patient = Patient.objects.create(department=people['anna'].department, code='P07')
    visit = Visit.objects.create(patient=patient, on='2026-03-14', record={'age': 61})
    photograph = Photograph.objects.create(visit=visit, state='read', digest='d', pixels='p', width=192, height=128)
    Reading.objects.create(photograph=photograph, number=1, what='model', live=b'', said=SAID, case={
        'name': str(photograph.pk), 'record': {}, 'history': [], 'lesions': [
            {'outline': {'polygons': [[10, 10, 50, 10, 50, 50]]}, 'corrected': {}},
            {'outline': {'polygons': [[90, 10, 130, 10, 130, 50]]}, 'corrected': {}}]})
    for kind in ('full', 'thumb'):
        path = site.photograph(photograph.pk, kind)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(jpeg())
    return photograph


@pytest.fixture(scope='session')
def reader(place, packed):
    """The ``Reader`` of a network with random weights that outlines what is red."""
    from lopm.models.base import LesionModel
    from lopm.predictor import Predictor
    from lopm.web.reading import Reader
    from tests.tiny_run import find_red
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LesionModel, 'find_masks', find_red)
        yield Reader(Predictor(packed[1], looked=True), place)


@pytest.fixture
def model_up(site, reader):
    """The page's model is that of ``reader``, as a worker has written it."""
    from lopm.files import write_json
    from lopm.web.speech import model_of
    write_json(site.model, model_of(reader.predictor))


@pytest.fixture
def address(case, people):
    """``address(name)``: one that is there, of the first department; ``address(name, number)``: of something else."""
    from django.urls import reverse

    from lopm.web.models import Spot
    from lopm.web.urls import urlpatterns
    spot = Spot.objects.create(patient=case.patient, name='tongue, left')
    spot.photographs.add(case)
    things = {'patients': case.patient, 'visits': case.visit, 'photographs': case, 'cases': case, 'followed': spot,
              'accounts': people['carl']}
    patterns = {pattern.name: pattern for pattern in urlpatterns}

    def address_of(name, number=None):
        converters = patterns[name].pattern.converters
        values = {'ending': 'html', 'token': '0' * 32, 'photograph': number or case.pk}
        thing = things.get(str(patterns[name].pattern).partition('/')[0])
        values['number'] = number or (thing and thing.pk)
        return reverse(name, kwargs={key: values[key] for key in converters})
    return address_of


@pytest.fixture
def photograph(case, browse, reader, model_up):
    """A photograph with two red discs, of the visit of ``case``, that was sent and read."""
    from tests.web.department import come
    return come(browse('carl'), reader, case.visit, (60, 60, 25), (140, 60, 20))


@pytest.fixture
def here(people):
    """A department, beside which there is ``there``."""
    return people['carl'].department


@pytest.fixture
def there(people):
    return people['otto'].department


@pytest.fixture
def written(tmp_path):
    """``written([image], [annotation])``: the json of a base; photographs of two discs, each another one."""
    from lopm.datasets.format import task_info
    from lopm.files import write_json
    from lopm.tasks import build_tasks
    from tests.tiny_model import TASKS

    def write(images, annotations=(), **info):
        rows = [{'id': i, 'image_id': 1, 'category_id': 1, **row} for i, row in enumerate(annotations, 1)]
        found = [{'id': i, 'file_name': f'{i}.jpg', 'width': 192, 'height': 128, 'patient_id': f'P{i}', **image}
                 for i, image in enumerate(images, 1)]
        for i, image in enumerate(found):
            (tmp_path / image['file_name']).write_bytes(jpeg((60, 60, 25), (140, 60, 20 + i)))
        return write_json(tmp_path / 'all.json', {
            'info': {'tasks': task_info(build_tasks(TASKS)), **info}, 'images': found, 'annotations': rows,
            'categories': [{'id': 1, 'name': 'lesion'}, {'id': 2, 'name': 'mouth'}]})
    return write


@pytest.fixture
def bring(site, reader, model_up):
    """``bring(path, department)``: a base is brought in and read; how many of what."""
    from datetime import date

    from tests.web.department import work

    def brought(path, department):
        from lopm.web.bring import bring_in
        done = bring_in(path, department, site, date(2026, 3, 14))
        job = work(reader)
        assert job is None or job.state == 'done', job.problem
        return done
    return brought


@pytest.fixture
def base(site, model_up):
    """``base(department)``: its base, of all photographs that were read."""
    def of(department, every=True):
        from lopm.web.base import base_of
        return base_of(department, site, every)
    return of


@pytest.fixture
def onward(base, bring, here, there, tmp_path):
    """``onward()``: the base of one department, and that of the other one after it was brought there."""
    def went():
        from lopm.web.base import write_folder
        first = base(here)
        bring(write_folder(first, tmp_path / 'base'), there)
        return first, base(there)
    return went


@pytest.fixture(scope='module')
def served(packed, tmp_path_factory):
    """A ``Served`` page with such a network, in processes of its own."""
    from tests.web.served import Served
    with Served(tmp_path_factory.mktemp('served') / 'clinic', packed[1]) as found:
        yield found


def jpeg(*discs, size=(192, 128)):
    """The bytes of a photograph with red discs ``(x, y, radius)``."""
    import cv2

    from tests.tiny_run import photograph
    return np.ascontiguousarray(cv2.imencode('.jpg', photograph(*discs, size=size)[..., ::-1])[1]).tobytes()


def send(client, visit, data, number=None):
    """Upload a photograph as the page does; the answer."""
    import uuid

    from django.core.files.uploadedfile import SimpleUploadedFile
    return client.post(f'/visits/{visit.pk}/photographs/', {
        'id': str(number or uuid.uuid4()), 'photograph': SimpleUploadedFile('photograph', data)},
        headers={'X-Lopm': '1'})


MODEL = {'version': 'discs 1', 'sha256': '0', 'judged': 'diagnosis', 'outlines': True, 'tasks': [
    {'name': 'color', 'words': ['white', 'red'], 'several': True},
    {'name': 'sharpness', 'words': ['sharp', 'middle', 'blurred'], 'several': False}],
    'record': [{'name': 'age', 'range': [0, 120]}, {'name': 'sex', 'words': ['female', 'male']},
               {'name': 'tobacco', 'words': [False, True]}],
    'about': {code: {'trained': 'The model learned from drawings.', 'note': '', 'limits': [], 'missing': []}
              for code in ('en', 'fr')}}
SAID = {code: {'found': '2 lesions found', 'unflagged': '', 'flags': [], 'said': [], 'photograph': [], 'scale': '',
               'record': [], 'limits': [], 'missing': [], 'versions': [], 'lesions': [
                   {'number': i, 'said': [f'Suggests word {i}.'], 'silent': False, 'rows': [
                       {'task': 'color', 'name': 'color', 'text': 'white 93 %', 'who': ''}]} for i in (1, 2)]}
        for code in ('en', 'fr')}
ROOT = Path(__file__).parents[2]
