"""Every address of the page, those to come among them: who may ask it, how, and what every answer carries."""
import re
import uuid
from urllib.parse import urlencode

import pytest

# what each takes, and the least that an account must be to ask for it, and to send to it
OPEN = {'login': 'GET POST', 'logout': 'POST', 'setup': 'GET POST'}
PAGES = {
    'patients': ('GET POST', 'reader', 'clinician'), 'own': ('GET POST', 'reader', 'reader'),
    'password': ('GET POST', 'reader', 'reader'), 'accounts': ('GET POST', 'administrator', 'administrator'),
    'account': ('GET POST', 'administrator', 'administrator'), 'log': ('GET', 'administrator', ''),
    'log_table': ('GET', 'administrator', ''), 'export': ('GET POST', 'clinician', 'clinician'),
    'export_file': ('GET', 'clinician', ''), 'agreement': ('GET POST', 'clinician', 'clinician'),
    'seconds': ('GET', 'reader', ''), 'patient': ('GET POST', 'reader', 'clinician'),
    'delete_patient': ('GET POST', 'clinician', 'clinician'), 'follow': ('GET POST', 'reader', 'clinician'),
    'followed': ('GET', 'reader', ''), 'followed_state': ('GET', 'reader', ''),
    'change_followed': ('GET POST', 'clinician', 'clinician'), 'end_followed': ('POST', '', 'clinician'),
    'followed_report': ('GET', 'reader', ''), 'followed_picture': ('GET', 'reader', ''),
    'visit': ('GET POST', 'reader', 'clinician'), 'upload': ('POST', '', 'clinician'),
    'visit_state': ('GET', 'reader', ''), 'visit_report': ('GET', 'reader', ''), 'full': ('GET', 'reader', ''),
    'thumb': ('GET', 'reader', ''), 'site': ('POST', '', 'clinician'), 'delete_photograph': ('POST', '', 'clinician'),
    'case': ('GET', 'reader', ''), 'said': ('GET', 'reader', ''), 'case_state': ('GET', 'reader', ''),
    'words': ('POST', '', 'clinician'), 'outlines': ('POST', '', 'clinician'),
    'second': ('GET POST', 'reader', 'reader'), 'confirm': ('POST', '', 'clinician'),
    'scale': ('POST', '', 'clinician'), 'case_report': ('GET', 'reader', '')}
MISSING = 'followed_picture', 'followed_report', 'export_file'  # which nobody has made yet: 404 for everybody
SENT = {'patients': {'code': 'NEW-1'}, 'patient': {'on': '2026-03-15'}, 'visit': {'age': '44'},
        'site': {'site': 'tongue'}, 'confirm': {'seen': '1'}, 'delete_patient': {'code': 'P07'},
        'account': {'role': 'reader'}, 'own': {'language': 'fr'}}


def names():
    from lopm.web.urls import urlpatterns
    return [pattern.name for pattern in urlpatterns]


def test_the_tables_have_every_address(site):
    assert sorted(names()) == sorted([*OPEN, *PAGES])


def ask(client, method, path, name):
    """The answer, with all that every answer has to carry."""
    body = urlencode(SENT.get(name, {})) if method == 'post' else ''
    return kept_apart(client.generic(method.upper(), path, body, 'application/x-www-form-urlencoded'))


def kept_apart(answer):
    """An answer that no cache keeps, no frame shows, no other page learns of, and that runs nothing of others."""
    policy = answer['Content-Security-Policy']
    assert answer['Cache-Control'] == 'no-store' or 'no-store' in answer['Cache-Control']
    assert answer['X-Frame-Options'] == 'DENY' and answer['X-Content-Type-Options'] == 'nosniff'
    assert answer['Referrer-Policy'] == 'same-origin' and answer['Cross-Origin-Opener-Policy'] == 'same-origin'
    assert 'unsafe' not in policy and "frame-ancestors 'none'" in policy and "object-src 'none'" in policy
    assert not re.search(r'https?:|\*', policy)
    assert 'camera=(self)' in answer['Permissions-Policy']
    return answer


def everything():
    """All rows but those that anybody may cause: lines of the log, sessions, what was typed at the sign-in."""
    from django.apps import apps
    left_out = 'Entry', 'Chain', 'Session', 'AccessAttempt', 'AccessFailureLog'
    return {model.__name__: sorted(map(str, model.objects.values_list())) for model in apps.get_models(
        include_auto_created=True) if model.__name__ not in left_out}


BOTH = [(name, method) for name, (methods, *_) in PAGES.items() for method in methods.lower().split()]


@pytest.mark.parametrize('name, method', BOTH)
def test_who_has_not_signed_in_gets_nowhere(address, browse, name, method):
    before, path = everything(), address(name)
    answer = ask(browse(None), method, path, name)
    assert answer.status_code == 302 and answer['Location'].startswith('/login/?next=/')
    assert ask(browse(None, headers={'X-Lopm': '1'}), method, path, name).status_code == 401
    assert everything() == before


