"""Signing in and out: a session is a person's own, begins anew, and ends when it has to."""
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from tests.web.conftest import PASSWORD

WRONG = 'a-wrong-password-12'


def sign_in(client, name, password=PASSWORD):
    return client.post('/login/', urlencode({'username': name, 'password': password}),
                       'application/x-www-form-urlencoded')


def is_in(client):
    return client.get('/account/').status_code == 200


def test_signing_in_begins_a_new_session_under_a_new_key(browse):
    client = browse(None)
    session = client.session  # planted: whoever has planted it knows its key
    session['planted'] = True
    session.save()
    key = session.session_key
    assert sign_in(client, 'carl').status_code == 302
    assert client.cookies['sessionid'].value != key and is_in(client)
    thief = browse(None)
    thief.cookies['sessionid'] = key
    assert not is_in(thief)


def test_a_key_that_nobody_has_given_is_not_taken(browse):
    client = browse(None)
    client.cookies['sessionid'] = 'k' * 32
    assert sign_in(client, 'carl').status_code == 302
    assert client.cookies['sessionid'].value != 'k' * 32


def test_cookies_are_kept_from_scripts_and_other_sites(browse):
    client = browse(None)
    client.get('/login/')
    sign_in(client, 'carl')
    session, token = client.cookies['sessionid'], client.cookies['csrftoken']
    assert session['httponly'] and session['samesite'] == token['samesite'] == 'Strict'
    assert not session['max-age'] and not session['expires']  # gone with the browser


def test_five_wrong_passwords_close_an_account_for_a_quarter_of_an_hour(browse, people):
    from axes.models import AccessAttempt

    from lopm.web.models import Entry
    for _ in range(4):
        assert sign_in(browse(None), 'carl', WRONG).status_code == 200
    answer = sign_in(browse(None), 'carl', WRONG)
    assert answer.status_code == 429 and 'Five wrong passwords' in answer.content.decode()
    client = browse(None)
    assert sign_in(client, 'carl').status_code == 429 and not is_in(client)  # nor by the right one
    assert sign_in(client, 'rita').status_code == 302  # who sits beside is not closed out
    assert Entry.objects.filter(what='sign-in refused', detail='carl').count() >= 5
    for attempt in AccessAttempt.objects.filter(username='carl'):
        attempt.attempt_time -= timedelta(minutes=16)
        attempt.save()
    assert sign_in(browse(None), 'carl').status_code == 302


def test_wrong_passwords_are_counted_across_addresses_and_names_alike(browse):
    for i in range(5):
        client = browse(None, REMOTE_ADDR=f'10.0.0.{i}', headers={
            'X-Forwarded-For': f'10.1.0.{i}', 'User-Agent': f'{i}'})
        answer = sign_in(client, 'carl', WRONG)
    assert answer.status_code == 429


def test_a_password_that_was_typed_for_a_name_stands_nowhere(browse, site):
    from axes.models import AccessAttempt, AccessLog

    from lopm.web.models import Entry
    sign_in(browse(None), 'my-Secret-Password-1', WRONG)
    sign_in(browse(None), 'carl', 'my-Secret-Password-1')
    assert not [each for each in Entry.objects.all() if 'Secret' in str(vars(each))]
    assert not AccessLog.objects.exists()
    assert not [each for each in AccessAttempt.objects.all() if 'carl' in each.username and 'Secret' in str(vars(each))]


def test_who_has_no_account_is_told_no_more_than_who_has_one(browse):
    one, other = (sign_in(browse(None), name, WRONG).content.decode() for name in ('carl', 'nobody'))
    assert re.sub('value="[^"]*"', '', one) == re.sub('value="[^"]*"', '', other)


def test_signing_out_ends_the_session(browse):
    client = browse(None)
    sign_in(client, 'carl')
    key = client.cookies['sessionid'].value
    assert client.get('/logout/').status_code == 405 and is_in(client)  # a picture on another page does not do it
    assert client.post('/logout/').status_code == 302 and not is_in(client)
    thief = browse(None)
    thief.cookies['sessionid'] = key
    assert not is_in(thief)


