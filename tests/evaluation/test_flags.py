"""Odd photographs by numbers that are known, and through a real model."""
import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lopm.commands import flag as command
from lopm.engine.launch import load_config
from lopm.evaluation.flags import FLAGS, HIGH, LOW, Flags, fit_flags, load_flags, odds, save_flags, stack
from lopm.predictor import Predictor
from lopm.registry import MODELS

SMALL = Path(__file__).parents[1] / 'study' / 'small_config.py'


def seen(number, seed=0, shift=0.):
    rng = np.random.default_rng(seed)
    mix = np.array([[2., 0, 0], [1, 0.5, 0], [0, 0, 0.1]])
    maps = rng.normal(size=(number, 3)) @ mix + [5, 0, shift]
    return {'maps': maps, **{name: rng.random(number) for name in ('lesion', 'blur', 'brightness', 'white')}}


def test_odds_by_hand():
    usual = np.array([1., 2, 3, 4])
    np.testing.assert_allclose(odds(np.array([5., 4, 0.5]), usual, HIGH), [1 / 5, 2 / 5, 1])
    np.testing.assert_allclose(odds(np.array([0.5, 1.5]), usual, LOW), [1 / 5, 2 / 5])


def test_a_rate_that_no_p_can_be_below_is_refused():
    flags = fit_flags(seen(100), seen(49, 1))
    with pytest.raises(ValueError, match='fitted to 49 validation photographs'):
        flags.refuse_rate(0.02)
    flags.refuse_rate(0.021)


def test_photographs_like_the_training_ones_are_flagged_at_the_rate_and_others_always():
    flags = fit_flags(seen(500), seen(400, 1))
    p = flags.judge(seen(2000, 2))
    for flag in FLAGS:
        assert (p[flag] <= 0.05).mean() == pytest.approx(0.05, abs=0.025), flag
    away = flags.judge(seen(100, 3, shift=1.))  # ten spreads away in the direction that hardly varies
    assert (away['unlike the training photographs'] < 0.02).all()


def test_the_distance_is_that_of_mahalanobis():
    flags = fit_flags(seen(5000), seen(100, 1))
    points = seen(10, 5)['maps']
    covariance = np.cov(seen(5000)['maps'].T, bias=True)
    wanted = [np.sqrt((x - flags.center) @ np.linalg.inv(covariance) @ (x - flags.center)) for x in points]
    np.testing.assert_allclose(flags.distance(points), wanted, rtol=0.05)  # shrunk a little


def test_a_file_of_other_weights_is_refused(tmp_path):
    flags = fit_flags(seen(50), seen(40, 1), 'abc')
    save_flags(tmp_path / 'f.safetensors', flags)
    again = load_flags(tmp_path / 'f.safetensors', 'abc')
    assert isinstance(again, Flags)
    for flag, p in flags.judge(seen(20, 2)).items():
        np.testing.assert_array_equal(again.judge(seen(20, 2))[flag], p)
    with pytest.raises(ValueError, match='fitted to other weights'):
        load_flags(tmp_path / 'f.safetensors', 'abd')
    (tmp_path / 'g.safetensors').write_text('x')
    with pytest.raises(ValueError, match='no file of flags'):
        load_flags(tmp_path / 'g.safetensors', 'abc')


def test_what_a_model_sees_of_photographs_in_a_folder(tmp_path):
    rng = np.random.default_rng(0)
    sharp = rng.integers(0, 256, (60, 80, 3), np.uint8)
    shown = {'bright.png': np.full_like(sharp, 255), 'dark.png': sharp // 12, 'sharp.png': sharp}
    for name, pixels in shown.items():
        Image.fromarray(pixels).save(tmp_path / name)
    (tmp_path / 'cut.png').write_bytes((tmp_path / 'sharp.png').read_bytes()[:9000])
    cfg = load_config(SMALL)
    torch.manual_seed(0)
    torch.save({'state_dict': MODELS.build(cfg.model).state_dict()}, tmp_path / 'w.pth')
    seen = {name: (numbers, bad) for name, numbers, bad in Predictor(SMALL, tmp_path / 'w.pth').seen(tmp_path)}
    assert list(seen) == sorted([*shown, 'cut.png']) and seen['cut.png'][0] is None and 'damaged' in seen['cut.png'][1]
    found = stack([seen[name][0] for name in sorted(shown)])
    bright, dark, plain = range(3)
    assert found['white'][bright] == 1 and found['white'][plain] < 0.01
    assert found['brightness'][dark] < 30 < found['brightness'][plain] < found['brightness'][bright]
    assert found['blur'][plain] < 0.3 and found['maps'].shape == (3, 192)
    assert (found['lesion'] > 0).all() and (found['lesion'] < 1).all()


def test_the_tool_writes_a_line_per_photograph(built_in, tmp_path):
    cfg = load_config(SMALL)
    built_in(tmp_path / 'data')
    torch.manual_seed(0)
    torch.save({'state_dict': MODELS.build(cfg.model).state_dict()}, tmp_path / 'w.pth')
    tail = [str(SMALL), str(tmp_path / 'w.pth'), str(tmp_path / 'f.safetensors')]
    options = ['--cfg-options', f'data_root={tmp_path / "data"}']
    command.main(command.parse_args(['fit', *tail, *options]))
    check = ['check', *tail, str(tmp_path / 'data' / 'images'), '--out', str(tmp_path / 'f.csv'), *options]
    with pytest.raises(ValueError, match='none is below a rate of 0.02, however odd'):  # of few validation photographs
        command.main(command.parse_args(check))
    command.main(command.parse_args([*check, '--rate', '0.5']))
    with open(tmp_path / 'f.csv') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 24 and all(float(row['p blurred']) > 0 for row in rows)