@pytest.mark.parametrize('name, method', BOTH)
def test_who_may_less_is_refused_and_changes_nothing(address, browse, name, method):
    roles = ['reader', 'clinician', 'administrator']
    least = PAGES[name][1 if method == 'get' else 2]
    for who in ('rita', 'carl', 'anna')[:roles.index(least)]:
        client, path = browse(who), address(name)
        before = everything()
        assert ask(client, method, path, name).status_code == 403
        assert everything() == before


@pytest.mark.parametrize('name', [name for name, (methods, least, _) in PAGES.items() if 'GET' in methods])
def test_who_may_gets_it(address, browse, name):
    who = {'reader': 'rita', 'clinician': 'carl', 'administrator': 'anna'}[PAGES[name][1]]
    answer = ask(browse(who), 'get', address(name), name)
    assert answer.status_code == (404 if name in MISSING else 202 if name.endswith('_report') else 200)


@pytest.mark.parametrize('who', ['otto', 'olga'])
@pytest.mark.parametrize('name, method', [(name, method) for name, method in BOTH])
def test_another_department_has_nothing_here(address, browse, name, method, who):
    """Neither its clinician nor its administrator: what is of one department is not there for another."""
    path = address(name)
    if not re.search('[0-9a-f]{8}-', path):
        return
    client, before = browse(who), everything()
    assert ask(client, method, path, name).status_code == 404
    assert everything() == before


@pytest.mark.parametrize('name, method', BOTH)
def test_what_is_not_there_is_not_found(address, browse, name, method):
    path = address(name, number=uuid.uuid4() if re.search('[0-9a-f]{8}-', address(name)) else 10 ** 30)
    if path != address(name):
        assert ask(browse('anna'), method, path, name).status_code == 404


@pytest.mark.parametrize('name', [*PAGES, *OPEN])
def test_other_methods_are_refused(address, browse, name):
    taken = {**OPEN, **{name: methods for name, (methods, *_) in PAGES.items()}}[name].split()
    client, path = browse(None if name in OPEN else 'anna'), address(name)
    before = everything()
    for method in {'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'} - {*taken}:
        assert ask(client, method, path, name).status_code == 405, method
    assert everything() == before


@pytest.mark.parametrize('name', [name for name, (methods, *_) in {**PAGES, **{
    name: (methods,) for name, methods in OPEN.items()}}.items() if 'POST' in methods and name != 'setup'])
def test_a_form_of_another_page_is_not_accepted(address, browse, name):
    client, path = browse('anna', enforce_csrf_checks=True), address(name)
    before = everything()
    assert ask(client, 'post', path, name).status_code == 403
    client.cookies['csrftoken'] = 'a' * 32  # planted by another page of the same host, which knows none of ours
    for token, origin in (('b', 'http://testserver'), ('a', 'http://testserver:8080'), ('a', 'null')):
        answer = kept_apart(client.post(path, {**SENT.get(name, {}), 'csrfmiddlewaretoken': token * 32},
                                        headers={'Origin': origin}))
        assert answer.status_code == 403
    assert everything() == before


@pytest.mark.parametrize('name', [*PAGES])
def test_who_must_change_the_password_gets_no_other_page(address, browse, people, name):
    people['anna'].must_change = True
    people['anna'].save()
    method = PAGES[name][0].split()[0].lower()
    answer = ask(browse('anna'), method, address(name), name)
    expected = (200, None) if name == 'password' else (302, '/account/password/')
    assert (answer.status_code, answer.get('Location')) == expected


@pytest.mark.parametrize('path', [
    '/photographs/../../../etc/passwd', '/photographs/%2e%2e/%2e%2e/secret.key', '/static/../settings.py',
    '/static/%2e%2e/%2e%2e/settings.py', '/static/web/..%2f..%2fsettings.py', '/static//etc/passwd', '/secret.key',
    '/lopm.sqlite3', '/photographs/', '/incoming/', '/static/web/', '/static/', '/media/', '/.git/config', '/admin/',
    '/cases/{case}/report.html/../../x', '/cases/{case}/report.../../../secret.key', '/cases/{case}/report.%2e%2e%2f',
    '/cases/{case}/report.pdf%00.html', '/visits/{visit}/report.html%2f..%2f..%2fsecret.key',
    '/photographs/{case}/full.jpg/', '/photographs/{case}/../full.jpg', '/photographs/{case}%00/full.jpg',
    '/photographs/{case}/thumb.png', '/photographs/{CASE}/full.jpg', '//evil.example/', '/%5cevil'])
def test_no_path_leads_elsewhere(case, browse, path):
    path = path.format(case=case.pk, visit=case.visit.pk, CASE=str(case.pk).upper())
    assert browse('anna').get(f'http://localhost{path}').status_code == 404


