"""Places over visits: which photographs are compared, what a worker finds out, who may see it, what stays of it."""
import re
import uuid
from datetime import date
from types import SimpleNamespace

import cv2
import msgspec
import numpy as np
import pytest

from lopm.case import Case, Lesion
from lopm.datasets.visits import draw_views, draw_visit
from lopm.drawn import outline_of
from lopm.followup import Card, load_noise
from lopm.followup.noise import DRAWN, DRAWN_BY_MODEL, Noise
from tests.web.conftest import SAID

DAYS = '2024-01-10', '2024-08-01', '2025-02-01', '2025-09-01'
AREAS = 1., 1., 1.3, 1.69


@pytest.fixture(scope='module')
def grown():
    """A place at four visits, its lesions larger from the third on."""
    view = draw_views(12, seed=21)[5]
    return [draw_visit(view, 100 + i, area=area) for i, area in enumerate(AREAS)]


@pytest.fixture(scope='module')
def elsewhere():
    """Another patient's mouth."""
    return draw_visit(draw_views(12, seed=21)[1], 7)


@pytest.fixture
def no_ruler(monkeypatch):
    """Nothing to measure by lies in a photograph, which is known at once; a list of those that were looked at."""
    looked = []
    monkeypatch.setattr('lopm.web.following.read_scale', lambda path: (looked.append(path), (None, Card()))[1])
    return looked


@pytest.fixture
def patient(people):
    from lopm.web.models import Patient
    return Patient.objects.create(department=people['anna'].department, code='P-FOLLOWED')


