"""A base of words without outlines, and a model without an outline head: trained, tested, drawn and read back."""
import json
from pathlib import Path

import numpy as np
import pytest

from lopm.engine import launch, testing
from lopm.evaluation.predictions import read_predictions, score_predictions

pytestmark = pytest.mark.slow

PARTS = ('train', 'val', 'test')
CONFIG = Path(__file__).with_name('small_config.py')
WORDS = ('color', 'texture', 'homogeneity', 'diagnosis')


@pytest.fixture(scope='module')
def outlined(built_in, tmp_path_factory):
    """Built-in photographs."""
    folder = tmp_path_factory.mktemp('photographs')
    return built_in(folder / 'base')


@pytest.fixture(scope='module')
def words_alone(outlined, tmp_path_factory):
    """The same photographs, each with the words of its first lesion and no outline."""
    folder = tmp_path_factory.mktemp('words')
    for part in PARTS:
        content = json.loads((outlined / f'{part}.json').read_text())
        words = {}
        for annotation in content['annotations']:
            words.setdefault(annotation['image_id'], annotation.get('attributes', {}))
        for image in content['images']:
            image.update(attributes=words.get(image['id'], {}), outlined=False,
                         file_name=str(outlined / image['file_name']))
        (folder / f'{part}.json').write_text(json.dumps({**content, 'annotations': []}))
    return folder


def run(folder, out, options):
    """Train an epoch and test; the scores, and those of the predictions read back."""
    cfg = launch.load_config(CONFIG, out, options, folder)
    cfg.custom_hooks.append(dict(type='PictureHook'))
    launch.train(cfg)
    cfg = launch.load_config(CONFIG, out, options, folder)
    cfg.test_dataloader.dataset.ann_file = 'train.json'  # of so few photographs hardly any is left to test on
    scores = testing.test(cfg, out / 'last.pth', show_dir=out / 'shown', unaudited=True, predictions=out / 'p.parquet')
    return scores, score_predictions(*read_predictions(out / 'p.parquet'))


@pytest.mark.parametrize('options', [[], ['model.outline_head=None'], ['predict_with.flips=[none,horizontal]']],
                         ids=['the outline is left out', 'no outline head', 'mirrored'])
def test_words_alone_are_learned_and_scored(words_alone, tmp_path, options):
    scores, again = run(words_alone, tmp_path, [*options, 'judged_by=color/auroc'])
    assert scores['n/outlined'] == scores['n/lesions'] == 0 and scores['n/whole_photographs'] == scores['color/n'] > 0
    assert not np.isnan(scores['color/auroc']) and np.isnan(scores['outline/jaccard'])
    assert np.isnan(scores['true_outline/color/auroc'])
    for name, value in again.items():
        assert scores[name] == pytest.approx(value, abs=1e-6, nan_ok=True), name
    assert (tmp_path / 'shown/test_photographs.png').is_file() and (tmp_path / 'pictures/curves.png').is_file()


def test_a_model_without_an_outline_head_is_scored_beside_true_outlines(outlined, tmp_path):
    scores, _ = run(outlined, tmp_path, ['model.outline_head=None', 'judged_by=color/auroc'])
    assert scores['n/lesions'] == 0 and np.isnan(scores['outline/jaccard']) and np.isnan(scores['color/matched'])
    for name in WORDS:
        assert scores[f'{name}/n'] > 0
    assert not np.isnan(scores['true_outline/color/auroc']) and not np.isnan(scores['color/auroc'])