@pytest.mark.parametrize('ending', ['htm', 'HTML', 'fhir', 'json', '.', 'pdf.html', '../x.pdf', 'pdf/../html', 'é',
                                    '%00'])
def test_reports_have_known_endings(case, browse, ending):
    for path in (f'/cases/{case.pk}/report.{ending}', f'/visits/{case.visit.pk}/report.{ending}'):
        assert browse('anna').get(path).status_code == 404


def test_a_report_runs_nothing_and_has_its_own_styles_alone(case, browse, site):
    from lopm.web.models import Job
    browse('carl').get(f'/cases/{case.pk}/report.html')
    path = site.reports / Job.objects.get().given['file']
    path.parent.mkdir()
    path.write_text('<script>alert(1)</script>')
    answer = browse('carl').get(f'/cases/{case.pk}/report.html')
    assert answer['Content-Security-Policy'] == "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
    assert answer['X-Content-Type-Options'] == 'nosniff' and answer['X-Frame-Options'] == 'DENY'
    assert answer['Cache-Control'] == 'no-store'


@pytest.mark.parametrize('path', ['/', '/login/', '/static/web/page.css', '/nowhere/'])
@pytest.mark.parametrize('host', ['evil.example', 'localhost.evil.example', '127.0.0.1@evil.example', 'evil.example:80',
                                  'localhost\\evil.example', '', 'é'])
def test_another_name_of_the_host_is_refused(browse, host, path):
    answer = browse('anna').get(path, headers={'host': host})
    assert answer.status_code == (200 if path.startswith('/static/') else 400)
    assert b'evil' not in b''.join(answer.streaming_content if answer.streaming else [answer.content])


def test_a_forwarded_host_is_not_believed(browse):
    answer = browse(None).get('/', headers={'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https'})
    assert answer['Location'] == '/login/?next=/'


@pytest.mark.parametrize('after', ['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)',
                                   '/%0d%0aSet-Cookie:a=b', 'http:evil', '\x00/', ' //evil.example',
                                   '/\t/evil.example'])
def test_signing_in_leads_nowhere_else(browse, people, after):
    from tests.web.conftest import PASSWORD
    given = urlencode({'username': 'carl', 'password': PASSWORD, 'next': after})
    answer = browse(None).post('/login/', given, 'application/x-www-form-urlencoded')
    assert answer.status_code == 302 and answer['Location'] in ('/', '/%0d%0aSet-Cookie:a=b')
    assert 'a' not in answer.cookies


ASKED = ('?q=%00', '?q=%ff%fe', '?page=-1', '?page=x', '?page=99999999999999999999', '?q=' + 'x' * 5000, '?version=%00',
         '?version=-1', '?job=x', '?job=-1', '?job=1e3', '?job=' + '9' * 40, '?job=%D9%A3', '?ready=1', '?ready=%00',
         '?x=' + '%F0%9F%98%80')


@pytest.mark.parametrize('name', [name for name, (methods, *_) in PAGES.items() if 'GET' in methods])
def test_no_question_breaks_a_page(address, browse, name):
    client, path = browse('anna'), address(name)
    for asked in ASKED:
        assert client.get(path + asked).status_code < 500, asked


BODIES = [(b'', 'application/json'), (b'\xff\x00', 'application/json'), (b'[]', 'application/json'),
          (b'{"seen": 1, "lesions": {}, "words": [], "lesion": {}, "points": 1}', 'application/json'),
          (b'{"seen": {}, "lesions": [], "words": {"color": null}, "lesion": true}', 'application/json'),
          (b'{"a":' * 900 + b'1' + b'}' * 900, 'application/json'), (b'9' * 5000, 'application/json'),
          (b'x', 'multipart/form-data; boundary=b'), (b'--b\r\n\r\n--b--', 'multipart/form-data; boundary=b'),
          (b'--b\r\nContent-Disposition: form-data; name="code"\r\n\r\n\x00\xff\r\n--b--\r\n',
           'multipart/form-data; boundary=b'), (b'x', 'multipart/form-data'),
          (b'code=%00&on=%00&site=%00&id=%00&seen=%00&role=%00&username=%00&photographs=%00&name=%00',
           'application/x-www-form-urlencoded'),
          (b'photographs=x&photographs=1&name=' + b'n' * 100 + b'&on=9999-99-99&age=nan&every=2',
           'application/x-www-form-urlencoded'), (b'a=1&' * 3000, 'application/x-www-form-urlencoded'),
          (b'a=1', 'application/x-www-form-urlencoded; charset=nonsense'), (b'<a/>', 'text/xml')]


@pytest.mark.parametrize('name', [name for name, (methods, *_) in PAGES.items() if 'POST' in methods])
def test_no_body_breaks_a_page(address, browse, name):
    client, path = browse('anna'), address(name)
    for body, kind in BODIES:
        for headers in ({}, {'X-Lopm': '1'}):
            answer = client.generic('POST', path, body, kind, headers=headers)
            assert answer.status_code < 500, (body[:80], kind)
