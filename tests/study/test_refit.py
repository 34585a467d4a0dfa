"""Meta heads fitted to tables whose rule is known."""
import copy

import numpy as np
import pytest
import torch

from lopm.models.heads.meta import MetaHead
from lopm.study.refit import choose_decay, fit_head, pick_rows, read_with
from lopm.tasks import build_tasks

TASKS = build_tasks([dict(name='color', kind='multilabel', classes=['white', 'red']),
                     dict(name='diagnosis', kind='multiclass', classes=['a', 'b'])])


def table(number, told, seed=0):
    """White raises the odds of a by ``told``; red says nothing."""
    rng = np.random.default_rng(seed)
    color = rng.integers(0, 2, (number, 2))
    odds = 1 / (1 + np.exp(-told * (2 * color[:, 0] - 1)))
    diagnosis = (rng.random(number) > odds).astype(int)
    inputs = {'probabilities': {'color': torch.tensor(color).float()}, 'record': None}
    return inputs, np.eye(2, dtype=np.float32)[diagnosis][:, None], odds


def head(**reader):
    torch.manual_seed(0)
    return MetaHead(TASKS['diagnosis'], [TASKS['color']], reader=reader)


def test_a_linear_head_finds_the_rule():
    inputs, targets, odds = table(4000, 1.5)
    fitted = fit_head(head(type='LinearReader'), inputs, targets)
    assert read_with(fitted, inputs)[:, 0] == pytest.approx(odds, abs=0.03)


def test_a_network_with_nothing_to_learn_wants_more_decay_than_a_linear_one_with_a_rule():
    inputs, targets, _ = table(60, 0.)
    assert choose_decay(head(type='MLPReader', width=64), inputs, targets) >= 1
    inputs, targets, _ = table(400, 3.)
    assert choose_decay(head(type='LinearReader'), inputs, targets) <= 0.3


def test_choosing_leaves_the_head_as_it_was():
    one = head(type='LinearReader')
    before = copy.deepcopy(one.state_dict())
    choose_decay(one, *table(40, 1.)[:2], decays=(0.1, 1.))
    assert all(torch.equal(value, before[name]) for name, value in one.state_dict().items())


def test_rows_are_picked_by_bool_and_by_number():
    inputs, _, _ = table(5, 1.)
    by_number = pick_rows(inputs, [1, 3])['probabilities']['color']
    torch.testing.assert_close(by_number, pick_rows(inputs, np.arange(5) % 2 == 1)['probabilities']['color'])
    assert pick_rows(inputs, [0])['record'] is None
