"""The command ``lopm``: one way in, one way to end, and a map of the house."""
import ast
import difflib
import importlib
import sys
from pathlib import Path

from lopm import __version__
from lopm.arguments import run_tool

HERE = Path(__file__).parent / 'commands'
FIRST = 'label-studio', 'cvat', 'coco', 'labelme', 'via', 'yolo', 'folders', 'masks'  # of the formats, in this order
FORMATS = [*FIRST, *sorted({path.stem.replace('_', '-') for path in HERE.glob('convert/[!_]*.py')} - {*FIRST})]
GROUPS = {
    'A base of photographs': ('ingest', *(f'convert {form}' for form in FORMATS), 'check', 'split', 'browse', 'measure',
                              'features', 'export', 'index', 'studio', 'synthetic'),
    'A model': ('config', 'train', 'test', 'weights', 'refit', 'flag', 'pack', 'operate'),
    'What it says': ('predict', 'report', 'follow', 'card', 'screen', 'dicom', 'intervene'),
    "A clinic's page": ('web', 'web-backup', 'web-restore', 'web-export', 'web-import'),
    'Studies': ('crossval', 'study', 'twins', 'compare', 'learning-curve', 'bottleneck', 'true-features')}
COMMANDS = [command for group in GROUPS.values() for command in group]


def main(arguments=None):
    """Run the command that the first word names, or the first two."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    debug = arguments[:1] == ['--debug']
    arguments = arguments[debug:]
    if not arguments or arguments[0] in ('-h', '--help', 'help'):
        print(overview())
        return
    if arguments[0] == '--version':
        print(f'lopm {__version__}')
        return
    command, rest = split(arguments)
    module = importlib.import_module(f'lopm.commands.{module_of(command)}')
    sys.argv[0] = f'lopm {command}'  # what argparse calls the program
    args = module.parse_args(rest)
    if debug:
        sys.exit(module.main(args))
    run_tool(module.main, args)


def split(arguments):
    """``(command, the other words)``; ends with the nearest command where there is none of that name."""
    for count in (2, 1):
        command = ' '.join(arguments[:count]).replace('_', '-')
        if command in COMMANDS:
            return command, arguments[count:]
    said = ' '.join(arguments[:1 + (arguments[0] == 'convert')])
    if arguments[0] == 'convert' and arguments[1:2] in ([], ['-h'], ['--help']):
        print(overview({'Formats': [each for each in COMMANDS if each.startswith('convert ')]}))
        sys.exit(0)
    near = difflib.get_close_matches(said, COMMANDS, n=1, cutoff=0)[0]
    sys.exit(f'lopm {said}: no such command; did you mean lopm {near}? All of them: lopm --help')


def overview(groups=GROUPS):
    """All commands with what they do, in the order of a user's way."""
    lines = ['lopm: clinical features and a diagnosis aid for oral potentially malignant lesions on photographs.', '',
             'usage: lopm COMMAND ...',
             '       lopm COMMAND --help          tells all of one',
             '       lopm --debug COMMAND ...     ends with a traceback where it would end with a sentence']
    for group, commands in groups.items():
        lines += ['', group]
        lines += [f'  {command:24}{first_line(command)}' for command in commands]
    return '\n'.join(lines)


def first_line(command):
    """The first line of a command's help, read without running anything."""
    text = (HERE / (module_of(command).replace('.', '/') + '.py')).read_text(encoding='utf-8')
    return ast.get_docstring(ast.parse(text)).partition('\n')[0]


def module_of(command):
    return command.replace(' ', '.').replace('-', '_')
