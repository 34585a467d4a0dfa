"""A test has the size of the training."""
import json

import pytest
from mmengine.config import Config

from lopm.engine import trained_size


@pytest.mark.parametrize('trained, stated, options, wanted, said', [
    ([64, 64], 144, (), [64, 64], 'trained at 64 x 64 pixels, and so it is tested (the config says 144 x 144'),
    (64, 144, ('size=144',), 144, 'and is asked at 144 x 144'),
    (144, [144, 144], (), [144, 144], ''),
    (None, 144, (), 144, '')])
def test_a_test_is_at_the_size_of_the_training_unless_another_is_asked_for(
        monkeypatch, trained, stated, options, wanted, said):
    told = []
    monkeypatch.setattr(trained_size, 'print_log', lambda text, *_: told.append(text))
    cfg = Config(dict(size=stated))
    trained_size.take_size(cfg, {'meta': {'config_json': json.dumps({'size': trained})}}, options)
    assert cfg.size == wanted
    assert said in told[0] if said else not told
