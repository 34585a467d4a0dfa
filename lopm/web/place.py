"""Where a clinic's page keeps what it has: one folder, beside it a database, and what the processes tell each other.

    FOLDER/secret.key       signs sessions; made at the first start, readable by its owner alone
    FOLDER/lopm.sqlite3     accounts, patients, cases, the log; not there with --database-url
    FOLDER/photographs/     re-encoded pixels and nothing else, named by chance
    FOLDER/incoming/        a photograph as it came, until a worker has re-encoded it: seconds
    FOLDER/reports/         what was printed, by case and reading; made anew where it is missing
    FOLDER/exports/         a department's base as a zip, until the next one or until one of its patients is deleted
    FOLDER/model.json       what the model speaks of, written by the worker that has it
"""
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from lopm.files import whole_file

FOLDER, DATABASE, HOSTS, HTTPS = 'LOPM_WEB_FOLDER', 'LOPM_DATABASE_URL', 'LOPM_WEB_HOSTS', 'LOPM_WEB_HTTPS'
OWNER = 0o700


@dataclass(frozen=True)
class Place:
    """The folder of a page, and how it is reached.

    Attributes:
        folder: Made by ``prepare``. database: Address of a PostgreSQL server, or '': SQLite in the folder.
        hosts: Names that browsers may call it by. https: Whether a proxy in front speaks HTTPS.
    """

    folder: Path
    database: str = ''
    hosts: tuple[str, ...] = ('localhost', '127.0.0.1', '[::1]')
    https: bool = False

    @classmethod
    def from_environment(cls):
        """The place that the process which started this one has named.

        Raises:
            KeyError: None: the page is started by ``lopm web``.
        """
        hosts = os.environ.get(HOSTS, '')
        return cls(Path(os.environ[FOLDER]), os.environ.get(DATABASE, ''),
                   tuple(hosts.split()) or cls.hosts, os.environ.get(HTTPS) == '1')

    def environment(self):
        """``{name: text}`` by which a process that is started knows it."""
        return {FOLDER: str(self.folder), DATABASE: self.database, HOSTS: ' '.join(self.hosts),
                HTTPS: str(int(self.https))}

    @property
    def photographs(self):
        return self.folder / 'photographs'

    @property
    def incoming(self):
        return self.folder / 'incoming'

    @property
    def reports(self):
        return self.folder / 'reports'

    @property
    def exports(self):
        return self.folder / 'exports'

    @property
    def locale(self):
        return self.folder / 'locale'

    @property
    def model(self):
        return self.folder / 'model.json'

    @property
    def sqlite(self):
        return self.folder / 'lopm.sqlite3'

    def prepare(self):
        """Make the folders, for their owner alone, and the secret."""
        for folder in (self.folder, self.photographs, self.incoming, self.reports, self.exports, self.locale):
            folder.mkdir(parents=True, exist_ok=True, mode=OWNER)
        self.folder.chmod(OWNER)
        if not self.secret_file.is_file():
            with whole_file(self.secret_file, 0o600) as partial:
                partial.write_text(secrets.token_urlsafe(64), encoding='ascii')
        return self

    @property
    def secret_file(self):
        return self.folder / 'secret.key'

    @property
    def secret(self):
        return self.secret_file.read_text(encoding='ascii').strip()

    def photograph(self, number, kind='full'):
        """The file of a photograph: ``full`` or ``thumb``."""
        name = f'{number}.jpg' if kind == 'full' else f'{number}.{kind}.jpg'
        return self.photographs / str(number)[:2] / name

    def export(self, made):
        """The file of a department's base (``models.Made``)."""
        return self.exports / str(made.department_id) / f'{made.pk}.zip'
