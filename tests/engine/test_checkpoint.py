import pytest
import torch

from lopm.engine.checkpoint import save_atomically
from lopm.engine.launch import build_runner, resume_from
from lopm.weights import read_checkpoint


def test_a_full_disk_leaves_the_old_file_and_says_so(tmp_path):
    path = tmp_path / 'last.pth'
    torch.save({'epoch': 1}, path)
    (tmp_path / 'last.pth.partial').symlink_to('/dev/full')  # the kernel's own "no space left on device"

    def write(name):
        with open(name, 'wb') as file:
            file.write(bytes(100000))

    with pytest.raises(OSError, match='last.pth: No space left on device; the one saved before is whole.*--resume'):
        save_atomically(path, write)
    assert torch.load(path) == {'epoch': 1}
    assert [file.name for file in tmp_path.iterdir()] == ['last.pth']


def test_a_crash_while_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / 'last.pth'
    path.write_text('old')

    def write(name):
        with open(name, 'w') as file:
            file.write('ne')
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save_atomically(path, write)
    assert path.read_text() == 'old'


def test_a_training_on_a_full_disk_can_go_on_from_the_checkpoint_before(toy_config, tmp_path):
    build_runner(toy_config('train_cfg.max_epochs=1')).train()
    (tmp_path / 'last.pth.partial').symlink_to('/dev/full')
    cfg = toy_config('train_cfg.max_epochs=2')
    assert resume_from(cfg).startswith('Resuming')
    with pytest.raises(OSError, match='the one saved before is whole'):
        build_runner(cfg).train()
    assert read_checkpoint(tmp_path / 'last.pth')['meta']['epoch'] == 1


def test_last_and_best_are_kept_and_nothing_else(toy_config, tmp_path):
    build_runner(toy_config()).train()
    assert {file.name for file in tmp_path.glob('*.pth*')} == {'last.pth', 'best.pth'}
    last, best = read_checkpoint(tmp_path / 'last.pth'), read_checkpoint(tmp_path / 'best.pth')
    assert last['meta']['epoch'] == 3 and last['meta']['iter'] == 18
    assert 'optimizer' in last and 'optimizer' not in best
    assert best['meta']['epoch'] <= 3


def test_the_last_checkpoint_of_an_epoch_knows_its_validation(toy_config, tmp_path):
    build_runner(toy_config('train_cfg.max_epochs=1')).train()
    state = read_checkpoint(tmp_path / 'last.pth')['message_hub']['runtime_info']
    assert state['early_stopping'] == dict(best=state['best_value'], epoch=1, waited=0)
