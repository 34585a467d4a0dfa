"""What a lesion that was not found is answered by is what the model learned from, whatever it is tested on."""
import json

import pytest
import torch

from lopm.engine.launch import load_config
from lopm.engine.prior import prior_of
from lopm.evaluation.metrics import LesionMetric
from lopm.weights import export_weights, notes_of, read_checkpoint

CONFIG = 'configs/multitask.py'
SHARE = [0.75, 0.75]  # of one lesion "homogeneous" and three "non_homogeneous", above each cut


def write_base(folder, parts, words=('homogeneous', *['non_homogeneous'] * 3)):
    folder.mkdir()
    for part in parts:
        lesions = [dict(id=i, image_id=1, category_id=1, segmentation=[[2, 2, 20, 2, 20, 20]],
                        attributes=dict(homogeneity=word, color=['white'], diagnosis='lichen_planus'))
                   for i, word in enumerate(words, 1)]
        (folder / f'{part}.json').write_text(json.dumps(dict(
            images=[dict(id=1, file_name='a.jpg', width=32, height=32)], annotations=lesions,
            categories=[dict(id=1, name='lesion')])))
    return folder


@pytest.fixture
def checkpoint(tmp_path):
    cfg = load_config(CONFIG, folder=write_base(tmp_path / 'base', ['train', 'val', 'test']))
    meta = {'left_out': cfg.left_out, 'prior': prior_of(cfg)}
    assert meta['prior']['homogeneity'] == SHARE
    torch.save({'state_dict': {}, 'meta': meta}, tmp_path / 'best.pth')
    return tmp_path / 'best.pth'


@pytest.mark.parametrize('exported', [None, 'weights.pth', 'weights.safetensors'])
def test_another_base_is_tested_with_the_prior_of_the_training(checkpoint, tmp_path, exported):
    if exported:
        torch.save({'state_dict': {'weight': torch.ones(1)}, 'meta': notes_of(read_checkpoint(checkpoint))}, checkpoint)
        export_weights(checkpoint, tmp_path / exported)
        checkpoint = tmp_path / exported
    for other in (write_base(tmp_path / 'alone', ['test']),  # nobody who tests needs the training's json
                  write_base(tmp_path / 'whole', ['train', 'test'], ['homogeneous'])):
        cfg = load_config(CONFIG, folder=other, checkpoint=checkpoint)
        prior = LesionMetric(**{key: value for key, value in cfg.test_evaluator.items() if key != 'type'}).prior
        assert prior['homogeneity'].tolist() == SHARE


def test_what_the_config_states_holds_and_an_older_checkpoint_leaves_it_to_the_training_part(checkpoint, tmp_path):
    stated = load_config(CONFIG, folder=tmp_path / 'base', checkpoint=checkpoint,
                         options=['test_evaluator.prior_from=FILE'])
    assert stated.test_evaluator.prior_from == 'FILE' and 'prior' not in stated.test_evaluator
    torch.save({'state_dict': {}}, tmp_path / 'older.pth')
    older = load_config(CONFIG, folder=tmp_path / 'base', checkpoint=tmp_path / 'older.pth')
    assert older.test_evaluator.prior_from == str(tmp_path / 'base/train.json')


def test_a_prior_of_other_tasks_is_refused():
    task = dict(name='color', kind='multiclass', classes=['a', 'b', 'c'])
    with pytest.raises(ValueError, match='2 entries for color, and the config 3'):
        LesionMetric([task], prior={'color': [0.5, 0.5]})
