"""A checkpoint's predictions on any photographs, through the same model and test pipeline as tools/test.py."""
import hashlib
import tempfile
from pathlib import Path

import torch
from mmengine.registry import init_default_scope

from lopm.engine.checks import near_names
from lopm.engine.launch import LesionRunner
from lopm.engine.weights import load_model
from lopm.files import write_json
from lopm.registry import MODELS
from lopm.structures import LESION


def model_version(cfg, checkpoint):
    """A name that differs where the config or the weights do, such as ``multitask 3f2a91c4``."""
    digest = hashlib.sha256(cfg.pretty_text.encode() + Path(checkpoint).read_bytes()).hexdigest()
    return f'{Path(cfg.filename).stem} {digest[:8]}'


@near_names()
def load(cfg, checkpoint):
    """The model of a config with the weights of a checkpoint, ready to predict, on the GPU where there is one."""
    if not cfg.get('model') or not cfg.get('test_dataloader'):
        raise ValueError(f'{cfg.filename}: no model and test data in it; give the config that the checkpoint was '
                         'trained with')
    init_default_scope('lopm')
    model = MODELS.build(cfg.model)
    load_model(model, checkpoint)
    model.eval()
    return model.cuda() if torch.cuda.is_available() else model


def predict(model, cfg, folder, images):
    """Yield one predicted ``LesionDataSample`` per photograph, in their order.

    Args:
        model: From ``load``.
        cfg: Its config; of the test part the pipeline, batch size and workers are used.
        folder: What ``file_name`` is relative to.
        images: Entries of a json's ``images``; with their record, where the model reads it.
    """
    test = cfg.test_dataloader
    entries = [{**image, 'file_name': str(Path(folder, image['file_name']).resolve())} for image in images]
    with tempfile.TemporaryDirectory() as temporary:
        ann_file = write_json(Path(temporary, 'images.json'), {
            'images': entries, 'annotations': [], 'categories': [{'id': 1, 'name': LESION}]})
        dataset = {'type': 'LesionDataset', 'ann_file': str(ann_file), 'test_mode': True,
                   **{key: test.dataset[key] for key in ('tasks', 'record_fields', 'pipeline') if key in test.dataset}}
        dataloader = LesionRunner.build_dataloader({**test, 'dataset': dataset})
    with torch.no_grad():
        for batch in dataloader:
            yield from model.test_step(batch)
