"""What a worker does: a photograph to a case, corrections to versions, reports to files; whole or not at all."""
import io

import pytest
from PIL import Image

from tests.web.conftest import jpeg, send
from tests.web.department import work

TWO = (60, 60, 25), (140, 60, 20)


def read(browse, reader, visit, data):
    from lopm.web.models import Photograph
    answer = send(browse('carl'), visit, data)
    assert answer.status_code == 201, answer.content
    work(reader)
    return Photograph.objects.get(pk=answer.json()['id'])


def say(client, photograph, **asked):
    return client.post(f'/cases/{photograph.pk}/words/', asked, 'application/json', headers={'X-Lopm': '1'})


def draw(client, photograph, lesions, seen=1):
    return client.post(f'/cases/{photograph.pk}/outlines/', {'seen': seen, 'lesions': lesions}, 'application/json')


def square(x, y, side=30):
    return [[x, y, x + side, y, x + side, y + side, x, y + side]]


def test_a_photograph_becomes_a_case_and_only_its_pixels_are_kept(photograph, site):
    reading = photograph.reading
    assert (photograph.state, photograph.width, photograph.height, reading.what) == ('read', 192, 128, 'model')
    assert [lesion['outline']['box'][2] for lesion in reading.case['lesions']] == pytest.approx([50, 40], abs=8)
    assert reading.said['fr']['found'] == '2 lésions trouvées' and len(reading.said['en']['lesions']) == 2
    assert not list(site.incoming.iterdir())
    assert Image.open(site.photograph(photograph.pk, 'thumb')).size == (192, 128)


def test_what_a_camera_wrote_beside_the_picture_is_gone(case, browse, reader, site):
    image, out = Image.open(io.BytesIO(jpeg(*TWO))), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F], exif[0x013B] = 'PLANTED-MAKER', 'PLANTED-NAME'
    image.save(out, 'JPEG', exif=exif, comment=b'PLANTED-COMMENT')
    assert b'PLANTED-NAME' in out.getvalue()
    read(browse, reader, case.visit, out.getvalue())
    held = b''.join(path.read_bytes() for path in site.folder.rglob('*') if path.is_file())
    assert b'PLANTED' not in held


@pytest.mark.parametrize('data', [b'no photograph', b'\xff\xd8\xff\xe0 cut off', jpeg()[:300]])
def test_what_is_no_photograph_is_said_so_and_not_kept(case, browse, reader, site, data):
    photograph = read(browse, reader, case.visit, data)
    assert photograph.state == 'failed' and photograph.problem and photograph.reading is None
    assert not list(site.incoming.iterdir())
    assert photograph.problem in browse('carl').get(f'/visits/{case.visit.pk}/').content.decode()


def test_the_same_picture_with_another_patient_is_remarked_on(photograph, browse, reader, people):
    from lopm.web.models import Patient, Visit
    other = Patient.objects.create(department=people['carl'].department, code='P08')
    visit = Visit.objects.create(patient=other, on='2026-03-15')
    found = read(browse, reader, visit, jpeg(*TWO))
    assert [each['photograph'] for each in found.remarks] == [str(photograph.pk)]
    assert 'with another patient' in browse('carl').get(f'/visits/{visit.pk}/').content.decode()


def test_what_is_sent_twice_is_stored_once(photograph, case, browse, site):
    again = send(browse('carl'), case.visit, jpeg(*TWO))
    assert (again.status_code, again.json()) == (200, {'id': str(photograph.pk), 'there': True})
    lost = send(browse('carl'), case.visit, jpeg(*TWO), photograph.pk)  # the answer had not arrived
    assert (lost.status_code, lost.json()) == (200, {'id': str(photograph.pk), 'there': False})
    assert case.visit.photographs.count() == 2 and not list(site.incoming.iterdir())


def test_another_word_reads_the_case_again_and_both_versions_stay(photograph, browse, reader):
    answer = say(browse('carl'), photograph, seen=1, lesion=0, words={'sharpness': 'blurred'})
    assert answer.status_code == 202
    work(reader)
    first, second = photograph.readings.all()
    assert (second.number, second.what, second.by.username) == (2, 'words', 'carl')
    assert second.case['lesions'][0]['corrected'] == {'sharpness': 'blurred'}
    assert second.case['lesions'][1] == first.case['lesions'][1]
    assert second.case['history'][-1]['by'] == 'carl'
    page = browse('carl').get(f'/cases/{photograph.pk}/said/').content.decode()
    assert 'said by a person' in page and 'said by a person' not in browse('carl').get(
        f'/cases/{photograph.pk}/said/?version=1').content.decode()


