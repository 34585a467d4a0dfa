"""Each config trains that changes the model: the model takes two steps, at small size, on the built-in photographs."""
from pathlib import Path

import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper

from lopm.engine.launch import load_config
from lopm.registry import DATASETS, MODELS

FOLDER = Path(__file__).parents[2] / 'configs'
CONFIGS = {path.stem: path for path in [
    *FOLDER.glob('backbones/*.py'), *FOLDER.glob('separate/*.py'), FOLDER / 'black_box.py', FOLDER / 'oral.py']}

# What makes each backbone small; all else is the config's.
SMALL = {
    'resnet': dict(depth=18, base_channels=8, stem_channels=8),
    'convnext': dict(arch=dict(depths=[1] * 4, channels=[8, 16, 24, 32])),
    'swin': dict(arch=dict(embed_dims=12, depths=[1] * 4, num_heads=[1, 1, 2, 2])),
    'segformer': dict(embed_dims=8, num_layers=[1] * 4),
    'oral': dict(pretrained=False, frozen_stages=-1),
    'vit': dict(embed_dim=32, depth=3, num_heads=2)}
BORDERS = ['border_sharpness', 'border_regularity']
LEARNED = {'outline': [], 'color': ['color'], 'texture': ['texture'], 'borders': BORDERS,
           'homogeneity': ['homogeneity'], 'black_box': ['diagnosis']}  # beside the outline; the others learn all of it
ALL = ['color', 'texture', *BORDERS, 'homogeneity', 'diagnosis']


@pytest.fixture(scope='session')
def photographs(built_in, tmp_path_factory):
    return built_in(tmp_path_factory.mktemp('data') / 'synthetic', 12)


@pytest.mark.parametrize('name', sorted(CONFIGS))
def test_two_steps(name, photographs):
    cfg = load_config(CONFIGS[name], folder=photographs)
    cfg.model.backbone.update(SMALL.get(name, {}))
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    model.init_weights()
    model.train()
    optimizer = build_optim_wrapper(model, cfg.optim_wrapper)
    before = {name: parameter.clone() for name, parameter in model.named_parameters()}
    for epoch in range(2):
        batch = pseudo_collate([dataset[epoch, i] for i in range(4)])
        logs = model.train_step(batch, optimizer)
        assert all(torch.isfinite(value).all() for value in logs.values())
        wanted = ['outline', *LEARNED.get(name, ALL)]
        assert {key for key in logs if key.endswith('.loss')} == {f'{task}.loss' for task in wanted}
    still = [name for name, parameter in model.named_parameters() if torch.equal(parameter, before[name])]
    assert not [name for name in still if name.startswith(('backbone.', 'neck.', 'outline_head.'))]
