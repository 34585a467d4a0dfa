"""A base brought into a department: what is said of photographs there is said here, and goes out again as it came."""
import json
import shutil
from datetime import date

import pytest

from lopm.datasets.format import task_info
from lopm.files import write_json
from lopm.tasks import build_tasks
from tests.tiny_model import TASKS
from tests.web.conftest import jpeg
from tests.web.department import WORDS, come, confirm, disc, draw, read_second, say, visit_of, work

TWO = (60, 60, 25), (140, 60, 20)
DAY = date(2026, 3, 14)


pytestmark = pytest.mark.usefixtures('model_up')


@pytest.fixture
def mine(tmp_path):
    """``mine(image, *annotations)``: the json of a base with one photograph of two discs."""
    def write(annotations=(), **image):
        (tmp_path / 'a.jpg').write_bytes(jpeg(*TWO))
        rows = [{'id': i, 'image_id': 1, 'category_id': 1, 'iscrowd': 0, **row} for i, row in enumerate(annotations, 1)]
        return write_json(tmp_path / 'all.json', {
            'info': {'tasks': task_info(build_tasks(TASKS))}, 'categories': [{'id': 1, 'name': 'lesion'}],
            'images': [{'id': 1, 'file_name': 'a.jpg', 'width': 192, 'height': 128, **image}], 'annotations': rows})
    return write


def bring(path, department, site, on=DAY):
    from lopm.web.bring import bring_in
    return bring_in(path, department, site, on)


def the_photograph(department):
    from lopm.web.models import Photograph
    return Photograph.objects.get(visit__patient__department=department)


def said_by_persons(department, site, code_of):
    """``{patient: (free or not, {(outline, words)})}`` of a department's base; of persons alone."""
    from lopm.web.base import base_of
    content, found = base_of(department, site).content, {}
    for image in content['images']:
        rows = [row for row in content['annotations'] if row['image_id'] == image['id']]
        said = set()
        for row in rows:
            source = row.get('source', {})
            words = {name: word for name, word in row['attributes'].items() if source.get(name) != 'predicted'}
            if words or source.get('lesion') != 'predicted':
                said.add((json.dumps(row['segmentation']), json.dumps(words, sort_keys=True), row.get('blind')))
        found[code_of(image['patient_id'])] = image['outlined'], frozenset(said)
    return found


def test_what_goes_out_and_comes_in_again_is_the_same(people, browse, reader, site, tmp_path):
    from lopm.web.base import base_of, names_of, write_folder
    from lopm.web.models import Patient
    here, there = people['carl'].department, people['otto'].department
    for i in range(5):
        discs = (50 + 9 * i, 60, 25), (150, 60, 20)
        photograph = come(browse('carl'), reader, visit_of(here, f'P{i}', sex='male'), *discs)
        if i == 0:  # drawn and named, with what cannot be judged
            draw(browse('carl'), reader, photograph, disc(60, 60, 20), disc(120, 90, 22))
            say(browse('carl'), reader, photograph, 1, color=['white'], sharpness='not_assessable')
        elif i == 1:
            draw(browse('carl'), reader, photograph)
        elif i == 2:  # named alone
            say(browse('carl'), reader, photograph, 0, sharpness='blurred')
        elif i == 3:
            confirm(browse('carl'), photograph)
            assert read_second(browse('rita'), photograph, (disc(77, 60, 24), WORDS)).status_code == 201
        else:  # read blind alone
            read_second(browse('rita'), photograph, (disc(86, 60, 24), {**WORDS, 'color': 'not_assessable'}))
    path = write_folder(base_of(here, site), tmp_path / 'base')
    done = bring(path, there, site, None)
    assert (done['photographs'], done['second readings']) == (5, 2)
    work(reader)
    codes = {names_of(there, site).patient(str(each.pk)): each.code
             for each in Patient.objects.filter(department=there)}
    one, other = (said_by_persons(where, site, code_of) for where, code_of in (
        (here, lambda code: code), (there, codes.get)))
    assert len(one) == 5 and one == other
    assert lesions_of(there) == lesions_of(here) == [0, 2, 2, 2, 2]


