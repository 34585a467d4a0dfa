"""``lopm web`` whose networks outline what is red: its processes begin with this patch."""
import sys
from unittest.mock import patch


def begin(module, arguments):
    """Run a module of the page as its own process does, with the outlines of ``find_red``."""
    from importlib import import_module
    if module != 'lopm.web.worker':
        import_module(module).Server(*arguments).run()
        return
    from lopm.models.base import LesionModel
    from lopm.web.worker import main
    from tests.tiny_run import find_red
    with patch.object(LesionModel, 'find_masks', find_red):
        main(*arguments)


def web(arguments):
    from lopm.cli import main
    from lopm.web import serve
    start = serve.start

    def through_here(command):
        return start(['tests.web.red', 'process', *command])
    with patch.object(serve, 'start', through_here):
        main(['web', *arguments])


if __name__ == '__main__':
    if sys.argv[1] == 'process':
        begin(sys.argv[2], sys.argv[3:])
    else:
        web(sys.argv[1:])
