"""Every command that README, docs, configs and the commands' own help show is one that can be given.

It is parsed by the tool itself, not run: that is what tests/journeys does. Configs and tools have to be there; files
and folders that a user would have are made as empty ones.
"""
import argparse
import re
import runpy
import shlex
import sys
import textwrap
from pathlib import Path

import pytest

from lopm.cli import main

REPO = Path(__file__).parents[1]
SOURCES = [REPO / 'README.md', *sorted(REPO.glob('docs/**/*.md')), *sorted(REPO.glob('configs/**/*.py')),
           *sorted(REPO.glob('tools/*.py')), *sorted(REPO.glob('benchmarks/**/*.py')),
           *sorted(REPO.glob('lopm/commands/**/*.py'))]
COMMAND = re.compile(r'^(?:(?:>>>|[\s#`(])*(?:[A-Z_]+=\S+ )*(?=python )|(?:# ?)? {4,}(?:[A-Z_]+=\S+ )*(?=lopm ))'
                     r'(python (?:tools|benchmarks)/\S+\.py\b[^`]*|lopm [a-z][^`]*)')
FENCE = re.compile(r'^```\w*\n(.*?)^```$', re.MULTILINE | re.DOTALL)
FILES = {'.json', '.jsonl', '.pth', '.safetensors', '.parquet', '.yaml', '.csv', '.xml', '.zip', '.onnx', '.arrow',
         '.jpg'}


def commands(path):
    """The commands of a file, those in fences, too, continued lines joined; what a shell would fill in first is left
    out."""
    text = FENCE.sub(lambda fence: textwrap.indent(fence[1], '    '), path.read_text(encoding='utf-8'))
    text = re.sub(r'\\+\n[\s#]*', ' ', text)
    lines = [found[1] for found in map(COMMAND.match, text.split('\n')) if found]
    return [line for line in lines if '$' not in line]


def words(command):
    """Its words, without the remark that stands behind it: after a ``#``, or after a wide gap."""
    return shlex.split(re.split(r'\s{3,}(?=[a-z]+ )|\)?,? then ', command)[0], comments=True)


FOUND = sorted({(str(path.relative_to(REPO)), command) for path in SOURCES for command in commands(path)})


class Parsed(BaseException):
    """The command line was understood."""


@pytest.fixture
def user_folder(tmp_path, monkeypatch):
    for name in ('configs', 'tools', 'benchmarks'):
        (tmp_path / name).symlink_to(REPO / name)
    monkeypatch.chdir(tmp_path)
    parse = argparse.ArgumentParser.parse_args

    def parse_alone(parser, args=None, namespace=None):
        parse(parser, args, namespace)
        raise Parsed
    monkeypatch.setattr(argparse.ArgumentParser, 'parse_args', parse_alone)
    return tmp_path


def make(word):
    """An empty file or a folder where a user's would be."""
    path = Path(word)
    if word.startswith('-') or '=' in word or path.is_absolute() or path.exists() or path.suffix == '.py':
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in FILES:
        path.touch()
    elif not path.suffix and not word.replace('.', '').isdecimal():
        path.mkdir()


def test_the_commands_are_found():
    assert len([command for source, command in FOUND if source.endswith('.md')]) > 50


def test_commands_in_blocks_and_in_fences_are_found(tmp_path):
    page = tmp_path / 'page.md'
    page.write_text('Say `lopm check DIR`.\n\n    lopm check one  # looks\n\n```sh\nlopm split \\\n  two OUT\n```\n'
                    '```python\nlopm = 3\n```\n\n    (cd data && lopm check)\n    python tools/train.py three\n')
    assert commands(page) == ['lopm check one  # looks', 'lopm split  two OUT', 'python tools/train.py three']


@pytest.mark.parametrize('source, command', FOUND)
def test_a_documented_command_is_understood(source, command, user_folder, monkeypatch, capsys):
    tool, *arguments = words(command)
    if tool == 'python':
        tool, *arguments = arguments
    for word in arguments:
        make(word)
    monkeypatch.setattr(sys, 'argv', [tool, *arguments])
    try:
        if tool == 'lopm':
            main(arguments)
            return
        monkeypatch.syspath_prepend(str(REPO / Path(tool).parent))  # as python does with the folder of a script
        runpy.run_path(tool, run_name='__main__')
    except Parsed:
        return
    except SystemExit as error:
        pytest.fail(f'{source}: {command}\n{error}\n{capsys.readouterr().err}')
    pytest.fail(f'{source}: {tool} parses no command line')