def lesions_of(department):
    """How many lesions the versions that stand have."""
    from lopm.web.models import Photograph
    return sorted(len(each.reading.case['lesions'])
                  for each in Photograph.objects.filter(visit__patient__department=department))


def test_a_case_that_came_in_shows_what_the_rater_said(mine, here, browse, reader, site):
    row = {'segmentation': disc(60, 60, 20), 'rater': 'r1', 'attributes': {'sharpness': 'blurred', 'site': ['gum']}}
    path = mine([row], patient_id='P9', visit='2024-10-05', record={'age': 58, 'sex': None}, outlined=True)
    bring(path, here, site)
    photograph = the_photograph(here)
    assert (photograph.state, photograph.visit.on) == ('waiting', date(2024, 10, 5))
    assert photograph.visit.record == {'age': 58}
    work(reader)
    model, rater = photograph.readings.all()
    assert (model.what, len(model.case['lesions'])) == ('model', 2)
    assert (rater.what, rater.rater, rater.by) == ('outlines', 'r1', None)
    (lesion,) = rater.case['lesions']
    assert lesion['corrected'] == {'sharpness': 'blurred'}
    assert [each['by'] for each in rater.case['history']] == ['r1', 'r1']
    page = browse('carl').get(f'/cases/{photograph.pk}/').content.decode()
    assert 'said by a person' in page and '<td>r1</td>' in page
    assert not list(site.incoming.iterdir()) and photograph.site == ''


def test_free_of_lesions_not_outlined_and_predicted_are_not_the_same(mine, here, reader, site):
    from lopm.web.models import Photograph
    for outlined, count in ((True, 2), (False, 1)):
        bring(mine(outlined=outlined, patient_id=f'P{outlined}'), here, site)
        work(reader)
        photograph = Photograph.objects.get(visit__patient__code=f'P{outlined}')
        assert photograph.readings.count() == count
        assert len(photograph.reading.case['lesions']) == (0 if outlined else 2)
    predicted = {'segmentation': disc(60, 60, 20), 'rater': 'discs 1', 'attributes': {'sharpness': 'sharp'},
                 'source': {'sharpness': 'predicted', 'lesion': 'predicted'}}
    done = bring(mine([predicted], outlined=False, patient_id='P3'), here, site)
    assert done['of which a person has said something'] == 0


def test_further_raters_are_second_readers_who_are_not_called_blind(mine, here, reader, site):
    rows = [{'segmentation': disc(60, 60, 20), 'rater': rater, 'lesion_id': 'L', 'attributes': {'sharpness': word}}
            for rater, word in (('r1', 'sharp'), ('r2', 'blurred'))]
    bring(mine(rows), here, site)
    work(reader)
    (second,) = the_photograph(here).second_readings.all()
    assert (second.rater, second.by, second.blind) == ('r2', None, False)
    assert second.lesions == [{'polygons': disc(60, 60, 20), 'words': {'sharpness': 'blurred'}}]
    assert the_photograph(here).reading.case['lesions'][0]['corrected'] == {'sharpness': 'sharp'}


def test_what_cannot_be_said_here_is_left_out_and_counted(mine, here, reader, site):
    rows = [{'segmentation': disc(60, 60, 20), 'attributes': {
        'sharpness': 'razor', 'diagnosis': {'any_of': ['a', 'b']}, 'color': ['red'], 'other': 'kept nowhere'}},
        {'bbox': [120, 40, 40, 40]}]
    done = bring(mine(rows), here, site)
    assert done['words that the model does not know or that leave open what holds, left out'] == 2
    assert done['places without an outline, left out'] == 1
    assert done['answers to other, which the model does not ask, left out'] == 1
    work(reader)
    assert the_photograph(here).reading.case['lesions'][0]['corrected'] == {'color': ['red']}


