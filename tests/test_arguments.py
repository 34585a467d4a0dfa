"""How tools end: a sentence for what a person can mend, a traceback for what lopm has to."""
import argparse
import errno
import subprocess
import sys

import pytest

from lopm.arguments import Stopped, existing_file, existing_folder, run_tool


def raising(error):
    def main(args):
        raise error
    return main


@pytest.mark.parametrize('error, words', [
    (PermissionError(errno.EACCES, 'Permission denied', '/data/x'), '/data/x: Permission denied'),
    (OSError(errno.ENOSPC, 'No space left on device'), 'No space left on device, said the system'),
    (FileNotFoundError('weights.pth is not there; train first'), 'weights.pth is not there; train first'),
    (IsADirectoryError(errno.EISDIR, 'Is a directory', 'x.json'), 'x.json: Is a directory'),
    (ValueError('x.json: no data set'), 'x.json: no data set'), (Stopped('too many steps'), 'too many steps'),
    (OSError(errno.ENOSPC, 'could not write x'), 'could not write x'), (KeyError('no task color; see x'), 'no task')])
def test_bad_input_and_a_disk_that_refuses_end_in_a_sentence(error, words):
    with pytest.raises(SystemExit, match=words):
        run_tool(raising(error), None)


def test_a_stop_ends_with_a_sentence_and_the_status_of_an_interrupt(capsys):
    with pytest.raises(SystemExit, match='130'):
        run_tool(raising(KeyboardInterrupt()), None)
    assert 'stopped; start the same command again' in capsys.readouterr().err


def test_a_mistake_of_ours_keeps_its_traceback():
    for mistake in (TypeError('x'), KeyError('color')):
        with pytest.raises(type(mistake)):
            run_tool(raising(mistake), None)


def test_a_reader_that_goes_away_ends_a_tool_without_a_word():
    code = 'from lopm.arguments import Stopped, run_tool; run_tool(lambda _: print("x\\n" * 1000000), None)'
    done = subprocess.run(f"{sys.executable} -c '{code}' | head -1", shell=True, text=True, capture_output=True)
    assert done.stdout == 'x\n' and done.stderr == ''


def test_the_status_is_that_of_the_tool():
    assert run_tool(lambda args: None, None) is None and run_tool(lambda args: 0, None) is None
    with pytest.raises(SystemExit) as end:
        run_tool(lambda args: 1, None)
    assert end.value.code == 1


def test_a_path_of_the_other_kind_is_not_said_to_be_missing(tmp_path):
    (tmp_path / 'parts').mkdir()
    (tmp_path / 'parts/train.json').touch()
    with pytest.raises(argparse.ArgumentTypeError, match='parts: a folder, where a file is wanted; .* train.json'):
        existing_file(str(tmp_path / 'parts'))
    with pytest.raises(argparse.ArgumentTypeError, match='train.json: a file, where a folder is wanted; name .*parts,'):
        existing_folder(str(tmp_path / 'parts/train.json'))


def test_a_path_that_is_missing_names_the_nearest_of_its_kind(tmp_path):
    (tmp_path / 'parts').mkdir()
    (tmp_path / 'part').touch()
    with pytest.raises(argparse.ArgumentTypeError, match=r'no such folder; did you mean .*/parts\?$'):
        existing_folder(str(tmp_path / 'prts'))
    with pytest.raises(argparse.ArgumentTypeError, match=r'no such file; did you mean .*/part\?$'):
        existing_file(str(tmp_path / 'prt'))
