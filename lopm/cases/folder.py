"""A folder of cases, a json each: there means done, so that whoever starts again goes on where it was."""
from pathlib import Path

from lopm.case import read_case
from lopm.files import write_json


class CaseFolder:
    """``<folder>/<name>.json`` of each case; names may hold folders."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def path_of(self, name):
        return self.folder / f'{name}.json'

    def write(self, case):
        path = self.path_of(case.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, case.to_json(), indent=1)

    def read(self, name):
        """The ``Case`` of a name. Raises FileNotFoundError, or ValueError where it was damaged since."""
        return read_case(self.path_of(name))

    def is_done(self, name, photograph, record):
        """Whether a case is there of this very record, and newer than the photograph's file."""
        path = self.path_of(name)
        return path.is_file() and photograph.is_file() and path.stat().st_mtime >= photograph.stat().st_mtime \
            and self.read(name).record == record
