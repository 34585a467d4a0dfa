"""Commands as a user gives them: one after the other, each in a process of its own, reading what the last one wrote."""
import os
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).parents[2]


class Walk:
    """Runs the repository's tools for one user; every output is kept, and none may hold a traceback.

    Args:
        folder: Where the user stands.
    """

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, tool, *arguments, status=0):
        """What a tool prints, once it has ended with the status; ``tool`` is relative to the repository."""
        path = [str(REPO), *os.environ.get('PYTHONPATH', '').split(os.pathsep)]
        done = subprocess.run(
            [sys.executable, REPO / tool, *map(str, arguments)], cwd=self.folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, 'PYTHONPATH': os.pathsep.join(path)})
        said = f'python {tool} {" ".join(map(str, arguments))}\n{done.stdout}'
        assert 'Traceback' not in done.stdout, said
        assert done.returncode == status, said
        return done.stdout
