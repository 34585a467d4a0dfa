"""The catalogs of the pages, ``locale/<language>.po``, compiled where Django reads them.

Clinical words are those of the reports (``lopm.report.language``).
"""
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from lopm.files import whole_file

FOLDER = Path(__file__).with_name('locale')


def compile_catalogs(target):
    """Write ``<target>/<language>/LC_MESSAGES/django.mo`` of each catalog."""
    for source in FOLDER.glob('*.po'):
        folder = Path(target, source.stem, 'LC_MESSAGES')
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(folder / 'django.mo') as partial, open(partial, 'wb') as file:
            write_mo(file, read_po(source.read_bytes().splitlines(keepends=True)))
