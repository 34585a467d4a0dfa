"""What hypothesis makes up, sent to every address by everybody: no answer is a fault, nobody changes what he may not
change, and what was accepted leaves a case that can be shown and reported.

Fifteen tries each, always the same; more, and others each time: ``LOPM_FUZZ=1000 pytest tests/web/test_fuzz.py``.
"""
import copy
import json
import math
import os
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.department import work
from tests.web.test_addresses import PAGES, everything, kept_apart
from tests.web.test_reading import square

tries = settings(
    max_examples=int(os.environ.get('LOPM_FUZZ', 15)), derandomize='LOPM_FUZZ' not in os.environ, deadline=None,
    database=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow,
                                          HealthCheck.data_too_large])

NUMBERS = st.sampled_from([-1, 0, 1, 2, 63, 2**31, 2**63, 10**400, -0.0, 0.5, 1e-300, 1e300, math.nan, math.inf, True])
ANYTHING = st.recursive(st.none() | NUMBERS | st.text(max_size=8), lambda inner: st.lists(inner, max_size=4)
                        | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=8)
TYPED = st.text(max_size=40) | st.sampled_from([
    '\0', '2026-02-30', '0000-00-00', '9' * 5000, 'é' * 300, '-1', 'nan', '1e999', '<script>', "' OR 1=1 --", '../x',
    '２０２６-03-14', '\u202ecod', '\ud83d\ude00'.encode('utf-16', 'surrogatepass').decode('utf-16')])
FIELDS = ('code', 'on', 'age', 'sex', 'tobacco', 'site', 'seen', 'role', 'username', 'password', 'language', 'name',
          'photographs', 'id', 'turn', 'every', 'is_active', 'department', 'old_password', 'new_password1', 'undo')
QUESTIONS = 'q', 'page', 'version', 'job', 'ready', 'next', 'account', 'what'
RIGHT = {
    'words': {'lesion': 0, 'words': {'sharpness': 'blurred', 'color': ['white', 'red']}},
    'outlines': {'lesions': [{'polygons': square(20, 20) + square(90, 20), 'origin': 0},
                             {'polygons': square(60, 60), 'origin': None}]},
    'scale': {'points': [[10, 10], [110, 10]], 'millimetres': 20},
    'second': {'lesions': [{'polygons': square(20, 20), 'words': {'sharpness': 'blurred', 'color': ['white']}}]}}
NAMES = None, 'rita', 'carl', 'anna', 'otto', 'olga'
EVERYBODY = st.sampled_from(NAMES)


@pytest.fixture
def clients(browse):
    """``{name: client}`` of everybody, signed in before anything is looked at."""
    return {name: browse(name) for name in NAMES}


def places(tree):
    """``[(holder, key)]`` of all that a tree of dicts and lists holds."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [place for key, value in list(pairs) for place in ((tree, key), *places(value))]


@st.composite
def nearly(draw, right):
    """A tree like ``right``, with something else in up to three places."""
    found = copy.deepcopy(right)
    for _ in range(draw(st.integers(0, 3))):
        holder, key = draw(st.sampled_from(places(found)))
        holder[key] = draw(ANYTHING)
    return found


def correct(client, case, kind, content):
    body = json.dumps({'seen': case.reading.number, **content})
    return client.post(f'/cases/{case.pk}/{kind}/', body, 'application/json', headers={'X-Lopm': '1'})


@pytest.mark.parametrize('kind', RIGHT)
def test_no_correction_breaks_a_page_or_is_taken_from_who_may_not(case, clients, kind):
    @tries
    @given(nearly(RIGHT[kind]) | st.dictionaries(st.sampled_from(['seen', *RIGHT[kind]]), ANYTHING), EVERYBODY)
    def ask(content, who):
        before = everything()
        answer = kept_apart(correct(clients[who], case, kind, content))
        assert answer.status_code < 500
        if who in (None, 'otto', 'olga') or who == 'rita' and kind != 'second':
            assert answer.status_code in (401, 403, 404)
        assert answer.status_code in (201, 202) or everything() == before
        case.jobs.all().delete()
        case.second_readings.all().delete()
    ask()


@pytest.mark.parametrize('kind', ['words', 'outlines', 'scale'])
def test_what_is_taken_is_read_or_refused_in_words(photograph, browse, reader, kind):
    client, taken = browse('carl'), []

    @tries
    @given(nearly(RIGHT[kind]))
    def ask(content):
        before = photograph.reading
        answer = correct(client, photograph, kind, content)
        if answer.status_code != 202:
            return
        job = work(reader)
        taken.append(job.state)
        assert job.state == 'done' and photograph.reading.number == before.number + 1 or (
            job.state == 'failed' and job.problem and photograph.reading == before)
        assert client.get(f'/cases/{photograph.pk}/').status_code == 200
        client.get(f'/cases/{photograph.pk}/report.html')
        assert photograph.reading == before or work(reader).state == 'done'
    ask()
    assert 'done' in taken


@pytest.mark.parametrize('name, method', [(name, method) for name, (methods, *_) in PAGES.items()
                                          for method in methods.split()])
def test_no_form_and_no_question_breaks_a_page(address, clients, name, method):
    path, names = address(name), QUESTIONS if method == 'GET' else FIELDS

    @tries
    @given(st.lists(st.tuples(st.sampled_from(names), TYPED), max_size=8), EVERYBODY)
    def ask(fields, who):
        typed = urlencode([(field, text.encode('utf-8', 'surrogatepass')) for field, text in fields])
        answer = clients[who].get(f'{path}?{typed}') if method == 'GET' else clients[who].post(
            path, typed, 'application/x-www-form-urlencoded')
        assert kept_apart(answer).status_code < 500
    ask()


@tries
@given(st.text(st.characters(exclude_characters='/'), min_size=1, max_size=30),
       st.text(st.characters(exclude_characters='/'), min_size=1, max_size=12))
def test_no_address_that_is_made_up_is_found(case, browse, number, ending):
    client = browse('anna')
    for path in (f'/cases/{number}/', f'/cases/{case.pk}/report.{ending}', f'/photographs/{number}/full.jpg',
                 f'/{number}', f'/patients/{case.patient.pk}/{ending}/'):
        answer = client.get(quote(path, safe='/%', errors='surrogatepass'))
        assert answer.status_code in (200, 202, 301, 302, 404)
        assert answer.status_code != 200 or path == f'/cases/{case.pk}/report.html'
