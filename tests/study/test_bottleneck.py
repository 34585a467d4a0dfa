"""The honesty of a bottleneck on cases in which it is known what passes through it, and on a real model's table."""
import csv

import numpy as np
import pytest
import torch

from lopm.engine.launch import load_config
from lopm.engine.runner import LesionRunner
from lopm.engine.testing import load_trained
from lopm.registry import MODELS
from lopm.study.bottleneck import Cases, read_cases, study_bottleneck, told_of_someone, widen, write_lines


def cases(leak, number=600):
    """The diagnosis follows from ``color`` and from what no feature says; a leaking color says it between the lines."""
    rng = np.random.default_rng(0)
    color, hidden, noise = rng.integers(0, 2, (3, number))
    odds = 2. * (2 * color - 1) + 1.5 * (2 * hidden - 1)
    diagnosis = (rng.random(number) < 1 / (1 + np.exp(-odds))).astype(int)
    soft = np.clip(0.15 + 0.7 * color + 0.1 * rng.normal(size=number) + leak * (hidden - 0.5), 0, 1)
    blocks = {'color': soft, 'noise': noise + 0.1 * rng.normal(size=number), 'true color': color, 'true noise': noise,
              'maps': hidden + 0.1 * rng.normal(size=number), 'record': rng.normal(size=number)}
    return Cases({name: np.float64(each)[:, None] for name, each in blocks.items()}, np.eye(2)[diagnosis],
                 np.arange(number) // 3)


@pytest.fixture(scope='module', params=[0., 0.4], ids=['honest', 'leaking'])
def studied(request):
    lines = study_bottleneck(cases(request.param), ['color', 'noise'])
    return request.param, {(line.section, line.what): line for line in lines}


@pytest.mark.slow
def test_leakage_is_seen_where_it_is_and_only_there(studied):
    leak, lines = studied
    beside = lines['leakage', 'true and predicted features - true features'].log_loss
    instead = lines['leakage', 'features - true features'].log_loss
    if leak:
        assert beside[2] < -0.02 and instead[0] < 0
    else:
        assert beside[2] > -0.01 and instead[2] > -0.01


@pytest.mark.slow
def test_what_slips_past_the_features_and_what_is_missed(studied):
    leak, lines = studied
    gap = lines['inputs', 'features + maps'].log_loss[0] - lines['inputs', 'features'].log_loss[0]
    assert gap < -0.1 if not leak else gap < 0
    assert lines['removal', 'without color - all'].log_loss[1] > 0.05
    low, high = lines['removal', 'without noise - all'].log_loss[1:]
    assert low < 0.01 and high < 0.05
    record = lines['inputs', 'features + record'].log_loss[0] - lines['inputs', 'features'].log_loss[0]
    assert abs(record) < 0.02
    assert lines['inputs', 'features'].lesions == 600 and lines['inputs', 'features'].patients == 200


@pytest.mark.slow
def test_the_log_loss_of_true_features_is_that_of_their_rule(studied):
    """A hand's reckoning: P(1 | color) is the mean of two sigmoids over the hidden one."""
    line = studied[1]['inputs', 'true features']
    p = np.mean([1 / (1 + np.exp(-odds)) for odds in (3.5, 0.5)])
    wanted = -(p * np.log(p) + (1 - p) * np.log(1 - p))
    assert line.log_loss[0] == pytest.approx(wanted, abs=0.05)


def test_the_cases_of_a_real_model(built_in, tmp_path):
    built_in(tmp_path / 'data')
    cfg = load_config('tests/study/small_config.py', options=[f'data_root={tmp_path / "data"}'])
    torch.save({'state_dict': MODELS.build(cfg.model).state_dict()}, tmp_path / 'w.pth')
    model = widen(load_trained(cfg, tmp_path / 'w.pth'), cfg.record_fields)
    loader = LesionRunner.build_dataloader(cfg.test_dataloader)
    found = read_cases(model, loader, lambda table: {
        name: np.nan_to_num(table.targets[name][:, 0]) for name in model.meta_head.concepts})
    count = len(found.diagnosis)
    sizes = {name: each.shape for name, each in found.blocks.items()}
    assert sizes['measured'] == (count, 35) and sizes['record'] == (count, 14) and sizes['maps'] == (count, 192)
    assert sizes['homogeneity'] == sizes['true homogeneity'] == (count, 3)
    assert np.allclose(found.diagnosis.sum(1), 1) and len(found.patients) == count


def test_a_record_that_nobody_has_is_not_scored():
    record = np.array([[0, 0, 1, 1], [0, .5, 1, 0.]])  # two fields, and whether they are missing
    assert told_of_someone({'color': record, 'record': record}).keys() == {'color', 'record'}
    assert told_of_someone({'color': record, 'record': record[:1]}).keys() == {'color'}


@pytest.mark.slow
def test_the_file_holds_every_line(studied, tmp_path):
    lines = list(studied[1].values())
    write_lines(tmp_path / 'x.csv', lines)
    with open(tmp_path / 'x.csv') as file:
        rows = list(csv.DictReader(file))
    assert [row['what'] for row in rows] == [line.what for line in lines]
    assert float(rows[0]['auroc_low']) == pytest.approx(lines[0].auroc[1], abs=1e-5)
