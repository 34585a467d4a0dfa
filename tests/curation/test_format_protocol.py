"""A format is one file and a command; what its reader does wrong is not blamed on the export."""
import importlib
import inspect
import json
import sys

import pytest

from lopm import curation
from lopm.arguments import run_tool
from lopm.cli import FORMATS
from lopm.commands import convert
from lopm.curation import formats
from lopm.curation.formats import Format, Writer, find_format
from tests.curation.drawn_exports import NAMES, draw_photographs

CONVERTED = sorted({*FORMATS} - {'isic2017'})
TOY = '''"""Lines: a photograph and what it shows."""
from lopm.curation.source import Photograph

SUFFIX = '.toy'


def read(path, export, task='diagnosis'):
    for line in path.read_text().splitlines():
        with export.at(f'{path}: {line}'):
            name, word = line.rsplit(' ', 1)
            export.photographs.append(Photograph(name, words={'': {task: [word]}}, place=f'{path}: {name}'))
'''
COMMAND = '''"""Convert lines of the toy tool into lopm's json."""
from functools import partial

from lopm.curation import command

parse_args = partial(command.parse_args, __doc__, 'toy', own={'--task': dict(default='diagnosis')})
main = command.run
'''


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """``toy(*words)`` runs the converter of a format that is one file in its place, and a command."""
    for package, text in ((formats, TOY), (convert, COMMAND)):
        folder = tmp_path / package.__name__
        folder.mkdir()
        (folder / 'toy.py').write_text(text)
        monkeypatch.setattr(package, '__path__', [*package.__path__, str(folder)])
    draw_photographs(tmp_path)
    (tmp_path / 'a.toy').write_text(f'{NAMES[0]} lichen_planus\n{NAMES[1]} erythroplakia\n')

    def run(*words):
        command = importlib.import_module('lopm.commands.convert.toy')
        run_tool(command.main, command.parse_args([str(tmp_path / 'a.toy'), str(tmp_path / 'out'), *words]))
    yield run
    for package in (formats, convert):
        sys.modules.pop(f'{package.__name__}.toy', None)
        vars(package).pop('toy', None)


@pytest.mark.parametrize('name', CONVERTED)
def test_every_format_gives_what_the_protocol_says(name):
    form = find_format(name.replace('-', '_'))
    command = importlib.import_module(f'lopm.commands.convert.{name.replace("-", "_")}')
    own = command.parse_args(['a', 'b']).own
    assert isinstance(form, Format) and isinstance(form, Writer)
    assert [*inspect.signature(form.read).parameters] == ['path', 'export', *own]
    placed = ['origin', *own] if form.PLACED else []
    assert [*inspect.signature(form.write).parameters] == ['photographs', 'folder', *placed]


def test_a_format_is_one_file_and_a_command(toy, tmp_path):
    toy('--task', 'diagnosis')
    images = json.loads((tmp_path / 'out/all.json').read_text())['images']
    assert [image['attributes'] for image in images] == [{'diagnosis': 'lichen_planus'}, {'diagnosis': 'erythroplakia'}]
    with pytest.raises(SystemExit, match='lopm reads toy and does not write it'):
        toy('--write')


def test_a_module_that_is_no_format_is_named():
    with pytest.raises(TypeError, match='kinds.py: a format has SUFFIX'):
        find_format('kinds')


@pytest.mark.parametrize('fault, kind', [
    ('path.nothing', AttributeError), ('nothing', NameError), ('import nothing_there', ImportError),
    ('assert not line', AssertionError)])
@pytest.mark.parametrize('before', ['        with export', '            name, word'])
def test_a_readers_own_fault_is_no_bad_export(toy, tmp_path, fault, kind, before):
    indent = before[:len(before) - len(before.lstrip())]
    file = tmp_path / formats.__name__ / 'toy.py'
    file.write_text(TOY.replace(before, f'{indent}{fault}\n{before}', 1))
    with pytest.raises(SystemExit, match=r'a fault of lopm while reading .*a\.toy.*lopm --debug') as end:
        toy()
    said = end.value.__context__
    assert isinstance(said, curation.source.ReaderFault) and isinstance(said.__cause__, kind)
    assert 'export again' not in str(said) and not (tmp_path / 'out').exists()


def test_a_bad_line_is_named_and_what_the_reader_met_is_chained(toy, tmp_path):
    (tmp_path / 'a.toy').write_text('p1.png\n')
    with pytest.raises(SystemExit, match=r'a\.toy: p1\.png: malformed \(not enough values') as end:
        toy()
    assert 'not enough values' in str(end.value.__context__.__cause__)
