"""``tools/test.py`` asks for an audit before it tests; the whole way to scores is in test_whole_run.py."""
import hashlib
import json
import logging
from types import SimpleNamespace

import pytest
from mmengine.config import Config

from lopm.datasets.splits import Unaudited
from lopm.engine import testing


@pytest.fixture
def part(tmp_path, monkeypatch):
    """A part, and a runner that would test it: it says 'tested'."""
    path = tmp_path / 'test.json'
    path.write_text('{}')
    loop = SimpleNamespace(dataloader=SimpleNamespace(dataset=SimpleNamespace(ann_file=str(path))))
    runner = SimpleNamespace(test_loop=loop, model=None, test=lambda: 'tested', logger=logging.getLogger('test'))
    monkeypatch.setattr(testing, 'build_runner', lambda *_: runner)
    monkeypatch.setattr(testing, 'load_model', lambda *_: None)
    return path


def test_a_part_is_tested_with_a_fitting_audit_or_when_told_to(part):
    cfg = Config(dict(model={}))
    with pytest.raises(Unaudited, match='test.json: no audit.json beside it'):
        testing.test(cfg, 'best.pth')
    assert testing.test(cfg, 'best.pth', unaudited=True) == 'tested'
    audit = {'patients_apart': True, 'sha256': {'test.json': hashlib.sha256(part.read_bytes()).hexdigest()}}
    part.with_name('audit.json').write_text(json.dumps(audit))
    assert testing.test(cfg, 'best.pth') == 'tested'
    part.with_name('audit.json').write_text(json.dumps({**audit, 'patients_apart': False}))
    with pytest.raises(Unaudited, match='says that patients are in two parts'):
        testing.test(cfg, 'best.pth')


def test_a_config_without_a_model(tmp_path):
    (tmp_path / 'tasks.py').write_text('tasks = []')
    with pytest.raises(ValueError, match='tasks.py: no model'):
        testing.load_trained(Config.fromfile(tmp_path / 'tasks.py'), tmp_path / 'best.pth')
    with pytest.raises(ValueError, match='best.pth: no model'):  # of a config from within a checkpoint
        testing.load_trained(Config(dict(tasks=[])), tmp_path / 'best.pth')
