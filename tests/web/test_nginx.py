"""The proxy and the service that docs/web_operation.md shows: nginx with its very lines, the page behind it."""
import re
import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from uuid import uuid4

import pytest

from tests.web.client import Person
from tests.web.conftest import ROOT, jpeg
from tests.web.served import Served, free_port

pytestmark = pytest.mark.slow
NEEDED = [name for name in ('nginx', 'openssl') if not shutil.which(name, path='/usr/sbin:/usr/bin:/sbin:/bin')]
NGINX = shutil.which('nginx', path='/usr/sbin:/usr/bin')
AROUND = '''
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {lines}
}}
'''


def shown(kind):
    """A block of the page on running."""
    text = (ROOT / 'docs/web_operation.md').read_text(encoding='utf-8')
    return re.search(rf'```{kind}\n(.*?)```', text, re.DOTALL)[1]


@pytest.fixture(scope='module')
def proxied(packed, tmp_path_factory):
    """A ``Served`` page behind nginx; ``https``, ``http``: the proxy's addresses; ``context``: which trusts it."""
    if NEEDED:
        pytest.skip(f'not installed: {", ".join(NEEDED)}')
    import os
    folder = tmp_path_factory.mktemp('nginx')
    key, certificate = folder / 'key.pem', folder / 'cert.pem'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate,
                    '-days', '1', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], check=True,
                   capture_output=True)
    with Served(folder / 'clinic', packed[1], '--https', '--host', 'lopm.hospital.example') as page:
        plain, secure = free_port(), free_port()
        lines = shown('nginx')
        for written, ours in (('listen 80;', f'listen 127.0.0.1:{plain};'),
                              ('listen 443 ', f'listen 127.0.0.1:{secure} '),
                              ('/etc/ssl/lopm.pem', certificate), ('/etc/ssl/private/lopm.key', key),
                              ('127.0.0.1:8000', f'127.0.0.1:{page.port}'),
                              ('server_name lopm.hospital.example', 'server_name lopm.hospital.example localhost')):
            assert written in lines
            lines = lines.replace(written, str(ours))
        conf = folder / 'nginx.conf'
        conf.write_text(AROUND.format(folder=folder, lines=lines, user='user root;' if os.getuid() == 0 else ''))
        subprocess.run([NGINX, '-t', '-c', conf, '-p', folder], check=True, capture_output=True)
        nginx = subprocess.Popen([NGINX, '-c', conf, '-p', folder], stderr=subprocess.DEVNULL)
        page.https, page.http = f'https://localhost:{secure}', f'http://localhost:{plain}'
        page.context = ssl.create_default_context(cafile=certificate)
        while Person(page.https, page.context).ask('/login/')[0] != 200:
            assert nginx.poll() is None
            time.sleep(.1)
        yield page
        nginx.terminate()
        nginx.wait()


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def heads(address, headers=(), context=None):
    """``(status, headers)`` of an answer, be it a redirect."""
    handlers = [Stay(), *([urllib.request.HTTPSHandler(context=context)] if context else [])]
    try:
        answer = urllib.request.build_opener(*handlers).open(urllib.request.Request(address, headers=dict(headers)))
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.headers


def test_http_is_sent_to_https(proxied):
    status, answer = heads(f'{proxied.http}/log/', {'Host': 'lopm.hospital.example'})
    assert (status, answer['Location']) == (301, 'https://lopm.hospital.example/log/')


def test_cookies_go_over_https_alone_and_browsers_are_told_to_stay(proxied):
    status, answer = heads(f'{proxied.https}/login/', context=proxied.context)
    assert status == 200 and 'Secure' in answer['Set-Cookie']
    assert 'max-age=31536000' in answer['Strict-Transport-Security']
    assert 'nginx/' not in answer['Server']


def test_what_a_browser_says_of_the_way_it_came_is_not_believed(proxied):
    status, answer = heads(f'{proxied.https}/', {'X-Forwarded-Proto': 'http', 'X-Forwarded-Host': 'evil.example'},
                           proxied.context)
    assert status == 302 and answer['Location'].startswith('/login/')  # and not a redirect to HTTPS for ever


def test_another_host_is_refused(proxied):
    assert heads(f'{proxied.https}/login/', {'Host': 'evil.example'}, proxied.context)[0] == 400


def test_a_photograph_goes_its_way_and_too_large_a_one_is_refused_in_words(proxied):
    anna = Person(proxied.https, proxied.context)
    anna.begin(proxied.setup.replace(proxied.address, proxied.https), 'anna', 'Oral Medicine')
    visit = anna.visit('P07', '2026-03-14')
    number = anna.send(visit, jpeg((40, 40, 20)))
    anna.wait(visit)
    assert anna.ask(f'/photographs/{number}/full.jpg')[0] == 200
    status, said = anna.send_once(visit, bytes(79 << 20), uuid4())
    assert status == 201, said  # as much as it takes
    status, said = anna.send_once(visit, bytes(80 << 20), uuid4())
    assert status == 413 and '80 MB' in said['problem']
    assert anna.send_once(visit, bytes(90 << 20), uuid4())[0] in (413, 0)  # by nginx, which may close before it is read
    anna.wait(visit)
    assert Person(proxied.https, proxied.context).send_once(visit, bytes(20 << 20), uuid4())[0] == 401


def test_signing_in_is_slowed_down(proxied):
    client = Person(proxied.https, proxied.context)
    assert 429 in [client.ask('/login/')[0] for _ in range(40)]
    assert client.ask('/static/web/page.css')[0] == 200


def test_the_service_is_one_that_systemd_takes(tmp_path):
    if not shutil.which('systemd-analyze'):
        pytest.skip('systemd-analyze is not installed')
    unit = tmp_path / 'lopm.service'
    unit.write_text(re.sub('ExecStart=[^ ]+', f'ExecStart={sys.executable}', shown('ini')))
    checked = subprocess.run(['systemd-analyze', 'verify', unit], capture_output=True, text=True)
    ours = [line for line in checked.stderr.splitlines() if 'lopm' in line]
    assert not ours, checked.stderr
