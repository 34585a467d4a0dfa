"""A config key that nothing reads is refused with the nearest one; what files only build from is taken out."""
import pytest
from mmengine.config import Config

from lopm.engine.launch import load_config
from lopm.engine.names import keep_what_is_read

BASE = 'side = 32\nsize = (side, side)\nzoom = 1.5\npipeline = [dict(type="FitPhotograph", ratio_range=(1, zoom))]\n'
CHILD = '_base_ = "base.py"\nfew = dict(batch_size=2)\ntrain_dataloader = dict(**few, dataset=_base_.pipeline)\n'


@pytest.fixture
def config(tmp_path):
    def write(more='', *options):
        (tmp_path / 'base.py').write_text(BASE)
        (tmp_path / 'child.py').write_text(CHILD + more)
        cfg = Config.fromfile(tmp_path / 'child.py')
        keep_what_is_read(cfg, tmp_path / 'child.py', options)
        return cfg
    return write


def test_what_remains_is_read_and_written_configs_load_again(config, tmp_path):
    cfg = config()
    assert set(cfg) == {'size', 'train_dataloader'} and cfg.train_dataloader.dataset[0].ratio_range == (1, 1.5)
    cfg.dump(tmp_path / 'dumped.py')
    again = Config.fromfile(tmp_path / 'dumped.py')
    keep_what_is_read(again, tmp_path / 'dumped.py')
    assert again.pretty_text == cfg.pretty_text


@pytest.mark.parametrize('more, said', [
    ('judged_bye = 3\n', "child.py: nothing reads 'judged_bye'; did you mean judged_by?"),
    ('data_rot = "x"\n', 'did you mean data_root?'), ('sizes = (1, 2)\n', 'did you mean size?')])
def test_a_name_that_nothing_reads(config, more, said):
    with pytest.raises(ValueError) as caught:
        config(more)
    assert said in str(caught.value)


@pytest.mark.parametrize('option, said', [
    ('data_rot=x', 'did you mean data_root?'), ('train_dataloder.batch_size=1', 'did you mean train_dataloader?'),
    ('zoom=2', 'to build train_dataloader; change that'), ('few.batch_size=4', 'to build train_dataloader'),
    ('pipeline.0.type=X', 'to build train_dataloader')])
def test_an_option_without_effect(config, option, said):
    with pytest.raises(ValueError) as caught:
        config('', option)
    assert str(caught.value).startswith(f'--cfg-options {option}: ') and said in str(caught.value)
    assert config('', 'size=64', 'train_dataloader.batch_size=1', 'load_from=x')


@pytest.mark.parametrize('option, said', [
    ('env_cfg.cudnn_bench=True', 'env_cfg.cudnn_benchmark'), ('randomness.sed=1', 'randomness.seed'),
    ('predict_with.flip=[none]', 'predict_with.flips'),
    ('optim_wrapper.paramwise_cfg.norm_decay=0.', 'optim_wrapper.paramwise_cfg.norm_decay_mult')])
def test_a_part_that_would_be_passed_over_in_silence(option, said):
    with pytest.raises(ValueError) as caught:
        load_config('configs/multitask.py', options=[option])
    assert f'nothing reads {option.partition("=")[0]}; did you mean {said}?' in str(caught.value)


@pytest.mark.parametrize('option, wanted', [('size=64', (64, 64)), ('size=(96,128)', (96, 128))])
def test_size_is_one_value_that_all_pipelines_follow(option, wanted):
    for name in ('multitask', 'isic2017', 'stacking', 'oral_extended'):
        cfg = load_config(f'configs/{name}.py', options=[option])
        for part in ('train', 'val', 'test'):
            steps = {each['type']: each for each in cfg[f'{part}_dataloader'].dataset.pipeline}
            assert steps['FitPhotograph']['size'] == wanted
            assert steps['LoadPhotograph']['at_least'] == [1.25 * side for side in wanted] or name == 'stacking'
            assert 'mmseg.RandomCrop' not in steps or steps['mmseg.RandomCrop']['crop_size'] == wanted