@pytest.fixture
def take(patient, site):
    """``take(on, drawn)``: a photograph of a visit, its lesions outlined by a person, or by a model whose ``score``."""
    def taken(on, drawn, score=None, flags=None, **more):
        from lopm.web.models import Photograph, Visit
        pixels, (height, width) = drawn.photograph, drawn.photograph.shape[:2]
        visit, _ = Visit.objects.get_or_create(patient=patient, on=on)
        found = Photograph.objects.create(**{'visit': visit, 'state': 'read', 'digest': 'd', 'site': 'floor_of_mouth',
                                             'pixels': uuid.uuid4().hex, 'width': width, 'height': height, **more})
        path = site.photograph(found.pk)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(cv2.imencode('.jpg', pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes())
        case = Case(str(found.pk), [width, height], flags=flags, lesions=[
            Lesion(score=score, outline=outline_of(mask)) for mask in drawn.outlines])
        read(found, case)
        return found
    return taken


def read(photograph, case):
    from lopm.web.models import Reading
    return Reading.objects.create(photograph=photograph, number=photograph.readings.count() + 1, what='model', live=b'',
                                  case=case.to_json(), said=SAID)


@pytest.fixture
def follow(patient):
    """``follow(*photographs)``: they are a place that is followed."""
    def followed(*photographs, name='left'):
        from lopm.web.models import Spot
        spot = Spot.objects.create(patient=patient, name=name)
        spot.photographs.set(photographs)
        return spot
    return followed


def reader_with(noise=None):
    """A worker's, whose network is not asked; the noise floor of its pack."""
    from lopm.web.reading import Reader
    return Reader(SimpleNamespace(pack=SimpleNamespace(noise=noise), about={'version': 'discs 1'}), None)


def work(noise=None):
    """Do the next job at a place."""
    from lopm.web import jobs
    from lopm.web.worker import settle
    job = jobs.claim('here', jobs.PLACES)
    settle(reader_with(noise), job)
    job.refresh_from_db()
    assert job.state == 'done', job.problem


def compared(spot, noise=None):
    """What stands on the page of a place after its jobs were done; the number of jobs with it."""
    from lopm.web import spots
    from lopm.web.views.follow import ask
    number = 0
    while (result := spots.result_of(spot, key := spots.key_of(spots.taken(spot)))) is None:
        assert ask(spot, key, None) == ''
        work(noise)
        number += 1
        assert number < 9, 'it never ends'
    return result, number


def files_of(site, spot):
    return sorted(path.name for path in (site.reports / str(spot.patient_id)).glob(f'{spot.pk}.*'))


def states(spot):
    from lopm.web import spots
    return [(f'{each.on}', each.state) for each in spots.taken(spot)]


@pytest.mark.slow
def test_known_growth_is_more_and_an_unchanged_lesion_the_same(take, follow, grown, no_ruler):
    first, again, _, last = (take(on, drawn) for on, drawn in zip(DAYS, grown))
    unchanged, _ = compared(follow(first, again))
    sized = [lesion for lesion in unchanged['said']['en']['lesions'] if lesion['sizes']]
    assert sized and all('size' in each['same'] and each['same_word'] == 'same within noise' for each in sized)
    result, _ = compared(follow(first, last))
    english, french = (result['said'][code]['lesions'] for code in ('en', 'fr'))
    number = next(i for i, each in enumerate(english) if each['sizes'])
    assert english[number]['changed'][0][0] == 'size'
    assert english[number]['changed'][0][1].split(',')[0] in ('more', 'clearly more')
    assert english[number]['changed'][0][2] == f'beyond the noise since {DAYS[3]}'
    assert french[number]['changed'][0][0] == 'taille' and 'plus grande' in french[number]['changed'][0][1]
    (_, times, low, high, area), = english[number]['sizes']
    assert float(low) < 1.69 < float(high) and float(times) == pytest.approx(1.69, rel=.15) and area == ''
    assert english[number]['curve'].startswith('<svg') and len(english[number]['traces']) >= 3
    assert {each['laid'] for each in result['pictures'].values()} == {True}


@pytest.mark.slow
def test_pictures_lie_upon_the_first_and_carry_its_numbers(take, follow, grown, no_ruler, site):
    from lopm.web import spots
    first, last = take(DAYS[0], grown[0]), take(DAYS[3], grown[3])
    spot = follow(last, first)
    result, _ = compared(spot)
    key = spots.key_of(spots.taken(spot))
    shown = [cv2.imread(str(spots.file_of(spot, key, f'{each.pk}.jpg'))) for each in (first, last)]
    both = ~grown[0].outlines.any(0) & (shown[1].max(2) > 9)
    assert shown[0].shape == shown[1].shape == (result['pictures'][str(last.pk)]['height'],
                                                result['pictures'][str(last.pk)]['width'], 3)
    apart = [np.abs(one.astype(int) - shown[0])[both].mean() for one in (shown[1], cv2.imread(
        str(site.photograph(last.pk))))]
    assert 0 < apart[0] < .7 * apart[1]
    assert all('>1</text>' in result['pictures'][str(each.pk)]['outlines'] for each in (first, last))


@pytest.mark.slow
def test_another_mouth_is_refused_with_its_reason_and_stays_visible(take, follow, grown, elsewhere, no_ruler, browse):
    photographs = take(DAYS[0], grown[0]), take(DAYS[1], elsewhere), take(DAYS[2], grown[2])
    spot = follow(*photographs)
    result, _ = compared(spot)
    stranger = str(photographs[1].pk)
    assert [result['pictures'][str(each.pk)]['laid'] for each in photographs] == [True, False, True]
    assert list(result['said']['en']['refused']) == [DAYS[1]]
    page = browse('rita').get(f'/followed/{spot.pk}/').content.decode()
    assert result['said']['en']['refused'][DAYS[1]] in page and f'/followed/{spot.pk}/{stranger}.jpg' in page
    assert f'<option value="{stranger}"' not in page and f'<option value="{photographs[2].pk}"' in page


@pytest.mark.slow
def test_a_scale_that_a_person_has_given_is_taken_and_no_ruler_is_looked_for(take, follow, grown, no_ruler):
    scale = {'pixels_per_mm': 10., 'scale_error': .1}
    known, other = take(DAYS[0], grown[0], **scale), take(DAYS[3], grown[3])
    spot = follow(known, other)
    compared(spot)
    assert [path.stem for path in no_ruler] == [str(other.pk)]
    type(other).objects.filter(pk=other.pk).update(**scale)
    result, _ = compared(spot)
    assert len(no_ruler) == 1
    areas = [area for lesion in result['said']['en']['lesions'] for *_, area in lesion['sizes']]
    assert areas and all(areas)
    assert [on for on, _ in result['said']['en']['scales']] == [DAYS[0], DAYS[3]]


@pytest.mark.slow
def test_what_a_ruler_says_is_read_once_and_long_work_is_done_in_slices(take, follow, grown, no_ruler, monkeypatch):
    from lopm.web import following
    monkeypatch.setattr(following, 'time', SimpleNamespace(monotonic=lambda: 50 * len(no_ruler)))  # seconds of each
    monkeypatch.setattr(following, 'SLICE', 60)
    spot = follow(*(take(on, drawn) for on, drawn in zip(DAYS, [grown[0], grown[3], grown[0], grown[0]])))
    _, number = compared(spot)
    assert number == 2 and len(no_ruler) == len({*no_ruler}) == 4
    read(spot.photographs.first(), Case('again', [512, 384]))
    assert compared(spot)[1] == 1 and len(no_ruler) == 4


def lesion(score):
    return SimpleNamespace(score=score)


@pytest.mark.parametrize(('scores', 'source'), [([None, None], DRAWN), ([None, .8], DRAWN_BY_MODEL), ([], DRAWN)])
def test_the_floor_of_exact_outlines_holds_only_where_persons_drew_all(scores, source):
    from lopm.web.following import shipped
    cases = [SimpleNamespace(lesions=[lesion(score)]) for score in scores]
    assert shipped(cases).said.template == source


@pytest.mark.slow
def test_the_floor_of_the_pack_comes_first(take, follow, grown, no_ruler):
    from lopm.web import spots
    spot = follow(take(DAYS[0], grown[0], score=.9), take(DAYS[3], grown[3], score=.9))
    shipped, _ = compared(spot)
    assert "a model's outlines" in shipped['said']['en']['noise'] and shipped['said']['en']['borrowed']
    floor = load_noise()
    own = Noise('repeats of one day in Clinic', floor.count, floor.spread, floor.scores)
    spots.forget(spot)
    packed, _ = compared(spot, own)
    assert packed['said']['en']['noise'] == 'repeats of one day in Clinic' and not packed['said']['en']['borrowed']
    assert 'Clinic' in packed['said']['fr']['noise'] and 'repeats' not in packed['said']['fr']['noise']


@pytest.fixture(scope='module')
def twice():
    """Four places, each photographed twice on a day and once on another; nothing of their lesions has changed."""
    views = draw_views(12, seed=21)
    return [[draw_visit(views[number], 200 + i) for i in range(3)] for number in (2, 5, 6, 7)]


@pytest.mark.slow
def test_a_floor_of_the_departments_own_repeats_comes_before_that_of_the_pack(take, follow, twice, no_ruler, browse,
                                                                              people):
    """It is what lopm follow would take from the same photographs."""
    from lopm.followup.course import repeats
    from lopm.followup.noise import noise_of
    from lopm.web import spots
    drawn = {}
    for i, visits in enumerate(twice):
        on = date(2024, 1, 1 + i)
        shown = take(on, visits[0]), take(on, visits[1], turn=1), take(DAYS[3], visits[2], turn=2 + i)
        drawn[follow(*shown, name=f'place {i}')] = [(on, site_of(each), case_of(each)) for each in shown[:2]]
    spot = next(iter(drawn))
    known = [lesion for visits in drawn.values() for lesion in repeats(visits)]
    assert len(known) >= 8
    own, number = compared(spot, load_noise())
    floor = spots.floor_of(spot.patient.department_id).facts['floors']['persons']
    said = f'lesions that Oral Medicine has photographed twice on one day: {len(known)}'
    assert number == 2  # one finds that it has a floor
    assert own['said']['en']['noise'] == said == noise_of(known, said).source
    assert not own['said']['en']['borrowed']
    assert own['said']['fr']['noise'] == ('lésions que Oral Medicine a photographiées deux fois le même jour : '
                                          f'{len(known)}')
    assert floor['scores'] == noise_of(known, said).scores
    assert said in browse('rita').get(f'/followed/{spot.pk}/').content.decode()
    assert said in browse('rita').get(f'/followed/{spot.pk}/report.html').getvalue().decode()


def site_of(photograph):
    from django.conf import settings
    return settings.PLACE.photograph(photograph.pk)


def case_of(photograph):
    return msgspec.convert(photograph.reading.case, Case)


@pytest.mark.slow
def test_a_photograph_that_is_taken_again_is_measured_and_the_page_stands(take, follow, grown, no_ruler, browse):
    from lopm.web import spots
    from lopm.web.models import Job
    first, last = take(DAYS[0], grown[0]), take(DAYS[3], grown[3])
    spot = follow(first, last)
    result, _ = compared(spot)
    count = Job.objects.count()
    spot.photographs.add(take(DAYS[0], grown[1], turn=1))
    for _ in range(2):
        page = browse('rita').get(f'/followed/{spot.pk}/').content.decode()
        assert 'class="cards"' in page and 'id="comparing"' not in page and Job.objects.count() == count + 1
    (repeat,) = spots.repeats(spots.taken(spot))
    assert not repeat.file.exists()
    written = spots.file_of(spot, spots.key_of(spots.taken(spot)), 'json').stat().st_mtime_ns
    work()
    assert repeat.file.is_file()
    assert spots.file_of(spot, spots.key_of(spots.taken(spot)), 'json').stat().st_mtime_ns == written
    browse('rita').get(f'/followed/{spot.pk}/')
    assert Job.objects.count() == count + 1


def test_flagged_repeated_and_unread_photographs_are_not_compared(take, follow, grown):
    from lopm.screening.views import NOT_OF_QUALITY
    from lopm.web import spots
    assert {spots.NO_LESION} == NOT_OF_QUALITY
    spot = follow(take(DAYS[0], grown[0], flags={'blurred': .01}), take(DAYS[0], grown[0], turn=1),
                  take(DAYS[0], grown[0], turn=2), take(DAYS[1], grown[1], flags={spots.NO_LESION: .01}),
                  take(DAYS[2], grown[2], flags={'dark': .01, spots.NO_LESION: .01}))
    waiting, failed = (type(spot.photographs.first()).objects.create(
        visit=spot.photographs.first().visit, state=state, digest='d', turn=3) for state in ('waiting', 'failed'))
    spot.photographs.add(waiting, failed)
    assert sorted(states(spot)) == sorted([
        (DAYS[0], 'flagged'), (DAYS[0], 'stands'), (DAYS[0], 'again'), (DAYS[0], 'waiting'), (DAYS[0], 'failed'),
        (DAYS[1], 'stands'), (DAYS[2], 'flagged')]) and {state for _, state in states(spot)} == {*spots.STATES}
    assert [each.flags for each in spots.taken(spot) if each.state == 'flagged'] == [['blurred'], ['dark']]


@pytest.mark.slow
def test_a_flagged_photograph_is_left_out_with_a_sentence(take, follow, grown, no_ruler, browse):
    spot = follow(take(DAYS[0], grown[0]), take(DAYS[1], grown[1], flags={'dark': .01}), take(DAYS[2], grown[2]))
    result, _ = compared(spot)
    assert len(result['pictures']) == 2
    assert result['said']['en']['notes'] == [f'{DAYS[1]}: a photograph is flagged and was left out: dark']
    page = browse('carl').get(f'/followed/{spot.pk}/').content.decode()
    assert 'Left out: outlines on it are not to be relied on' in page and page.count('<strong>2024-08-01') == 1


@pytest.mark.slow
def test_a_result_is_used_again_until_a_reading_changes(take, follow, grown, no_ruler, site, browse):
    from lopm.web import spots
    from lopm.web.models import Job
    first, last = take(DAYS[0], grown[0]), take(DAYS[3], grown[3])
    spot = follow(first, last)
    compared(spot)
    before, jobs_before = files_of(site, spot), Job.objects.count()
    assert {name.partition('.')[2].partition('.')[2] for name in before} == {
        'json', 'en.html', 'fr.html', f'{first.pk}.jpg', f'{last.pk}.jpg'}
    page = browse('carl').get(f'/followed/{spot.pk}/')
    assert 'id="comparing"' not in page.content.decode() and Job.objects.count() == jobs_before
    read(last, Case(str(last.pk), [last.width, last.height]))
    page = browse('carl').get(f'/followed/{spot.pk}/').content.decode()
    assert 'id="comparing"' in page and 'class="cards"' not in page and Job.objects.count() == jobs_before + 1
    assert browse('carl').get(f'/followed/{spot.pk}/{last.pk}.jpg').status_code == 404
    result, _ = compared(spot)
    assert {fate for lesion in result['said']['en']['lesions'] for _, fate in lesion['fates']} <= {
        'gone', 'not shown by the other photograph'}
    key = spots.key_of(spots.taken(spot))
    after = files_of(site, spot)
    assert len(after) == len(before) and not set(after) & set(before) and all(f'.{key}.' in name for name in after)


@pytest.mark.slow
def test_of_a_photograph_that_was_deleted_meanwhile_nothing_stays(take, follow, grown, no_ruler, site, monkeypatch):
    from lopm.web import following, spots
    from lopm.web.views.follow import ask
    first, last = take(DAYS[0], grown[0]), take(DAYS[3], grown[3])
    spot = follow(first, last)
    ask(spot, spots.key_of(spots.taken(spot)), None)
    write, number = following.write, str(last.pk)
    monkeypatch.setattr(following, 'write', lambda *args: (write(*args), last.delete()))
    work()
    left = [path.name for path in site.reports.rglob('*') if path.is_file()]
    assert left == [f'{first.pk}.scale.json'] and number not in ' '.join(left)


def test_other_departments_and_strangers_find_nothing(take, follow, grown, browse, site, patient):
    from lopm.web import spots
    from lopm.web.models import Spot
    photograph, other = take(DAYS[0], grown[0]), take(DAYS[1], grown[1])
    spot = follow(photograph)
    path = spots.file_of(spot, spots.key_of(spots.taken(spot)), f'{photograph.pk}.jpg')
    path.parent.mkdir()
    path.write_bytes(b'picture')
    addresses = [f'/patients/{patient.pk}/follow/', *(f'/followed/{spot.pk}/{end}' for end in (
        '', 'state/', 'change/', 'report.html', 'report.pdf', f'{photograph.pk}.jpg'))]
    for name in ('otto', 'olga'):
        assert {browse(name).get(each).status_code for each in addresses} == {404}
        assert {browse(name).post(each).status_code for each in (addresses[0], addresses[3],
                                                                 f'/followed/{spot.pk}/end/')} == {404}
    for each in addresses:
        answer = browse(None).get(each)
        assert answer.status_code == 302 and answer.url.startswith('/login/')
    assert browse('rita').get(addresses[-1]).getvalue() == b'picture'
    for name in (other.pk, '../../secret.key', f'{spot.pk}'):
        assert browse('rita').get(f'/followed/{spot.pk}/{name}.jpg').status_code == 404
    assert Spot.objects.count() == 1


def test_a_reader_looks_and_changes_nothing(take, follow, grown, browse, patient):
    from lopm.web.models import Spot
    photographs = take(DAYS[0], grown[0]), take(DAYS[1], grown[1])
    spot = follow(*photographs)
    client = browse('rita')
    given = {'name': 'mine', 'photographs': [str(each.pk) for each in photographs]}
    assert client.post(f'/patients/{patient.pk}/follow/', given).status_code == 403 and Spot.objects.count() == 1
    assert client.get(f'/followed/{spot.pk}/change/').status_code == 403
    assert client.post(f'/followed/{spot.pk}/change/', given).status_code == 403
    assert client.post(f'/followed/{spot.pk}/end/').status_code == 403 and Spot.objects.get().name == 'left'
    assert 'change/' not in client.get(f'/followed/{spot.pk}/').content.decode()


def test_a_site_of_two_visits_is_suggested_and_kept(take, grown, browse, patient):
    from lopm.web.models import Entry, Spot
    first, _, later = take(DAYS[0], grown[0]), take(DAYS[0], grown[0], turn=1), take(DAYS[1], grown[1])
    take(DAYS[1], grown[1], site='buccal_mucosa')
    page = browse('carl').get(f'/patients/{patient.pk}/follow/').content.decode()
    assert hidden(page) == [('name', 'floor of mouth'), *(('photographs', str(each.pk)) for each in (first, later))]
    answer = browse('carl').post(f'/patients/{patient.pk}/follow/', {
        'name': 'floor of mouth', 'photographs': [str(first.pk), str(later.pk)]})
    spot = Spot.objects.get()
    assert answer.url == f'/followed/{spot.pk}/' and set(spot.photographs.all()) == {first, later}
    page = browse('carl').get(f'/patients/{patient.pk}/follow/').content.decode()
    assert not hidden(page) and f'/followed/{spot.pk}/' in page
    assert [each.detail for each in Entry.objects.filter(what='place followed')] == ['2 photographs']
    latest = take(DAYS[2], grown[2])
    page = browse('carl').get(f'/followed/{spot.pk}/').content.decode()
    assert {number for _, number in hidden(page)} == {'floor of mouth', *(str(each.pk) for each in (
        first, later, latest))}


def hidden(page):
    """What the forms of a page send unseen."""
    return [(name, value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
            if name != 'csrfmiddlewaretoken']


@pytest.mark.parametrize(('chosen', 'refusal'), [
    ([], 'two visits and more'), ([0], 'two visits and more'), ([0, 1], 'two visits and more'),
    ([0, 'other'], 'not one of the available choices'), ([0, 'x'], 'not a valid'), ([0, 2], '')])
def test_a_choice_is_of_the_patient_and_of_two_visits(take, grown, browse, patient, case, chosen, refusal):
    from lopm.web.models import Spot
    own = [take(DAYS[0], grown[0]), take(DAYS[0], grown[0]), take(DAYS[1], grown[1])]
    numbers = [{'other': case.pk, 'x': 'x'}.get(each) or own[each].pk for each in chosen]
    answer = browse('carl').post(f'/patients/{patient.pk}/follow/', {'name': 'left', 'photographs': numbers})
    assert Spot.objects.count() == (not refusal)
    assert answer.status_code == (200 if refusal else 302) and refusal in answer.content.decode()


def test_too_many_photographs_are_refused(take, grown, browse, patient, monkeypatch):
    monkeypatch.setattr('lopm.web.forms.MOST', 1)
    numbers = [take(on, drawn).pk for on, drawn in zip(DAYS, grown)]
    answer = browse('carl').post(f'/patients/{patient.pk}/follow/', {'name': 'left', 'photographs': numbers})
    assert 'At most 1 photographs' in answer.content.decode()


def test_a_place_is_changed_and_given_up_and_its_files_go(take, follow, grown, browse, site, patient):
    from lopm.web.models import Photograph, Spot
    first, last = take(DAYS[0], grown[0]), take(DAYS[3], grown[3])
    spot, other = follow(first, last), follow(first, last)
    folder = site.reports / str(patient.pk)
    folder.mkdir()
    for each in (spot, other):
        (folder / f'{each.pk}.key.json').write_text('{}')
    browse('carl').post(f'/followed/{spot.pk}/change/', {'name': '<b>x</b>', 'photographs': [first.pk, last.pk]})
    assert '&lt;b&gt;x&lt;/b&gt;' in browse('carl').get(f'/followed/{spot.pk}/').content.decode()
    assert browse('carl').post(f'/followed/{spot.pk}/end/').url == f'/patients/{patient.pk}/follow/'
    assert list(Spot.objects.all()) == [other] and Photograph.objects.filter(visit__patient=patient).count() == 2
    assert [path.name for path in folder.iterdir()] == [f'{other.pk}.key.json']


@pytest.mark.slow
def test_the_page_is_printed_in_the_language_of_who_asks(take, follow, grown, no_ruler, browse, people):
    from lopm.web import jobs
    from lopm.web.reading import Reader
    from lopm.web.worker import settle
    spot = follow(take(DAYS[0], grown[0]), take(DAYS[3], grown[3]))
    address = f'/followed/{spot.pk}/report.'
    assert browse('carl').get(f'{address}html').status_code == 202
    compared(spot)
    page = browse('carl').get(f'{address}html')
    html = page.getvalue().decode()
    assert 'P-FOLLOWED · left' in html and 'clearly more' in html and html.count('<figure>') == 2
    assert "default-src 'none'" in page['Content-Security-Policy']
    people['carl'].language = 'fr'
    people['carl'].save()
    assert 'nettement plus' in browse('carl').get(f'{address}html').getvalue().decode()
    assert browse('carl').get(f'{address}pdf').status_code == 202
    assert browse('carl').get(f'{address}pdf?ready=1').json() == {'ready': False, 'problem': ''}
    assert jobs.claim('here', jobs.PLACES) is None  # one thread alone writes PDFs
    settle(Reader(None, None), jobs.claim('here', jobs.SLOW))
    pdf = browse('carl').get(f'{address}pdf')
    assert pdf['Content-Type'] == 'application/pdf' and pdf.getvalue().startswith(b'%PDF')
    assert browse('carl').get(f'{address}docx').status_code == 404


def test_a_place_is_compared_once_and_a_failure_is_told_for_a_while(take, follow, grown, browse):
    from datetime import timedelta

    from lopm.web import jobs
    from lopm.web.models import Job
    spot = follow(take(DAYS[0], grown[0]), take(DAYS[3], grown[3]))
    for _ in range(2):
        assert browse('rita').get(f'/followed/{spot.pk}/state/').json() == {'ready': False, 'problem': ''}
    (job,) = Job.objects.all()
    assert (job.kind, job.patient, job.urgent) == (jobs.FOLLOW, spot.patient, True)
    jobs.failed(job, 'a photograph is damaged')
    assert browse('rita').get(f'/followed/{spot.pk}/state/').json()['problem'] == 'a photograph is damaged'
    assert 'a photograph is damaged' in browse('rita').get(f'/followed/{spot.pk}/').content.decode()
    assert Job.objects.count() == 1
    job.refresh_from_db()
    Job.objects.update(ended=job.ended - timedelta(hours=1))
    assert browse('rita').get(f'/followed/{spot.pk}/state/').json()['problem'] == '' and Job.objects.count() == 2


def test_one_visit_is_nothing_to_compare(take, follow, grown, browse):
    from lopm.web.models import Job
    spot = follow(take(DAYS[0], grown[0]), take(DAYS[1], grown[1], flags={'dark': .01}))
    assert 'There is nothing to compare yet' in browse('carl').get(f'/followed/{spot.pk}/').content.decode()
    assert not browse('carl').get(f'/followed/{spot.pk}/state/').json()['ready'] and not Job.objects.exists()
    assert browse('carl').get(f'/followed/{spot.pk}/report.html').status_code == 404


@pytest.mark.slow
def test_the_log_says_that_the_cases_were_seen(take, follow, grown, no_ruler, browse):
    from lopm.web.models import Entry
    photographs = take(DAYS[0], grown[0]), take(DAYS[3], grown[3])
    spot = follow(*photographs)
    browse('rita').get(f'/followed/{spot.pk}/')
    assert not Entry.objects.filter(what='case seen').exists()
    compared(spot)
    browse('rita').get(f'/followed/{spot.pk}/')
    assert {each.about for each in Entry.objects.filter(what='case seen', account='rita')} == {
        str(each.pk) for each in photographs}
    assert not Entry.objects.filter(about__icontains='left').exists()


def test_lesions_that_were_measured_as_one_are_said_once():
    from lopm.followup.course import Point, Track
    from lopm.web.speech_follow import together
    merged, gone = Point(date(2025, 1, 1), 'merged', {}, 12.), Point(date(2025, 1, 1), 'gone')
    tracks = [Track(i, [point], None, {}) for i, point in enumerate((merged, gone, merged, gone))]
    assert [[each.number for each in group] for group in together(tracks)] == [[0, 2], [1], [3]]
