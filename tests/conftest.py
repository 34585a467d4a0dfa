"""What holds for all tests: photographs are drawn once, what a module shares is made once, and one line tells which
were skipped for want of an environment."""
import os
import re
import shutil
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling


@pytest.fixture(scope='session')
def built_in(tmp_path_factory):
    """``built_in(folder)`` puts built-in photographs there, drawn once for all tests, and returns the folder."""
    from lopm.datasets.synthetic.generate import ensure_synthetic
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if 'PYTEST_XDIST_WORKER' in os.environ else base

    def put(folder, number=24):
        return Path(shutil.copytree(ensure_synthetic(shared / f'photographs{number}', number), folder))

    return put


@pytest.fixture
def known_outlines(monkeypatch):
    """Networks outline what is red (``tests.tiny_run.find_red``)."""
    from lopm.models.base import LesionModel
    from tests.tiny_run import find_red
    monkeypatch.setattr(LesionModel, 'find_masks', find_red)


@pytest.fixture(scope='session')
def packed(tmp_path_factory):
    """``(run, pack, what was remarked)`` of a network with random weights that outlines what is red."""
    from lopm.models.base import LesionModel
    from tests.packing.tiny_pack import pack, run_with_parts
    from tests.tiny_run import find_red
    folder = tmp_path_factory.mktemp('packed')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LesionModel, 'find_masks', find_red)
        run = run_with_parts(folder)
        return run, folder / 'pack', pack(run, folder / 'pack')[1]


SLOW = {'built_in', 'run_tool', 'started', 'slurm', 'server'}  # fixtures that draw photographs or start processes


def pytest_collection_modifyitems(items):
    """A test is slow (``make test-fast``) where it says so, and where it uses such a fixture."""
    for item in items:
        if SLOW & {*item.fixturenames}:
            item.add_marker(pytest.mark.slow)


class ByModule(LoadScopeScheduling):
    """Tests of a module with a fixture of its own go to one worker, else both would make it; others are dealt singly.

    By what the file says: xdist's own groups (``xdist_group``) are lost on pytest 9.2.
    """

    def _split_scope(self, nodeid):
        path = nodeid.partition('::')[0]
        return path if shares(self.config.rootpath / path) else nodeid


@cache
def shares(path):
    return "scope='module'" in path.read_text(encoding='utf-8')


def pytest_xdist_make_scheduler(config, log):
    return ByModule(config, log)


def pytest_terminal_summary(terminalreporter):
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get('skipped', ())]
    wanted = [found.group() for found in (re.search(r'LOPM_\w+', reason) for reason in reasons) if found]
    if wanted:
        terminalreporter.write_line(
            f'{len(wanted)} tests were skipped for want of {", ".join(sorted(set(wanted)))}; to run them too: '
            'bash -c ". tests/environments.sh && make test"', yellow=True)