def test_another_password_ends_all_other_sessions(browse):
    here, there = browse(None), browse(None)
    sign_in(here, 'carl')
    sign_in(there, 'carl')
    answer = here.post('/account/password/', urlencode({
        'old_password': PASSWORD, 'new_password1': 'green-kettle-7-runs', 'new_password2': 'green-kettle-7-runs'}),
        'application/x-www-form-urlencoded')
    assert answer.status_code == 302 and is_in(here) and not is_in(there)


@pytest.mark.parametrize('password', ['short-1', '123456789012', 'password1234'])
def test_weak_passwords_are_refused(browse, password):
    client = browse('carl')
    assert client.post('/account/password/', {'old_password': PASSWORD, 'new_password1': password,
                                              'new_password2': password}).status_code == 200
    assert sign_in(browse(None), 'carl').status_code == 302


def test_an_account_that_is_closed_is_out_at_once(browse, people):
    client = browse('carl')
    assert is_in(client)
    assert browse('anna').post(f'/accounts/{people["carl"].pk}/', {'role': 'clinician'}).status_code == 302
    assert not is_in(client) and sign_in(browse(None), 'carl').status_code == 200


def test_another_role_holds_at_once(browse, people):
    client = browse('carl')
    assert client.post('/', {'code': 'P08'}).status_code == 302
    browse('anna').post(f'/accounts/{people["carl"].pk}/', {'role': 'reader', 'is_active': 'on'})
    assert client.post('/', {'code': 'P09'}).status_code == 403


@pytest.mark.parametrize('quiet', [False, True])
def test_a_session_ends_half_an_hour_after_somebody_was_there(browse, monkeypatch, quiet):
    """What a page asks by itself keeps no session alive."""
    from django.conf import settings
    from django.contrib.sessions.models import Session
    from django.utils import timezone
    client = browse('carl')
    assert settings.SESSION_COOKIE_AGE == 1800 and is_in(client)
    now = timezone.now()
    for minutes in (20, 40):
        monkeypatch.setattr(timezone, 'now', lambda minutes=minutes: now + timedelta(minutes=minutes))
        answer = client.get('/account/', headers={'X-Lopm-Quiet': '1'} if quiet else {})
        assert answer.status_code == (302 if quiet and minutes == 40 else 200)
    assert Session.objects.exists()


def test_the_address_of_the_first_account_is_secret_and_gone_once_it_is_made(site, browse):
    from django.test import Client

    from lopm.web.models import Account, Department
    from lopm.web.views.accounts import token
    path, given = f'/setup/{token()}/', {'department': 'Oral Medicine', 'username': 'eve', 'password1': PASSWORD,
                                         'password2': PASSWORD, 'language': 'en'}
    assert browse(None).get(path).status_code == 404  # there are accounts
    Account.objects.all().delete()
    Department.objects.all().delete()
    for wrong in ('0' * 32, token()[:-1], token().upper() + 'x', 'é' * 32, '%00'):
        assert Client().get(f'/setup/{wrong}/').status_code == 404
    client = Client()
    assert client.get(path).status_code == 200 and client.post(path, urlencode(given),
                                                               'application/x-www-form-urlencoded').status_code == 302
    assert is_in(client) and Account.objects.get().role == 'administrator'
    assert Client().get(path).status_code == 404
    again = Client().post(path, urlencode(given), 'application/x-www-form-urlencoded')
    assert again.status_code == 404 and Account.objects.count() == 1


def test_nobody_makes_themselves_more_than_they_are(browse, people):
    client = browse('carl')
    client.post('/account/', {'language': 'fr', 'role': 'administrator', 'is_superuser': 'on', 'department': '2',
                              'is_staff': 'on', 'must_change': '', 'username': 'anna2'})
    people['carl'].refresh_from_db()
    assert (people['carl'].role, people['carl'].language, people['carl'].username) == ('clinician', 'fr', 'carl')
    assert people['carl'].department.name == 'Oral Medicine' and not people['carl'].is_superuser
    assert client.get('/accounts/').status_code == 403


def test_an_administrator_cannot_close_the_own_account(browse, people):
    assert browse('anna').post(f'/accounts/{people["anna"].pk}/', {'role': 'reader'}).status_code == 403
