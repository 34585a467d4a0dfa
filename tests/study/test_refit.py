"""Meta heads fitted to tables whose rule is known."""
import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from lopm.commands import refit as command
from lopm.engine.launch import load_config
from lopm.engine.testing import load_trained
from lopm.models.heads.meta import MetaHead
from lopm.registry import MODELS
from lopm.study.concepts import ConceptTable
from lopm.study.refit import choose_decay, fit_head, pick_rows, read_with, refit
from lopm.tasks import build_tasks
from lopm.weights import load_weights

SMALL = Path(__file__).with_name('small_config.py')

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


@pytest.mark.slow
def test_a_network_with_nothing_to_learn_wants_more_decay_than_a_linear_one_with_a_rule():
    inputs, targets, _ = table(60, 0.)
    assert choose_decay(head(type='MLPReader', width=64), inputs, targets) >= 1
    inputs, targets, _ = table(400, 3.)
    assert choose_decay(head(type='LinearReader'), inputs, targets) <= 0.3


@pytest.mark.slow
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


def concept_table(number, told):
    """A part whose network sees colors upside down, so that what raters said and what it says teach opposite rules."""
    inputs, targets, _ = table(number, told)
    color = inputs['probabilities']['color']
    said = {**inputs, 'probabilities': {'color': 1 - color}, 'measured': None, 'pooled': None}
    targets[: number // 4] = np.nan
    return ConceptTable({'on_true': said, 'on_pred': None}, {'color': color.numpy()[:, None], 'diagnosis': targets},
                        None, None, None)


@pytest.mark.parametrize('mode, sign', [('detached', -1), ('joint', -1), ('independent', 1)])
def test_a_head_is_fitted_anew_to_what_its_mode_reads(mode, sign):
    old = head(type='LinearReader')
    before = copy.deepcopy(old.state_dict())
    first, second = refit(old, concept_table(2000, 2.), mode).reader.output.weight
    weights = first - second
    assert sign * float(weights[0]) > 1.5 and abs(float(weights[1])) < 0.5
    assert all(torch.equal(value, before[name]) for name, value in old.state_dict().items())


def test_the_tool_changes_nothing_but_the_head(built_in, tmp_path):
    built_in(tmp_path / 'data')
    torch.manual_seed(0)
    weights = MODELS.build(load_config(SMALL).model).state_dict()
    torch.save({'state_dict': weights}, tmp_path / 'w.pth')
    out = tmp_path / 'new.safetensors'
    options = ['--cfg-options', f'data_root={tmp_path / "data"}', 'model.meta_head.reader.type=AdditiveReader']
    command.main(command.parse_args([str(SMALL), str(tmp_path / 'w.pth'), str(out), *options]))
    new = load_weights(out)
    own = {name for name in new if not name.startswith('meta_head.')}
    assert own == {name for name in weights if not name.startswith('meta_head.')}
    assert all(torch.equal(new[name], weights[name]) for name in own)
    load_trained(load_config(SMALL, options=options[1:]), out)  # fits the config with the other reader
    with pytest.raises(ValueError, match='no MultiTaskModel with a meta head'):
        command.main(command.parse_args([str(SMALL), str(tmp_path / 'w.pth'), str(out), *options[:2],
                                         'model.meta_head=None']))
