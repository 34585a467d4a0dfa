"""What the client says of servers that are not what they should be."""
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytest.importorskip('requests', reason="requests is not installed: pip install -e '.[base]'")
from lopm.curation.studio.client import TOKEN, Studio, in_clear, read_token


class Handler(BaseHTTPRequestHandler):
    """Answers a path with what ``answers`` has for it: (status, headers, body)."""

    answers, heard = {}, []

    def do_GET(self):
        self.heard.append((self.path.split('?')[0], self.headers.get('Authorization')))
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        answer = self.answers[self.path.split('?')[0]]
        if answer is None:
            return self.connection.shutdown(socket.SHUT_RDWR)
        status, headers, body = answer(self) if callable(answer) else answer
        self.send_response(status)
        for name, value in {**headers, 'Content-Length': len(body)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    do_POST = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    """Start a server with such answers; returns its address and what it hears."""
    servers = []

    def start(answers):
        handler = type('Own', (Handler,), {'answers': answers, 'heard': []})
        servers.append(ThreadingHTTPServer(('127.0.0.1', 0), handler))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f'http://127.0.0.1:{servers[-1].server_port}', handler.heard

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_nobody_there():
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        url = f'http://127.0.0.1:{free.getsockname()[1]}'
    with pytest.raises(ValueError, match=f'{url} does not answer .*check that Label Studio runs'):
        Studio(url, 'abc').get('/api/projects/')


@pytest.mark.parametrize('url', ['localhost:8080', 'ftp://there', 'http://'])
def test_no_address(url):
    with pytest.raises(ValueError, match='no address of a server'):
        Studio(url, 'abc')


def test_what_can_be_read_on_its_way():
    assert in_clear('http://annotate.example.org') and not in_clear('https://annotate.example.org')
    assert not in_clear('http://localhost:8080') and not in_clear('http://[::1]:8080')


def test_a_redirect_gets_neither_token_nor_photograph(serve):
    elsewhere, heard = serve({'/': (200, {}, '{}')})
    url, _ = serve({'/api/import': (307, {'Location': f'{elsewhere}/'}, '')})
    with pytest.raises(ValueError, match=f'points elsewhere, to {elsewhere}/'):
        Studio(url, 'abc').post('/api/import', files={'file': b'photograph'})
    assert heard == []


def test_a_proxy_of_the_environment_is_not_used(serve, monkeypatch):
    proxy, heard = serve({})
    url, _ = serve({'/api/projects/': (200, {}, '{"results": [], "count": 0}')})
    monkeypatch.setenv('http_proxy', proxy)
    assert Studio(url, 'abc').projects() == [] and heard == []


@pytest.mark.parametrize('answer, words', [
    ((200, {}, '<html>a page</html>'), 'not as Label Studio does'),
    ((401, {}, '{}'), 'does not accept the token'),
    ((400, {}, '{"detail": "Validation error", "validation_errors": {"title": ["too short"]}}'), '400: .*too short'),
    ((502, {}, '<html>'), '502: Bad Gateway'),
    (None, 'does not answer .*start the same command again')])
def test_answers_that_are_errors(serve, answer, words):
    url, _ = serve({'/api/projects/': answer})
    with pytest.raises(ValueError, match=words) as error:
        Studio(url, 'secret-token').projects()
    assert 'secret-token' not in str(error.value)


def test_a_page_at_a_time(serve):
    def page(handler):
        number = int(handler.path.split('page=')[1].split('&')[0])
        return 200, {}, json.dumps({'total': 3, 'tasks': {1: [{'id': 1}, {'id': 2}], 2: [{'id': 3}]}[number]})

    url, heard = serve({'/api/tasks/': page})
    assert [task['id'] for task in Studio(url, 'abc').tasks(1)] == [1, 2, 3] and len(heard) == 2


def test_a_personal_access_token_is_traded_and_renewed(serve):
    state = {'valid': ''}

    def refresh(_):
        state['valid'] = f'short{len(state["valid"])}'
        return 200, {}, json.dumps({'access': state['valid']})

    def projects(handler):
        accepted = handler.headers['Authorization'] == f'Bearer {state["valid"]}'
        return (200, {}, '{"results": [], "count": 0}') if accepted else (401, {}, '{}')

    url, heard = serve({'/api/token/refresh/': refresh, '/api/projects/': projects})
    studio = Studio(url, 'a.b.c')
    assert studio.projects() == []
    state['valid'] = 'expired'
    assert studio.projects() == []
    assert [path for path, _ in heard].count('/api/token/refresh/') == 2
    assert all(sent is None for path, sent in heard if path == '/api/token/refresh/')


def test_the_token_is_read_from_a_file_or_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv(TOKEN, 'abc')
    (tmp_path / 'token').write_text('def\n')
    assert read_token() == 'abc' and read_token(tmp_path / 'token') == 'def'
    monkeypatch.delenv(TOKEN)
    with pytest.raises(ValueError, match=f'{TOKEN}: no token'):
        read_token()
    for content in (b'', b'two words', b'\xff\xfe'):
        (tmp_path / 'token').write_bytes(content)
        with pytest.raises(ValueError, match='token: no token; copy yours'):
            read_token(tmp_path / 'token')
