"""What the intake knew of patients reaches the data set that is made of an export of its photographs."""
import json

import pytest

from lopm.cli import main
from lopm.curation.intake.manifest import Manifest
from lopm.curation.pseudonyms import patients_of_intake
from tests.curation.drawn_exports import HEIGHT, REPO, WIDTH, draw_photographs, triangle


@pytest.fixture
def intake(tmp_path):
    """A base as lopm ingest leaves it: two photographs of two patients, and one of nobody known."""
    folder = draw_photographs(tmp_path / 'intake', [f'images/{letter * 20}.png' for letter in 'abc'])
    manifest = Manifest(folder)
    for letter, patient in (('a', 'P1'), ('b', 'P2'), ('c', None)):
        manifest.add(letter * 20, {'file_name': f'images/{letter * 20}.png', 'patient_id': patient, 'width': WIDTH,
                                   'height': HEIGHT, 'sha256': '0' * 64})
    manifest.finish()
    (folder / 'ingest.json').write_text('{"key": "k"}')
    return folder


def export(path, patient=None):
    """A COCO json of the three photographs by their new names; the first one's patient as the export has it."""
    images = [{'id': i, 'file_name': f'{letter * 20}.png', 'width': WIDTH, 'height': HEIGHT}
              for i, letter in enumerate('abc', 1)]
    images[0].update({'patient_id': patient} if patient else {})
    rows = [{'id': i, 'image_id': i, 'category_id': 1, 'segmentation': triangle()} for i in (1, 2, 3)]
    path.write_text(json.dumps({'images': images, 'annotations': rows, 'categories': [{'id': 1, 'name': 'lesion'}]}))
    return path


@pytest.mark.parametrize('photographs', ['.', 'images'])
def test_patients_come_along(intake, tmp_path, photographs, capsys):
    source = export(tmp_path / 'export.json')
    main(['convert', 'coco', str(source), str(tmp_path / 'mine'), '--photographs', str(intake / photographs)])
    images = json.loads((tmp_path / 'mine/all.json').read_text())['images']
    assert [image.get('patient_id') for image in images] == ['P1', 'P2', None]
    assert '2 photographs whose patient was named by the intake' in capsys.readouterr().out


def test_what_the_export_says_of_a_patient_stays(intake, tmp_path):
    source = export(tmp_path / 'export.json', 'other')
    main(['convert', 'coco', str(source), str(tmp_path / 'mine'), '--photographs', str(intake)])
    images = json.loads((tmp_path / 'mine/all.json').read_text())['images']
    assert [image.get('patient_id') for image in images] == ['other', 'P2', None]


def test_a_folder_that_no_intake_made_names_nobody(tmp_path):
    assert patients_of_intake(tmp_path) == {} and patients_of_intake(REPO / 'configs') == {}
