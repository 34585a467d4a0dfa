"""How tools end: a sentence for what a person can mend, a traceback for what lopm has to."""
import errno

import pytest

from lopm.engine.arguments import run_tool


def raising(error):
    def main(args):
        raise error
    return main


@pytest.mark.parametrize('error, words', [
    (PermissionError(errno.EACCES, 'Permission denied', '/data/x'), '/data/x: Permission denied'),
    (OSError(errno.ENOSPC, 'No space left on device'), 'No space left on device, said the system'),
    (FileNotFoundError('weights.pth is not there; train first'), 'weights.pth is not there; train first'),
    (IsADirectoryError(errno.EISDIR, 'Is a directory', 'x.json'), 'x.json: Is a directory'),
    (ValueError('x.json: no data set'), 'x.json: no data set'), (KeyboardInterrupt(), 'stopped; start the same')])
def test_bad_input_a_disk_that_refuses_and_a_stop_end_in_a_sentence(error, words):
    with pytest.raises(SystemExit, match=words):
        run_tool(raising(error), None)


def test_a_mistake_of_ours_keeps_its_traceback():
    with pytest.raises(TypeError):
        run_tool(raising(TypeError('x')), None)


def test_the_status_is_that_of_the_tool():
    assert run_tool(lambda args: None, None) is None and run_tool(lambda args: 0, None) is None
    with pytest.raises(SystemExit) as end:
        run_tool(lambda args: 1, None)
    assert end.value.code == 1
