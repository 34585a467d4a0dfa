"""Corrections are looked at before they become a job: words that the model knows, outlines that are outlines."""
import pytest


def post(client, case, what, content):
    return client.post(f'/cases/{case.pk}/{what}/', content, 'application/json', headers={'X-Lopm': '1'})


@pytest.mark.parametrize('asked', [
    {}, [], {'words': {}}, {'words': {'color': 'red'}, 'lesion': 0}, {'words': {'color': ['blue']}, 'lesion': 0},
    {'words': {'color': ['red', 'red']}, 'lesion': 0}, {'words': {'sharpness': ['sharp']}, 'lesion': 0},
    {'words': {'nothing': 'sharp'}, 'lesion': 0}, {'words': {'sharpness': 'blurred'}, 'lesion': 2},
    {'words': {'sharpness': 'blurred'}, 'lesion': -1}, {'words': {'sharpness': 'blurred'}, 'lesion': '0'},
    {'words': {'sharpness': {'any_of': ['sharp']}}, 'lesion': 0}])
def test_words_that_do_not_fit_are_refused(browse, case, asked):
    from lopm.web.models import Job
    answer = post(browse('carl'), case, 'words', asked)
    assert answer.status_code == 400 and answer.json()['problem'] and not Job.objects.exists()


@pytest.mark.parametrize('asked', [
    {}, {'lesions': None}, {'lesions': [{}]}, {'lesions': [{'polygons': []}]},
    {'lesions': [{'polygons': [[0, 0, 1, 1]]}]},
    {'lesions': [{'polygons': [[0, 0, 9, 0, 9, 9, 1]]}]}, {'lesions': [{'polygons': [[0, 0, 9, 0, 9, 'x']]}]},
    {'lesions': [{'polygons': [[0, 0, 9, 0, 9, 1e99]]}]}, {'lesions': [{'polygons': [[0, 0, 9, 0, 9, True]]}]},
    {'lesions': [{'polygons': [[0, 0, 9, 0, 9, 9]], 'origin': 'x'}]},
    {'lesions': [{'polygons': [[0, 0, 9, 0, 9, 9]]}] * 101},
    {'lesions': [{'polygons': [[1, 2] * 20_001]}]}])
def test_outlines_that_are_none_are_refused(browse, case, asked):
    from lopm.web.models import Job
    answer = post(browse('carl'), case, 'outlines', {'seen': 1, **asked})
    assert answer.status_code == 400 and answer.json()['problem'] and not Job.objects.exists()


@pytest.mark.parametrize('body', [b'', b'no json', b'[' * 5000, b'{"lesions": NaN}', '{"a": "é"}'.encode('latin-1')])
def test_no_json_is_refused(browse, case, body):
    for what in ('words', 'outlines', 'scale'):
        answer = browse('carl').post(f'/cases/{case.pk}/{what}/', body, 'application/json')
        assert answer.status_code == 400


def test_a_correction_becomes_a_job_that_its_page_can_ask_about(browse, case):
    asked = {'seen': 1, 'lesion': 1, 'words': {'color': ['red', 'white']}}
    job = post(browse('carl'), case, 'words', asked).json()['job']
    found = browse('carl').get(f'/cases/{case.pk}/state/?job={job}').json()
    assert found == {'reading': 1, 'state': 'read', 'problem': '', 'job': {'state': 'waiting', 'problem': ''}}


def test_what_cannot_be_judged_is_a_word(browse, case):
    asked = {'seen': 1, 'lesion': 0, 'words': {'color': 'not_assessable', 'sharpness': 'not_assessable'}}
    assert post(browse('carl'), case, 'words', asked).status_code == 202
    from lopm.tasks import NOT_ASSESSABLE
    from lopm.web.views import cases
    assert cases.NOT_ASSESSABLE == NOT_ASSESSABLE


def test_a_reader_looks_and_changes_nothing(browse, case):
    page = browse('rita').get(f'/cases/{case.pk}/').content.decode()
    assert 'Suggests word 1' in page and 'data-correct' not in page and 'data-readonly="1"' in page
    assert post(browse('rita'), case, 'words', {'seen': 1, 'lesion': 0, 'words': {'color': ['red']}}).status_code == 403


def test_the_page_escapes_what_was_typed(browse, case):
    case.patient.code = '<script>alert(1)</script>'
    case.patient.save()
    page = browse('carl').get(f'/cases/{case.pk}/').content.decode()
    assert '<script>alert' not in page and '&lt;script&gt;alert' in page


def test_words_come_before_their_numbers(browse, case):
    page = browse('carl').get(f'/cases/{case.pk}/said/').content.decode()
    assert 'white <span class="quiet">93 %</span>' in page
