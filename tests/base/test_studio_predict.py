"""A checkpoint's predictions, photograph by photograph, as the config's own test pipeline gives them."""
import json
import shutil

import numpy as np
import pytest
import torch
from mmengine.config import Config
from studio_help import CONFIG, HEIGHT, WIDTH, write_data

from lopm.base.studio.predict import model_version, predict
from lopm.engine.launch import load_config
from lopm.engine.testing import load_trained
from lopm.registry import DATASETS, MODELS


def test_predictions_are_those_of_the_test_pipeline_in_order(tmp_path):
    path = write_data(tmp_path)
    shutil.copy(path, tmp_path / 'copy.json')
    (tmp_path / 'oral.py').write_text(CONFIG)
    cfg = load_config(tmp_path / 'oral.py')
    torch.manual_seed(0)
    torch.save({'state_dict': MODELS.build(cfg.model).state_dict()}, tmp_path / 'best.pth')
    model = load_trained(cfg, tmp_path / 'best.pth')
    (tmp_path / 'p1.jpg').unlink()
    images = [{**image, 'id': 10 - image['id']} for image in json.loads(path.read_text())['images']]
    first, bad, third = predict(model, cfg, tmp_path, images)
    assert [each.image_id for each in (first, bad, third)] == [9, 8, 7]
    assert 'p1.jpg: the file is missing' in bad.bad and not first.bad and not third.bad
    assert first.pred_map.shape == (HEIGHT, WIDTH)

    test = {**cfg.test_dataloader.dataset, 'type': 'LesionDataset', 'ann_file': 'all.json', 'data_root': str(tmp_path)}
    dataset = DATASETS.build({key: value for key, value in test.items() if key != 'synthetic'})
    for i, sample in ((0, first), (2, third)):
        item = dataset[i]
        with torch.no_grad():
            wanted, = model.test_step({'inputs': [item['inputs']], 'data_samples': [item['data_samples']]})
        assert np.array_equal(sample.pred_map, wanted.pred_map)
        assert torch.allclose(sample.pred_image.quality, wanted.pred_image.quality, atol=1e-5)
        assert torch.allclose(sample.pred_lesions.color, wanted.pred_lesions.color, atol=1e-5)
    assert not torch.allclose(first.pred_image.color, third.pred_image.color, atol=1e-5)


def test_another_config_or_other_weights_are_another_version(tmp_path):
    def version(weights, seed):
        (tmp_path / 'best.pth').write_bytes(weights)
        (tmp_path / 'oral.py').write_text(f'seed = {seed}')
        return model_version(Config.fromfile(tmp_path / 'oral.py'), tmp_path / 'best.pth')

    assert version(b'a', 0) == version(b'a', 0) and version(b'a', 0).startswith('oral ')
    assert len({version(b'a', 0), version(b'b', 0), version(b'a', 1)}) == 3


def test_a_config_without_a_model(tmp_path):
    (tmp_path / 'tasks.py').write_text('tasks = []')
    with pytest.raises(ValueError, match='tasks.py: no model'):
        load_trained(Config.fromfile(tmp_path / 'tasks.py'), tmp_path / 'best.pth')
