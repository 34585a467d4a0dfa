"""A second reader gets a photograph and no word about it, is heard once, and the log knows who was blind."""
import pytest

from tests.web.department import disc, read_second

ANSWERS = {'color': ['red'], 'sharpness': 'sharp'}  # to the two questions of the model of conftest
SECRET = 'Suggests word', '90, 10, 130', 'white 93', '2 lesions found'  # what the case says


@pytest.fixture
def case(case):
    """A case with words, one of which a person has corrected."""
    from lopm.web.models import Reading
    reading = case.reading
    for lesion in reading.case['lesions']:
        lesion |= {'words': {'color': {'white': .93}, 'sharpness': {'blurred': .8}}}
    Reading.objects.filter(pk=reading.pk).delete()
    reading.save(force_insert=True)
    lesions = [{**each, 'corrected': {'sharpness': 'middle'}} for each in reading.case['lesions']]
    Reading.objects.create(photograph=case, number=2, what='words', live=b'', said=reading.said, rater='firstreader',
                           case={**reading.case, 'lesions': lesions})
    return case


def page(client, case):
    return client.get(f'/cases/{case.pk}/second/').content.decode()


def outline():
    return disc(60, 60, 20)


def test_before_it_is_said_nothing_is_told_of_what_others_say(case, browse):
    client = browse('rita')
    for text in (page(client, case), client.get('/second/').content.decode()):
        assert not [word for word in (*SECRET, 'firstreader', 'P07') if word in text]
    assert 'id="tasks"' in page(client, case)


def test_what_is_said_is_kept_once_and_then_others_are_shown(case, browse):
    client = browse('rita')
    assert read_second(client, case, (outline(), ANSWERS)).status_code == 201
    (kept,) = case.second_readings.all()
    assert (kept.by.username, kept.blind, kept.lesions) == ('rita', True, [{'polygons': outline(), 'words': ANSWERS}])
    text = page(client, case)
    assert all(word in text for word in ('The model', 'firstreader', '90, 10, 130', 'blurred', 'middle', 'sharp'))
    again = read_second(client, case)
    assert again.status_code == 409 and 'already' in again.json()['problem'] and case.second_readings.count() == 1


def test_two_readers_see_each_other_after_both_have_read(case, browse):
    read_second(browse('rita'), case, (outline(), ANSWERS))
    assert 'rita' not in page(browse('carl'), case)
    read_second(browse('carl'), case)
    assert 'rita' in page(browse('carl'), case) and 'carl' in page(browse('rita'), case)


def test_that_there_is_no_lesion_is_a_reading(case, browse):
    assert read_second(browse('rita'), case).status_code == 201
    assert case.second_readings.get().lesions == [] and 'No lesion.' in page(browse('rita'), case)


@pytest.mark.parametrize('words', [
    {}, None, {'color': ['red']}, {**ANSWERS, 'sharpness': 'razor'}, {**ANSWERS, 'color': 'red'},
    {**ANSWERS, 'more': 1}, {**ANSWERS, 'color': ['red', 'red']}, {**ANSWERS, 'color': None}])
def test_words_that_are_missing_or_unknown_are_refused(case, browse, words):
    answer = read_second(browse('rita'), case, (outline(), words))
    assert answer.status_code == 400 and answer.json()['problem'] and not case.second_readings.exists()


@pytest.mark.parametrize('drawn', [
    [], [[0, 0, 9, 9]], [[-5, 0, 20, 0, 20, 20]], [[0, 0, 193, 0, 20, 20]], [[0, 0, 20, 0, 20, 129]],
    [[5, 5, 5, 5, 5, 5]], [[0, 0, 20, 0, 20, 'x']], 'x'])
def test_outlines_that_are_none_or_lie_elsewhere_are_refused(case, browse, drawn):
    assert read_second(browse('rita'), case, (drawn, ANSWERS)).status_code == 400
    assert not case.second_readings.exists()


def test_cannot_be_judged_and_none_of_them_are_answers(case, browse):
    from lopm.tasks import NOT_ASSESSABLE
    from lopm.web import words
    assert words.NOT_ASSESSABLE == NOT_ASSESSABLE
    said = {'color': [], 'sharpness': NOT_ASSESSABLE}
    assert read_second(browse('rita'), case, (outline(), said)).status_code == 201
    text = page(browse('rita'), case)
    assert 'none of them' in text and 'cannot be judged' in text


def test_what_depends_on_another_answer_is_asked_where_that_holds(case, browse, site):
    import json

    from lopm.files import write_json
    content = json.loads(site.model.read_text())
    content['tasks'].append({'name': 'homogeneity', 'words': ['low', 'high'], 'several': False,
                             'valid_if': {'color': 'white'}})
    write_json(site.model, content)
    white, low = {**ANSWERS, 'color': ['white']}, {'homogeneity': 'low'}
    for words, status in ((white, 400), (ANSWERS | low, 400), (white | low, 201)):
        assert read_second(browse('rita'), case, (outline(), words)).status_code == status