def test_outlines_are_read_anew_and_words_of_persons_go_with_their_lesion(photograph, browse, reader):
    say(browse('carl'), photograph, seen=1, lesion=1, words={'sharpness': 'blurred'})
    work(reader)
    kept = photograph.reading.case['lesions'][1]['outline']['polygons']
    assert draw(browse('carl'), photograph, [{'polygons': square(10, 80), 'origin': None},
                                             {'polygons': kept, 'origin': 1}], seen=2).status_code == 202
    work(reader)
    reading = photograph.reading
    assert (reading.number, reading.what) == (3, 'outlines')
    new, old = reading.case['lesions']
    assert new['outline']['box'] == pytest.approx([10, 80, 31, 31], abs=1.5) and new['corrected'] == {}
    assert old['corrected'] == {'sharpness': 'blurred'} and old['score'] is None


def test_all_lesions_may_be_taken_away(photograph, browse, reader):
    draw(browse('carl'), photograph, [])
    work(reader)
    assert photograph.reading.case['lesions'] == []
    assert 'No lesion' in photograph.reading.said['en']['found']


def test_who_has_not_seen_the_version_that_stands_is_told(photograph, browse, reader):
    one, other = (say(browse(name), photograph, seen=1, lesion=0, words={'sharpness': 'blurred'})
                  for name in ('carl', 'anna'))
    assert (one.status_code, other.status_code) == (202, 409) and 'meanwhile' in other.json()['problem']
    work(reader)
    late = draw(browse('anna'), photograph, [])
    assert late.status_code == 409 and photograph.readings.count() == 2


def test_an_outline_outside_of_the_photograph_is_refused_in_words_and_changes_nothing(photograph, browse, reader):
    job = draw(browse('carl'), photograph, [{'polygons': square(5000, 5000), 'origin': None}]).json()['job']
    work(reader)
    found = browse('carl').get(f'/cases/{photograph.pk}/state/?job={job}').json()
    assert found['job']['state'] == 'failed' and 'outside the photograph' in found['job']['problem']
    assert found['reading'] == 1


def test_two_clicks_give_millimetres_as_a_version(photograph, browse, reader):
    asked = {'seen': 1, 'points': [[10, 10], [110, 10]], 'millimetres': 20}
    browse('carl').post(f'/cases/{photograph.pk}/scale/', asked, 'application/json')
    work(reader)
    photograph.refresh_from_db()
    assert photograph.pixels_per_mm == 5 and photograph.reading.what == 'scale'
    assert 'mm' in photograph.reading.said['en']['lesions'][0]['sizes'][0][2]


@pytest.mark.parametrize('ending, begins', [('pdf', b'%PDF'), ('html', b'<!doctype html>'), ('fhir.json', b'{'),
                                            ('dicom.zip', b'PK')])
def test_a_report_is_written_once_and_anew_after_a_correction(photograph, browse, reader, site, ending, begins):
    client, address = browse('carl'), f'/cases/{photograph.pk}/report.{ending}'
    assert client.get(address).status_code == 202
    work(reader)
    first = b''.join(client.get(address).streaming_content)
    assert first.startswith(begins)
    assert client.get(f'{address}?ready=1').json()['ready']
    say(client, photograph, seen=1, lesion=0, words={'sharpness': 'blurred'})
    work(reader)
    assert client.get(address).status_code == 202


def test_a_report_is_written_anew_for_another_site(photograph, browse, reader):
    client, address = browse('carl'), f'/cases/{photograph.pk}/report.html'
    client.get(address)
    work(reader)
    assert client.get(address).status_code == 200
    client.post(f'/photographs/{photograph.pk}/site/', {'site': 'gingiva_upper'})
    photograph.refresh_from_db()
    assert photograph.site and client.get(address).status_code == 202


def test_a_report_names_the_patient_by_the_code_and_speaks_the_language_of_who_asks(photograph, browse, reader, people):
    people['carl'].language = 'fr'
    people['carl'].save()
    client, address = browse('carl'), f'/visits/{photograph.visit.pk}/report.html'
    photograph.visit.photographs.exclude(pk=photograph.pk).delete()
    client.get(address)
    work(reader)
    said = b''.join(client.get(address).streaming_content).decode()
    assert 'P07 · 2026-03-14' in said and str(photograph.pk) not in said
    assert 'Compte rendu' in said


def test_a_case_of_another_model_is_read_again_before_it_is_corrected(photograph, browse, reader, monkeypatch):
    monkeypatch.setitem(reader.predictor.about, 'version', 'discs 2')
    say(browse('carl'), photograph, seen=1, lesion=0, words={'sharpness': 'blurred'})
    work(reader)
    reading = photograph.reading
    assert reading.case['model']['version'] == 'discs 2' and len(reading.case['lesions']) == 2
    assert reading.case['lesions'][0]['corrected'] == {'sharpness': 'blurred'}
    assert [each['by'] for each in reading.case['history']] == ['', 'carl']


