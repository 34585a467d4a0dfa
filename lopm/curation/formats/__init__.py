"""Annotation formats, one module each; what a module gives is a ``Format``, and a ``Writer`` if it can write as well.

A format is added by its file here and a command in ``lopm/commands/convert/``. Nothing here knows of tasks or classes.
"""
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from lopm.curation.report import Report
    from lopm.curation.source import Export, Photograph


@runtime_checkable
class Format(Protocol):
    """What is read.

    Attributes:
        SUFFIX: How its files end, one or several; None where the source is a folder, which itself is what is read.
    """

    SUFFIX: str | tuple[str, ...] | None

    def read(self, path: Path, export: 'Export', **options) -> None:
        """Add the photographs of a file to ``export``.

        Args:
            options: The flags that its command has besides those of all (``command.parse_args``), by name.
        """


@runtime_checkable
class Writer(Protocol):
    """What is written.

    Attributes:
        PLACED: Whether the photographs themselves are put into the folder; else a link there leads to them.
    """

    PLACED: bool

    def write(self, photographs: list['Photograph'], folder: Path, *origin: Path, **options) -> 'Report | None':
        """Write photographs as files of the format.

        Args:
            origin: Where the photographs are; given only if they are placed, and ``options`` as well.

        Returns:
            If they are placed, what the format cannot hold.
        """


def find_format(name: str) -> Format:
    """The module of a format."""
    form = importlib.import_module(f'lopm.curation.formats.{name}')
    if not isinstance(form, Format):
        raise TypeError(f'{form.__file__}: a format has SUFFIX and read(path, export)')
    return form