def test_a_case_of_another_department_is_not_there(case, browse):
    assert browse('otto').get(f'/cases/{case.pk}/second/').status_code == 404
    assert read_second(browse('otto'), case).status_code == 404 and not case.second_readings.exists()
    assert str(case.pk) not in browse('otto').get('/second/').content.decode()
    assert browse(None).get(f'/cases/{case.pk}/second/').status_code == 302


@pytest.mark.parametrize('address', ['/cases/{0.pk}/', '/cases/{0.pk}/said/', '/visits/{0.visit.pk}/'])
def test_who_has_seen_the_case_is_told_so_and_not_blind(case, browse, address):
    client = browse('rita')
    assert 'not blind' not in page(client, case)
    assert SECRET[0] in client.get(address.format(case)).content.decode()
    assert 'marked as not blind' in page(client, case) and 'case seen' in client.get('/second/').content.decode()
    assert read_second(client, case).json() == {'blind': False}
    assert read_second(browse('carl'), case).json() == {'blind': True}


@pytest.mark.parametrize('address', ['/', '/patients/{0.patient.pk}/', '/photographs/{0.pk}/full.jpg', '/second/',
                                     '/cases/{0.pk}/second/', '/cases/{0.pk}/state/', '/visits/{0.visit.pk}/state/'])
def test_who_has_seen_the_photograph_alone_is_blind(case, browse, address):
    answer = browse('rita').get(address.format(case))
    text = b''.join(answer.streaming_content).decode('latin-1') if answer.streaming else answer.content.decode()
    assert not [word for word in SECRET if word in text]
    assert read_second(browse('rita'), case).json() == {'blind': True}


def test_a_report_and_what_others_say_count_as_seen(case, browse, site):
    from lopm.web.blind import seen_by
    from lopm.web.models import Account, Job
    client, rita = browse('rita'), Account.objects.get(username='rita')
    client.get(f'/visits/{case.visit.pk}/report.html')
    assert not seen_by(rita, [case])  # it is not written yet
    path = site.reports / Job.objects.get().given['file']
    path.parent.mkdir()
    path.write_text('what the case says')
    client.get(f'/visits/{case.visit.pk}/report.html?ready=1')
    assert not seen_by(rita, [case])
    client.get(f'/visits/{case.visit.pk}/report.html')
    assert seen_by(rita, [case]) == {case.pk}
    carl = browse('carl')
    read_second(carl, case)
    page(carl, case)
    assert seen_by(Account.objects.get(username='carl'), [case]) == {case.pk}


def test_a_visit_that_was_looked_at_before_the_photograph_came_tells_nothing(case, browse):
    from lopm.web.models import Photograph
    client = browse('rita')
    client.get(f'/visits/{case.visit.pk}/')
    later = Photograph.objects.create(visit=case.visit, state='read', digest='e', width=192, height=128)
    assert read_second(client, later).json() == {'blind': True}


def test_the_list_is_by_chance_stays_and_has_what_was_seen_last(people, browse, case):
    from lopm.web.blind import left_for
    from lopm.web.models import Photograph
    for i in range(7):
        Photograph.objects.create(visit=case.visit, state='read', digest=f'd{i}', width=192, height=128)
    Photograph.objects.create(visit=case.visit, digest='waits')
    browse('rita').get(f'/cases/{case.pk}/')
    (left, seen, done), (other, *_) = left_for(people['rita']), left_for(people['carl'])
    assert left == left_for(people['rita'])[0] and len(left) == 8 and (seen, done) == ({case.pk}, 0)
    assert left[-1] == case and [each for each in other if each != case] != left[:-1]
    read_second(browse('rita'), left[0])
    text = browse('rita').get('/second/').content.decode()
    assert 'You have read 1 of 8' in text and str(left[0].pk) not in text and f'/cases/{left[1].pk}/second/' in text


def test_a_list_without_photographs_and_one_that_is_done_say_so(people, browse):
    assert 'nothing to read a second time' in browse('rita').get('/second/').content.decode()


def test_all_read_is_said(case, browse):
    read_second(browse('rita'), case)
    assert 'You have read all' in browse('rita').get('/second/').content.decode()


def test_reading_blind_is_in_the_log(case, browse):
    from lopm.web.models import Entry
    page(browse('rita'), case)
    read_second(browse('rita'), case)
    lines = Entry.objects.filter(account='rita', what__startswith='second')
    assert list(lines.values_list('what', 'about', 'detail')) == [
        ('second reading begun', str(case.pk), ''), ('second reading said', str(case.pk), 'blind')]


def test_a_version_is_confirmed_by_who_has_seen_it(case, browse):
    client = browse('carl')
    for name, seen, count in (('rita', 2, 2), ('carl', 1, 2), ('carl', 2, 3)):
        browse(name).post(f'/cases/{case.pk}/confirm/', {'seen': seen})
        assert case.readings.count() == count
    assert (case.reading.what, case.reading.by.username) == ('confirm', 'carl')
    assert case.reading.case == case.readings.get(number=2).case
    text = client.get(f'/cases/{case.pk}/').content.decode()
    assert 'Confirmed by carl' in text and f'/cases/{case.pk}/confirm/' not in text
    assert f'/cases/{case.pk}/confirm/' not in browse('rita').get(f'/cases/{case.pk}/').content.decode()