def test_words_that_another_model_does_not_know_are_left_out_and_noted(photograph, browse, reader, monkeypatch):
    from lopm.web.models import Reading
    first = photograph.reading
    first.case['lesions'][0]['corrected'] = {'sharpness': 'blurred', 'gloss': 'shiny', 'color': ['violet']}
    first.case['photograph']['corrected'] = {'gloss': 'dull'}
    Reading.objects.filter(pk=first.pk).update(case=first.case)
    monkeypatch.setitem(reader.predictor.about, 'version', 'discs 2')
    draw(browse('carl'), photograph, [{'polygons': first.case['lesions'][0]['outline']['polygons'], 'origin': 0}])
    assert work(reader).state == 'done'
    found = photograph.reading.case
    assert found['lesions'][0]['corrected'] == {'sharpness': 'blurred'} and found['photograph']['corrected'] == {}
    assert found['history'][0]['before']['left_out'] == [
        {'gloss': 'dull'}, {'gloss': 'shiny', 'color': ['violet']}, {}]


def test_words_of_the_whole_photograph_stay_when_it_is_outlined_anew(photograph, browse, reader, people):
    from lopm.web import jobs
    jobs.put(jobs.WORDS, photograph, people['carl'], seen=1, lesion='photograph', words={'quality': 'poor'})
    work(reader)
    draw(browse('carl'), photograph, [{'polygons': square(20, 20), 'origin': None}], seen=2)
    work(reader)
    assert photograph.reading.number == 3 and photograph.reading.case['photograph']['corrected'] == {'quality': 'poor'}


def test_what_a_dying_worker_has_left_half_is_made_whole(case, browse, reader, site, monkeypatch):
    """It dies after the files were written, before anything is said of them."""
    from lopm.web import jobs
    from lopm.web.models import Photograph
    number = send(browse('carl'), case.visit, jpeg(*TWO)).json()['id']
    job = jobs.claim('here', jobs.SLOW)
    with monkeypatch.context() as patch:
        patch.setattr(reader, 'add', lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            reader.do(job)
    found = Photograph.objects.get(pk=number)
    assert (found.state, found.reading) == ('waiting', None) and (site.incoming / number).is_file()
    jobs.release('here')
    work(reader)
    found.refresh_from_db()
    assert found.state == 'read' and not (site.incoming / number).is_file()


def mouth(seed, shift=0):
    """The bytes of a drawn mouth: blots of its own, seen from a little to the side."""
    import cv2
    import numpy as np
    rng = np.random.default_rng(seed)
    image = np.full((480, 640, 3), 120, np.uint8)
    for x, y, radius, *color in rng.integers(0, [700, 500, 24, 255, 255, 255], (400, 6)).tolist():
        cv2.circle(image, (x - shift, y), 3 + radius, color, -1)
    return cv2.imencode('.jpg', image)[1].tobytes()


def test_the_mouth_of_another_patient_is_remarked_on_and_ones_own_is_not(case, browse, reader, people):
    from lopm.web.models import Patient, Visit
    first = read(browse, reader, case.visit, mouth(1))
    assert read(browse, reader, case.visit, mouth(1, shift=40)).remarks == []
    other = Patient.objects.create(department=people['carl'].department, code='P08')
    visit = Visit.objects.create(patient=other, on='2026-03-15')
    assert read(browse, reader, visit, mouth(2)).remarks == []
    found = read(browse, reader, visit, mouth(1, shift=20)).remarks
    assert {each['kind'] for each in found} == {'mouth'} and str(first.pk) in [each['photograph'] for each in found]
    page = browse('carl').get(f'/visits/{visit.pk}/').content.decode()
    assert 'may be the mouth of another patient' in page
    case.patient.delete()
    assert 'may be the mouth of another patient' not in browse('carl').get(f'/visits/{visit.pk}/').content.decode()


def test_a_card_in_the_photograph_gives_the_scale_by_itself(case, browse, reader):
    import cv2
    import numpy as np

    from lopm.followup.drawn_card import Pose, with_card
    from tests.tiny_run import photograph as drawn
    image = with_card(drawn((200, 200, 60), size=(1200, 900)), Pose((700, 500), 12.))
    data = cv2.imencode('.jpg', np.ascontiguousarray(image[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    found = read(browse, reader, case.visit, data)
    assert found.scale_by == 'card' and found.pixels_per_mm == pytest.approx(12, rel=.03)
    assert 'mm' in found.reading.said['en']['lesions'][0]['sizes'][0][2]
