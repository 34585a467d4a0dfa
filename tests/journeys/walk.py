"""Commands as a user gives them: one after the other, each in a process of its own, reading what the last one wrote."""
import os
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).parents[2]


class Walk:
    """Runs lopm for one user; every output is kept, and none may hold a traceback.

    Args:
        folder: Where the user stands.
    """

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, command, *arguments, status=0):
        """What ``lopm COMMAND`` prints, or a script of the repository, once it has ended with the status."""
        what = [REPO / command] if command.endswith('.py') else ['-m', 'lopm', *command.split()]
        path = [str(REPO), *os.environ.get('PYTHONPATH', '').split(os.pathsep)]
        done = subprocess.run(
            [sys.executable, *what, *map(str, arguments)], cwd=self.folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, 'PYTHONPATH': os.pathsep.join(path)})
        said = f'lopm {command} {" ".join(map(str, arguments))}\n{done.stdout}'
        assert 'Traceback' not in done.stdout, said
        assert done.returncode == status, said
        return done.stdout
