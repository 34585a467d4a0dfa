"""``lopm web-import`` and ``lopm web-export``, beside a page, by what they print and how they end."""
import sqlite3
import subprocess
import sys

import pytest

from lopm.datasets.format import task_info
from lopm.files import write_json
from lopm.tasks import build_tasks
from tests.tiny_model import TASKS
from tests.web.apart import ROOT, apart
from tests.web.conftest import MODEL, jpeg
from tests.web.department import disc

pytestmark = pytest.mark.slow
HERE = 'Oral Médecine'  # the department of ``apart.fill``


@pytest.fixture(scope='module')
def clinic(tmp_path_factory):
    """The ``Place`` of a page with a department, whose model was up once."""
    pytest.importorskip('django')
    from lopm.web.place import Place
    place = Place(tmp_path_factory.mktemp('page') / 'clinic').prepare()
    apart(place, 'fill')
    write_json(place.model, {**MODEL, 'definitions': task_info(build_tasks(TASKS))})
    return place


@pytest.fixture
def mine(tmp_path):
    """The json of a base with one photograph."""
    (tmp_path / 'a.jpg').write_bytes(jpeg((60, 60, 25)))
    return write_json(tmp_path / 'all.json', {
        'info': {'tasks': task_info(build_tasks(TASKS))}, 'categories': [{'id': 1, 'name': 'lesion'}],
        'images': [{'id': 1, 'file_name': 'a.jpg', 'width': 192, 'height': 128, 'patient_id': 'N1'}],
        'annotations': [{'id': 1, 'image_id': 1, 'category_id': 1, 'segmentation': disc(60, 60, 25), 'rater': 'r1',
                         'attributes': {'sharpness': 'sharp'}}]})


def lopm(*arguments):
    command = [sys.executable, '-m', 'lopm', *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True)


def test_a_base_is_put_into_the_queue_of_the_page(clinic, mine):
    ended = lopm('web-import', mine, clinic.folder, '--department', HERE)
    assert ended.returncode == 1 and '--date' in ended.stderr
    ended = lopm('web-import', mine, clinic.folder, '--department', HERE, '--date', '2026-03-14')
    assert ended.returncode == 0 and f'{HERE}: 1 photographs, 1 of which a person has said something' in ended.stdout
    with sqlite3.connect(clinic.sqlite) as rows:
        found = rows.execute("""SELECT job.state, patient.code, visit."on" FROM web_job job
                                JOIN web_photograph photograph ON photograph.id = photograph_id
                                JOIN web_visit visit ON visit.id = visit_id
                                JOIN web_patient patient ON patient.id = visit.patient_id
                                WHERE kind = 'bring'""").fetchall()
    assert found == [('waiting', 'N1', '2026-03-14')] and len(list(clinic.incoming.iterdir())) == 3


@pytest.mark.parametrize('command', ['web-import', 'web-export'])
def test_a_department_that_is_not_there_is_said_with_those_that_are(clinic, mine, tmp_path, command):
    places = (mine, clinic.folder) if command == 'web-import' else (clinic.folder, tmp_path / 'out')
    ended = lopm(command, *places, '--department', 'Oral')
    assert ended.returncode == 1 and HERE in ended.stderr and 'Traceback' not in ended.stderr


def test_that_no_person_has_said_anything_yet_is_said(clinic, tmp_path):
    ended = lopm('web-export', clinic.folder, tmp_path / 'out', '--department', HERE)
    assert ended.returncode == 1 and 'No person has corrected' in ended.stderr and not (tmp_path / 'out').exists()


def test_before_a_model_was_up_nobody_knows_the_words(clinic, tmp_path):
    content = clinic.model.read_bytes()
    clinic.model.unlink()
    ended = lopm('web-export', clinic.folder, tmp_path / 'out', '--department', HERE)
    clinic.model.write_bytes(content)
    assert ended.returncode == 1 and 'start it once: lopm web --pack' in ended.stderr
