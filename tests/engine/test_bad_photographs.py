import json

import pytest

from lopm.engine.launch import build_runner


def test_a_few_bad_photographs_are_listed_once_and_tolerated(toy_config, tmp_path):
    build_runner(toy_config('train_cfg.max_epochs=2', 'train_dataloader.dataset.bad=[3,7]')).train()
    listed = json.loads((tmp_path / 'bad_photographs.json').read_text())
    assert listed['train'] == {'3.jpg': '3.jpg: cannot be read', '7.jpg': '7.jpg: cannot be read'}
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert log.count('Bad photograph, left out: 3.jpg: cannot be read') == 1


def test_too_many_bad_photographs_stop_the_run(toy_config, tmp_path):
    runner = build_runner(toy_config('train_dataloader.dataset.bad=[3,7,9]'))
    with pytest.raises(RuntimeError, match='3 of the 24 photographs of the train.*max_share=0.1.*bad_photographs.json'):
        runner.train()
    assert len(json.loads((tmp_path / 'bad_photographs.json').read_text())['train']) == 3


def test_bad_photographs_of_the_validation_count_apart(toy_config, tmp_path):
    build_runner(toy_config('train_cfg.max_epochs=1', 'val_dataloader.dataset.bad=[5]')).train()
    assert json.loads((tmp_path / 'bad_photographs.json').read_text())['val'] == {'5.jpg': '5.jpg: cannot be read'}


def test_one_bad_photograph_ends_no_training_however_small_the_share(toy_config):
    cfg = toy_config('train_cfg.max_epochs=1', 'train_dataloader.dataset.bad=[3]')
    cfg.custom_hooks[-1].max_share = 0.
    runner = build_runner(cfg)
    runner.train()
    assert runner.epoch == 1


@pytest.mark.parametrize('mode', ['train', 'val', 'test'])
def test_a_part_of_which_none_can_be_read_stops_the_run(toy_config, tmp_path, mode):
    part = f'{mode}_dataloader.dataset'
    cfg = toy_config('train_cfg.max_epochs=1', f'{part}.length=4', f'{part}.bad=[0,1,2,3]')
    cfg.custom_hooks[-1].max_share = 1.
    runner = build_runner(cfg)
    with pytest.raises(RuntimeError, match=f'0 of the 4 photographs of the {mode} part can be read.*put them back'):
        runner.test() if mode == 'test' else runner.train()
    assert set(json.loads((tmp_path / 'bad_photographs.json').read_text())[mode]) == {f'{i}.jpg' for i in range(4)}


def test_a_test_adds_to_the_list_of_the_training(toy_config, tmp_path):
    (tmp_path / 'bad_photographs.json').write_text('{"train": {"old.jpg": "old.jpg: damaged"}}')
    build_runner(toy_config('train_cfg.max_epochs=1', 'train_dataloader.dataset.bad=[3]')).train()
    listed = json.loads((tmp_path / 'bad_photographs.json').read_text())
    assert set(listed['train']) == {'old.jpg', '3.jpg'}
