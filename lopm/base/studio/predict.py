"""A checkpoint's predictions on any photographs, through the same model and test pipeline as tools/test.py."""
import hashlib
from pathlib import Path

import torch

from lopm.engine.photographs import loader_of


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
    with torch.no_grad():
        for batch in loader_of(cfg, folder, images):
            yield from model.test_step(batch)
