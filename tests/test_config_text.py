"""A config's text reads as the same config and fits the page."""
from pathlib import Path

import pytest
from mmengine.config import Config

import lopm.registry  # noqa: F401  adapts mmengine
from lopm.config_text import WIDTH, config_text

ROOT = Path(__file__).parents[1]
SHIPPED = sorted(path.relative_to(ROOT) for path in (ROOT / 'configs').rglob('*.py'))


@pytest.mark.parametrize('path', SHIPPED, ids=str)
def test_the_text_of_every_shipped_config_is_the_same_config(path, tmp_path):
    cfg = Config.fromfile(ROOT / path)
    cfg.dump(tmp_path / 'written.py')
    assert (tmp_path / 'written.py').read_text() == config_text(cfg.to_dict())  # not yapf's, which takes 2 s
    again = Config.fromfile(tmp_path / 'written.py')
    assert again.to_dict() == cfg.to_dict() and again.pretty_text == cfg.pretty_text


def test_what_is_long_goes_on_several_lines_and_its_type_comes_first():
    long = dict(model=dict(type='Model', depth=18, heads=[dict(type='Head', name='x' * 40) for _ in range(3)]))
    head = f"        dict(type='Head', name='{'x' * 40}'),\n"
    assert config_text(long) == f"model = dict(\n    type='Model',\n    depth=18,\n    heads=[\n{head * 3}    ],\n)\n"
    assert max(map(len, config_text(long).splitlines())) <= WIDTH


@pytest.mark.parametrize('value', [(1,), (), [], {}, {'a b': 1}, {'lambda': 1}, {1: 'x'}, "it's\n", None, float, -1e-5,
                                   [('y' * 130,)], {'z': ('y' * 130,)}, [[]] * 70], ids=repr)
def test_every_kind_of_value_is_read_back(value):
    names = {}
    exec(config_text({'value': value}), names)
    assert names['value'] == value and type(names['value']) is type(value)
