import pickle
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from threading import Thread

import pytest
import torch
from mmengine.runner.checkpoint import load_checkpoint
from safetensors.torch import save_file
from torch import nn

from lopm.engine.launch import build_runner
from lopm.weights import (
    export_weights,
    load_model,
    load_pretrained,
    load_weights,
    read_checkpoint,
    share_found,
    write_weights,
)


class Code:
    """What a hostile file does when it is unpickled."""

    def __reduce__(self):
        return print, ('code of the file ran',)


@pytest.fixture
def model():
    return nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))


def saved(path, content):
    torch.save(content, path)
    return path


def test_reads_mmengine_checkpoints_plain_weights_and_safetensors(model, tmp_path):
    state = model.state_dict()
    wrapped = {'state_dict': {f'module.{name}': value for name, value in state.items()}, 'meta': {'epoch': 3}}
    save_file(state, tmp_path / 'c.safetensors')
    for path in (saved(tmp_path / 'a.pth', state), saved(tmp_path / 'b.pth', wrapped), tmp_path / 'c.safetensors'):
        weights = load_weights(path)
        assert weights.keys() == state.keys() and all(weights[name].equal(state[name]) for name in state)


def test_the_checkpoint_of_a_training_passes_as_weights_only(toy_config, tmp_path):
    build_runner(toy_config('train_cfg.max_epochs=1')).train()
    assert read_checkpoint(tmp_path / 'last.pth')['message_hub']['log_scalars']['train/loss'].data[0].size == 6


@pytest.mark.parametrize('content', [{'a': Code()}, Code()])
def test_code_in_a_file_is_refused_and_does_not_run(content, tmp_path, capsys):
    path = saved(tmp_path / 'hostile.pth', content)
    for load in (load_weights, lambda path: load_checkpoint(nn.Linear(1, 1), str(path))):  # ours, and mmengine's own
        with pytest.raises(ValueError, match='hostile.pth: not loaded.*code'):
            load(path)
    assert 'ran' not in capsys.readouterr().out


def test_looking_up_attributes_stays_closed(tmp_path):
    class Lookup:
        def __reduce__(self):
            return getattr, (torch.Tensor, 'register_hook')

    with pytest.raises(ValueError, match='not loaded'):
        load_weights(saved(tmp_path / 'lookup.pth', {'a': Lookup()}))


def test_missing_empty_truncated_and_other_files(tmp_path, model):
    with pytest.raises(FileNotFoundError, match='none.pth: no such file'):
        load_weights(tmp_path / 'none.pth')
    whole = saved(tmp_path / 'whole.pth', model.state_dict()).read_bytes()
    for name, content in [('empty.pth', b''), ('cut.pth', whole[:len(whole) // 2]), ('text.pth', b'hello there'),
                          ('list.pth', pickle.dumps([1, 2])), ('cut.safetensors', b'12345678901')]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=name):
            load_weights(tmp_path / name)


def test_another_models_checkpoint_names_the_keys_that_differ(tmp_path, model):
    other = nn.Sequential(nn.Linear(2, 4), nn.Conv2d(1, 1, 1, bias=False), nn.ReLU(), nn.Linear(1, 1))
    path = saved(tmp_path / 'other.pth', other.state_dict())
    with pytest.raises(ValueError) as error:
        load_model(model, path)
    message = str(error.value)
    assert '1 missing in the file (1.bias)' in message
    assert '2 unknown to the model (3.bias, 3.weight)' in message
    assert '0.weight (4, 2) for (3, 2)' in message


def test_pretrained_reports_matches_and_refuses_what_does_not_fit(tmp_path, model):
    path = saved(tmp_path / 'whole.pth', {f'backbone.{name}': value for name, value in model.state_dict().items()})
    other = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    assert '4 of 4 tensors loaded' in load_pretrained(other, path, prefix='backbone.')
    assert other[0].weight.equal(model[0].weight)
    with pytest.raises(ValueError, match="0 of 4 tensors.*Try prefix 'backbone.'"):
        load_pretrained(other, path)
    with pytest.raises(ValueError, match='3 of 4|4 of 6'):
        load_pretrained(nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1), nn.Linear(1, 1)), path, prefix='backbone.')
    with pytest.raises(ValueError, match='shapes differ.*size mismatch for 0.weight'):
        load_pretrained(nn.Sequential(nn.Linear(5, 3), nn.Linear(3, 1)), path, prefix='backbone.')


def test_weights_behind_a_url_are_fetched_once(tmp_path, model, monkeypatch):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'cache'))
    saved(tmp_path / 'weights.pth', model.state_dict())
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with HTTPServer(('127.0.0.1', 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f'http://127.0.0.1:{server.server_port}'
        with pytest.raises(FileNotFoundError, match='none.pth: cannot be downloaded.*give its path'):
            load_weights(f'{address}/none.pth')
        load_weights(f'{address}/weights.pth')
        server.shutdown()
    assert load_weights(f'{address}/weights.pth').keys() == model.state_dict().keys()


def test_exported_weights_hold_nothing_else(tmp_path, model):
    everything = {'state_dict': model.state_dict(), 'optimizer': {'lr': 1}, 'meta': {'patients': 1}}
    path = saved(tmp_path / 'last.pth', everything)
    for name in ('weights.pth', 'weights.safetensors'):
        export_weights(path, tmp_path / name)
        content = read_checkpoint(tmp_path / name)
        assert set(content) == {'state_dict', 'meta'} and content['meta'] == {}
        load_model(nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)), tmp_path / name)


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_weights_that_are_not_finite_are_refused_wherever_they_are_read(tmp_path, model, value):
    whole = saved(tmp_path / 'whole.pth', model.state_dict())
    load_weights(whole)
    broken = {'state_dict': {**model.state_dict(), '1.weight': torch.full((1, 3), value)}}
    path = saved(tmp_path / 'broken.pth', broken)
    for load in (load_weights, partial(load_model, model), partial(load_pretrained, model), partial(
            export_weights, out=tmp_path / 'out.pth'), lambda path: load_checkpoint(model, str(path))):
        with pytest.raises(ValueError, match=r'broken.pth: 1 of 4 tensors hold nan or infinity \(1.weight\)'):
            load(path)
    assert model[1].weight.isfinite().all()


def test_what_a_file_lacks_is_weighed(tmp_path):
    model = nn.Sequential(nn.Conv2d(3, 64, 3), nn.BatchNorm2d(64), nn.Conv2d(64, 2, 1))
    own = model.state_dict()
    without = {name: value for name, value in own.items() if not name.endswith('num_batches_tracked')}
    assert share_found(own, own) == share_found(own, without) == 1
    big = {name: value for name, value in own.items() if name != '0.weight'}
    assert share_found(own, big) < 0.3  # one tensor of eight, and most of the values
    assert share_found(own, {'0.weight': own['0.weight']}) == 1 / 8  # most of the values, and no norm layer
    assert load_pretrained(model, saved(tmp_path / 'a.pth', without)).endswith('8 of 9 tensors loaded')
    del without['2.bias']
    report = load_pretrained(model, saved(tmp_path / 'b.pth', without), min_share=0.8)
    assert report.endswith('7 of 9 tensors loaded; from scratch: 2.bias')


@pytest.mark.parametrize('name', ['weights.pth', 'weights.safetensors'])
def test_weights_with_a_flipped_bit_are_refused(tmp_path, name):
    weights = {'a': torch.arange(4000.)}
    write_weights(weights, tmp_path / name)
    assert torch.equal(load_weights(tmp_path / name)['a'], weights['a'])
    data = bytearray((tmp_path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=f'{name}: damaged'):
        load_weights(tmp_path / name)
