"""What the command lines of the tools share. Imports nothing heavy, so that --help and a wrong path answer at once."""
import argparse
import contextlib
import difflib
import os
import sys
from pathlib import Path

from lopm.shipped import shipped


class Stopped(RuntimeError):
    """A run that ends itself for a reason that the user can mend; says it in a sentence."""


def existing_file(text):
    """An argparse type: the path of a file that is there, or that lopm ships; else the error names the nearest one."""
    path = shipped(text)
    if path.is_file():
        return path
    if path.is_dir():
        inside = sorted(other.name for other in path.iterdir() if other.is_file())[:5]
        raise argparse.ArgumentTypeError(f'{text}: a folder, where a file is wanted'
                                         + (f'; name one that lies in it: {", ".join(inside)}' if inside else ''))
    raise _missing(text, path, 'file', f'*{path.suffix}')


def existing_folder(text):
    """An argparse type: the path of a folder that is there; else the error names the nearest one."""
    path = Path(text)
    if path.is_dir():
        return path
    if path.is_file():
        raise argparse.ArgumentTypeError(f'{text}: a file, where a folder is wanted; name {path.parent}, if it is that')
    raise _missing(text, path, 'folder', '*')


def _missing(text, path, kind, pattern):
    """The error of a path that is not there, with the nearest name beside it of its kind."""
    is_kind = Path.is_dir if kind == 'folder' else Path.is_file
    neighbors = [str(other) for other in path.parent.glob(pattern) if is_kind(other)] if path.parent.is_dir() else []
    near = difflib.get_close_matches(str(path), neighbors, n=1)
    return argparse.ArgumentTypeError(f'{text}: no such {kind}' + (f'; did you mean {near[0]}?' if near else ''))


def add_data_argument(parser, undivided=False):
    """``--data``: a data set of one's own in place of the config's.

    Args:
        undivided: An all.json will do, since the tool divides it.
    """
    divided = 'all.json, or the parts of it' if undivided else 'train.json, val.json, test.json'
    parser.add_argument('--data', type=existing_folder, metavar='DIR',
                        help=f"folder with your own data in place of the config's: {divided}, as "
                             'lopm split writes them')


def add_options_argument(parser, more=''):
    """``--cfg-options``."""
    parser.add_argument('--cfg-options', nargs='+', default=[], metavar='KEY=VALUE',
                        help='change values of the config, such as train_cfg.max_epochs=5 size=224' + more)


def add_run_arguments(parser):
    """``CONFIG``, ``--data``, ``--work-dir``, ``--launcher`` and ``--cfg-options``."""
    parser.add_argument('config', type=existing_file, metavar='CONFIG',
                        help='a Python config file, such as configs/multitask.py')
    add_data_argument(parser)
    parser.add_argument('--work-dir', metavar='DIR',
                        help='where logs and checkpoints go (default: work_dirs/<name of the config>)')
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm'], default='none',
                        help='how the processes of a distributed run were started; tools/dist_train.sh and '
                             'tools/slurm_train.sh set it')
    add_options_argument(parser)


def add_study_arguments(parser, suffix='study'):
    """``CONFIG``, ``--data``, ``--work-dir``, ``--folds``, ``--division``, ``--seed``, ``--workers``, ``--cfg-options``
    """
    parser.add_argument('config', type=existing_file, metavar='CONFIG', help='such as configs/multitask.py')
    add_data_argument(parser, undivided=True)
    parser.add_argument('--work-dir', type=Path, metavar='DIR',
                        help=f'default: work_dirs/<name of the config>_{suffix}')
    parser.add_argument('--folds', type=int, default=5, metavar='K', help='3 or more; default: 5')
    parser.add_argument('--division', type=Path, metavar='DIR', help='work directory of another run, to use its folds')
    parser.add_argument('--seed', type=int, default=0, help='of the division; default: 0')
    parser.add_argument('--workers', type=int, default=1, help='folds that train at once; default: 1')
    add_options_argument(parser, '; {fold} in a text becomes fold0, fold1, ...')


def run_tool(main, args):
    """Run a tool's ``main``; end with the status that it returns, if any, or as ``endings`` says."""
    with endings():
        status = main(args)
    if status:
        sys.exit(status)


@contextlib.contextmanager
def endings():
    """How every tool ends that does not end well.

    Bad input, a file that cannot be read or written, and a stop end it with a sentence and status 1 (130 for a stop).
    A reader that has gone away (``| head``) ends it without a word.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more
        sys.exit(1)
    except KeyboardInterrupt:
        print('stopped; start the same command again: what was finished is kept', file=sys.stderr)
        sys.exit(130)
    except (ValueError, OSError, Stopped) as error:
        sys.exit(sentence(error))
    except KeyError as error:
        if not error.args or ' ' not in str(error.args[0]):  # the key of a dict, which is a fault of ours
            raise
        sys.exit(str(error.args[0]))


def sentence(error):
    """What an error says: an ``OSError`` of the system ``/data/x: Permission denied``, without its number."""
    said = error.strerror if isinstance(error, OSError) else None
    if said and error.filename:
        return f'{error.filename}: {said}'
    return (f'{said}, said the system' if said == os.strerror(error.errno or 0) else said) if said else f'{error}'
