"""``manage.py check --deploy`` has nothing to say of a page behind HTTPS, and what is said of one without is known."""
from lopm.web.place import Place
from tests.web.apart import apart

HOST = 'lopm.hospital.example'
WITHOUT = {  # of --https; such a page is to be reached from its own machine alone
    'security.W004': 'browsers are not told to come by HTTPS only', 'security.W008': 'nor sent there',
    'security.W012': 'the session goes over any connection', 'security.W016': 'the token of forms as well'}


def test_with_https_there_is_no_warning(tmp_path):
    assert apart(Place(tmp_path / 'page', hosts=(*Place.hosts, HOST), https=True), 'warnings') == {}


def test_without_there_are_those_that_are_known(tmp_path):
    assert apart(Place(tmp_path / 'page'), 'warnings').keys() == WITHOUT.keys()


def test_over_https_cookies_go_by_it_alone_and_browsers_come_by_it_alone(tmp_path):
    found = apart(Place(tmp_path / 'page', hosts=(*Place.hosts, HOST), https=True), 'over_https')
    assert found['proxied']['status'] == 200 and found['proxied']['cookies'] == {'csrftoken': True}
    assert found['proxied']['headers']['Strict-Transport-Security'].startswith('max-age=31536000')
    assert found['plain']['status'] == 301 and found['plain']['headers']['Location'] == f'https://{HOST}/login/'
    assert found['plain']['cookies'] == {}


def test_the_folder_and_the_secret_are_the_owners_alone(tmp_path):
    place = Place(tmp_path / 'page')
    apart(place, 'warnings')
    for path in (place.folder, *place.folder.rglob('*')):
        assert path.stat().st_mode & 0o077 == 0, path
    assert len(place.secret) >= 50
    before = place.secret
    apart(place, 'warnings')
    assert place.secret == before and Place(tmp_path / 'another').prepare().secret != before
