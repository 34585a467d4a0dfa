"""A client of Label Studio's REST API: the few calls that lopm needs, and errors in words.

The label-studio-sdk is not used: it brings opencv-python-headless, which overwrites the opencv-python of this package.
API: https://api.labelstud.io.
"""
import os
from pathlib import Path
from urllib.parse import urlsplit

from lopm.extra import need

TOKEN = 'LABEL_STUDIO_API_KEY'  # the environment variable that Label Studio's own SDK reads
TIMEOUT = 10, 300  # seconds to connect, and to wait for an answer: a large project takes minutes to export


def read_token(file=None):
    """The user's token from a file, else from the environment; never from the command line, which is kept."""
    try:
        token = (Path(file).read_text(encoding='utf-8') if file else os.environ.get(TOKEN, '')).strip()
    except UnicodeDecodeError:
        token = ''
    if not token or len(token.split()) > 1:
        raise ValueError(f'{file or TOKEN}: no token; copy yours from Label Studio (Account & Settings) into the '
                         f'environment variable {TOKEN}, or into a file that only you can read, named by --token-file')
    return token


def in_clear(url):
    """Whether what goes there can be read on its way: http, and not to this machine."""
    return urlsplit(url).scheme == 'http' and urlsplit(url).hostname not in ('127.0.0.1', '::1', 'localhost')


class Studio:
    """A Label Studio server, as one user sees it.

    Nothing goes to another address than the named one: redirects are refused, proxies and .netrc are not read.

    Args:
        url: Such as ``http://127.0.0.1:8080``.
        token: A personal access token, or a legacy one.

    Raises:
        ValueError: From every method: no answer, a refused token, nothing there, what the server objects to.
    """

    def __init__(self, url, token):
        requests = need('requests')
        if urlsplit(url).scheme not in ('http', 'https') or not urlsplit(url).hostname:
            raise ValueError(f'{url}: no address of a server; write it as https://annotate.example.org')
        self.url = url.rstrip('/')
        self._token = token
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = os.environ.get('REQUESTS_CA_BUNDLE') or True  # a hospital's own certificates
        self._authorize()

    def get(self, path, **query):
        return self._call('GET', path, params=query)

    def post(self, path, content=None, files=None, **query):
        return self._call('POST', path, json=content, files=files, params=query)

    def patch(self, path, content):
        return self._call('PATCH', path, json=content)

    def project(self, number):
        """The project of that number, as the server describes it."""
        try:
            return self.get(f'/api/projects/{number}/')
        except NotThere:
            known = ', '.join(f'{each["id"]} ({each["title"]})' for each in self.projects()) or 'none yet'
            raise ValueError(f'{self.url} has no project {number} that this token may see; it has {known}') from None

    def projects(self):
        return list(self._pages('/api/projects/', 'results'))

    def tasks(self, project):
        """Every task of a project: ``id, data`` and, separated by commas, ``predictions_model_versions``."""
        return self._pages('/api/tasks/', 'tasks', project=project, fields='all',
                           include='id,data,predictions_model_versions')

    def _pages(self, path, key, **query):
        page, seen = 1, 0
        while True:
            answer = self.get(path, page=page, page_size=500, **query)
            yield from answer[key]
            page, seen = page + 1, seen + len(answer[key])
            if seen >= answer.get('total', answer.get('count', 0)) or not answer[key]:
                return

    def _authorize(self):
        """A personal access token is a refresh token (a JWT): it is traded for one that lasts some minutes."""
        header = f'Token {self._token}'
        if self._token.count('.') == 2:
            self._session.headers.pop('Authorization', None)
            header = f'Bearer {self._send("POST", "/api/token/refresh/", json={"refresh": self._token})["access"]}'
        self._session.headers['Authorization'] = header

    def _call(self, *args, **kwargs):
        try:
            return self._send(*args, **kwargs)
        except Refused:
            if self._token.count('.') != 2:
                raise
            self._authorize()
            return self._send(*args, **kwargs)

    def _send(self, method, path, **kwargs):
        import requests
        try:
            answer = self._session.request(method, self.url + path, timeout=TIMEOUT, allow_redirects=False, **kwargs)
        except requests.exceptions.SSLError as error:
            raise ValueError(f'{self.url}: its certificate is not trusted ({error}); name the file of your '
                             "institution's certificates in REQUESTS_CA_BUNDLE") from None
        except requests.exceptions.RequestException as error:
            raise ValueError(f'{self.url} does not answer ({type(error).__name__}); check that Label Studio runs '
                             'there, and start the same command again: it goes on where it stopped') from None
        return self._read(answer, method, path)

    def _read(self, answer, method, path):
        if answer.is_redirect:
            raise ValueError(f'{self.url} points elsewhere, to {answer.headers["Location"]}; photographs go only to '
                             'the server that was named: give that address if it is the right one')
        if answer.status_code == 401:
            raise Refused(f'{self.url} does not accept the token; copy it again from Account & Settings (legacy tokens '
                          'may be switched off there: take a personal access token)')
        if answer.status_code == 404:
            raise NotThere(f'{self.url}{path}: not there; check the address and the number of the project')
        if not answer.ok:
            raise ValueError(f'{self.url}: {method} {path} was answered {answer.status_code}: {_detail(answer)}')
        try:
            return answer.json()
        except ValueError:
            raise ValueError(f'{self.url}{path} answers, but not as Label Studio does; check the address') from None


class Refused(ValueError):
    """The token is not, or no longer, accepted."""


class NotThere(ValueError):
    """Nothing at that path, or nothing that this user may see."""


def _detail(answer):
    """What the server objects to, in its words, shortened; an error page in html says nothing."""
    try:
        content = answer.json()
    except ValueError:
        return answer.reason
    return str(content.get('validation_errors') or content.get('detail') or content)[:500]
