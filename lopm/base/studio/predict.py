"""A checkpoint's predictions on any photographs, through the same model and test pipeline as tools/test.py."""
import hashlib
import tempfile
from pathlib import Path

import torch

from lopm.engine.launch import LesionRunner
from lopm.files import write_json
from lopm.structures import LESION


def model_version(cfg, checkpoint):
    """A name that differs where the config or the weights do, such as ``multitask 3f2a91c4``."""
    digest = hashlib.sha256(cfg.pretty_text.encode() + Path(checkpoint).read_bytes()).hexdigest()
    return f'{Path(cfg.filename).stem} {digest[:8]}'


def predict(model, cfg, folder, images):
    """Yield one predicted ``LesionDataSample`` per photograph, in their order.

    Args:
        model: From ``lopm.engine.testing.load_trained``.
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
