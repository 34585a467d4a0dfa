"""A person at a browser, as far as a server sees one: cookies, forms with their tokens, photographs."""
import http.cookiejar
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

PASSWORD = 'blue-teapot-9-walks'


class Person:
    """Args: ``address``: of the page, without a slash at its end. ``context``: of TLS."""

    def __init__(self, address, context=None):
        self.address = address
        self.jar = http.cookiejar.CookieJar()
        handlers = [urllib.request.HTTPSHandler(context=context)] if context else []
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), *handlers)

    def open(self, path, data=None, headers=(), timeout=60):
        """An answer of the server; raises ``HTTPError`` of one that is an error."""
        request = urllib.request.Request(urllib.parse.urljoin(self.address, path), data, dict(headers))
        if data is not None:
            request.add_header('Referer', self.address)
            request.add_header('X-CSRFToken', self.token)
        return self.opener.open(request, timeout=timeout)

    def ask(self, path, data=None, headers=(), timeout=60):
        """``(status, body)``; status 0 where nobody answers."""
        try:
            with self.open(path, data, headers, timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError:
            return 0, b''

    @property
    def token(self):
        return next((each.value for each in self.jar if each.name == 'csrftoken'), '')

    def post(self, path, **fields):
        """Send a form; ``(status, body, address of the page that follows)``."""
        with self.open(path, urllib.parse.urlencode(fields).encode()) as answer:
            return answer.status, answer.read().decode(), answer.url

    def begin(self, setup, name, department):
        """Make the first account."""
        self.ask(setup)
        self.post(setup, department=department, username=name, password1=PASSWORD, password2=PASSWORD, language='en')

    def sign_in(self, name):
        self.ask('/login/')
        return self.post('/login/', username=name, password=PASSWORD)

    def patient(self, code):
        """A new patient; its path."""
        return urllib.parse.urlparse(self.post('/', code=code)[2]).path

    def visit(self, code, on):
        """A visit of a new patient; its path."""
        return urllib.parse.urlparse(self.post(self.patient(code), on=on)[2]).path

    def send_once(self, visit, data, number, timeout=60):
        """Send a photograph; ``(status, what the server says)``."""
        edge = uuid.uuid4().hex
        body = (f'--{edge}\r\nContent-Disposition: form-data; name="id"\r\n\r\n{number}\r\n--{edge}\r\n'
                'Content-Disposition: form-data; name="photograph"; filename="photograph"\r\n'
                'Content-Type: application/octet-stream\r\n\r\n').encode() + data + f'\r\n--{edge}--\r\n'.encode()
        status, said = self.ask(f'{visit}photographs/', body, {
            'Content-Type': f'multipart/form-data; boundary={edge}', 'X-Lopm': '1'}, timeout)
        try:
            return status, json.loads(said)
        except ValueError:
            return status, {}

    def send(self, visit, data, patience=60):
        """Send a photograph until the server has it, as the page does; its number."""
        number, until = str(uuid.uuid4()), time.monotonic() + patience
        while True:
            status, said = self.send_once(visit, data, number)
            if status in (200, 201):
                return said['id']
            if status not in (0, 500, 502, 503) or time.monotonic() > until:
                raise RuntimeError(f'{status}: {said}')
            time.sleep(.5)

    def waiting(self, visit):
        """Numbers of a visit's photographs that were not read yet; None where the server does not answer."""
        status, said = self.ask(f'{visit}state/', headers={'X-Lopm': '1', 'X-Lopm-Quiet': '1'})
        return json.loads(said)['waiting'] if status == 200 else None

    def wait(self, visit, patience=120):
        until = time.monotonic() + patience
        while self.waiting(visit) != []:
            assert time.monotonic() < until, 'photographs still wait'
            time.sleep(.2)

    def numbers(self, visit):
        """Numbers of the photographs on the page of a visit."""
        return re.findall(r'id="p([0-9a-f-]{36})"', self.open(visit).read().decode())