def test_the_words_of_a_photograph_are_its_only_lesions_and_its_own(mine, here, reader, site):
    bring(mine([{'segmentation': disc(60, 60, 20), 'attributes': {}}],
               attributes={'sharpness': 'sharp', 'quality': 'poor'}), here, site)
    work(reader)
    case = the_photograph(here).reading.case
    assert case['lesions'][0]['corrected'] == {'sharpness': 'sharp'}
    assert case['photograph']['corrected'] == {'quality': 'poor'}


def test_the_same_command_goes_on_after_a_stop_and_brings_nothing_twice(mine, here, reader, site):
    from lopm.web.models import Job
    path = mine(patient_id='P9')
    assert bring(path, here, site)['photographs'] == 1
    assert bring(path, here, site) == {'photographs that were there': 1} and Job.objects.count() == 1
    work(reader)
    assert bring(path, here, site)['photographs that were there'] == 1


@pytest.mark.parametrize('image, said', [
    ({'patient_id': 'Jane Doe'}, 'cannot be a code'), ({'patient_id': 'a/b'}, 'cannot be a code'),
    ({'file_name': 'b.jpg'}, 'no such photograph'), ({'visit': '2024-13-45'}, 'is no date')])
def test_what_cannot_be_brought_in_is_refused_before_anything_is(mine, here, site, image, said):
    from lopm.web.models import Patient
    path = mine()
    content = json.loads(path.read_text())
    content['images'].append({**content['images'][0], 'id': 2, 'file_name': 'c.jpg', **image})
    shutil.copy(path.parent / 'a.jpg', path.parent / 'c.jpg')
    write_json(path, content)
    with pytest.raises(ValueError, match=said):
        bring(path, here, site)
    assert not Patient.objects.exists() and not list(site.incoming.iterdir())


def test_a_photograph_of_no_day_wants_one(mine, here, site):
    with pytest.raises(ValueError, match='--date 2026-03-14'):
        bring(mine(visit=1), here, site, None)
    bring(mine(visit=1), here, site)
    assert the_photograph(here).visit.on == DAY


def test_a_photograph_without_a_patient_is_a_patient_of_its_own(mine, here, site):
    bring(mine(), here, site)
    assert the_photograph(here).patient.code.startswith('x')


def test_a_file_that_is_no_photograph_is_said_so(mine, here, reader, site):
    path = mine()
    (path.parent / 'a.jpg').write_bytes(b'no photograph')
    bring(path, here, site)
    work(reader)
    photograph = the_photograph(here)
    assert photograph.state == 'failed' and photograph.problem and not list(site.incoming.iterdir())


def test_what_a_camera_wrote_does_not_come_in(mine, here, reader, site):
    from PIL import Image
    path, exif = mine(), Image.Exif()
    exif[0x013B] = 'PLANTED-NAME'
    Image.open(path.parent / 'a.jpg').save(path.parent / 'a.jpg', 'JPEG', exif=exif)
    bring(path, here, site)
    work(reader)
    assert b'PLANTED' not in site.photograph(the_photograph(here).pk).read_bytes()


def test_a_disk_without_room_is_said_in_words(mine, here, site, monkeypatch):
    from collections import namedtuple

    from lopm.web import bring as module
    monkeypatch.setattr(module.shutil, 'disk_usage', lambda _: namedtuple('usage', 'free')(1000))
    with pytest.raises(ValueError, match='no room'):
        bring(mine(), here, site)


def test_photographs_that_are_sent_do_not_wait_for_those_that_are_brought(mine, here, site):
    from lopm.web import jobs
    bring(mine(), here, site)
    assert jobs.claim('w', jobs.SLOW) is None and jobs.claim('w', jobs.LONG).kind == jobs.BRING
