"""What predicts, as one hash: equal for a run, for the config that tests it and for a pack of it, another wherever a
probability may be another."""
import hashlib
import json

import torch

from lopm.engine.runs import pipeline_of
from lopm.weights import load_weights

TRAINING_ONLY = ('pretrained', 'init_cfg', 'checkpoint', 'prior_from')  # of a model's config; some are paths


def identity(cfg, checkpoint):
    """SHA-256 of all that an answer follows from: the network as a config builds it, how a photograph and a record are
    prepared, mirrorings, and the weights of each network that is asked. What a pack makes of an answer is not in it.

    Args:
        cfg: Of a run or of a pack. checkpoint: File of its weights; those of ``predict_with`` stand in the config.
    """
    ensemble, dataset = cfg.get('predict_with') or {}, cfg.test_dataloader.dataset
    built = to_plain([single(cfg), cfg.tasks, dataset.get('record_fields'), pipeline_of(cfg),
                      ensemble.get('flips', ['none'])])
    weights = [fingerprint(each) for each in (checkpoint, *ensemble.get('others', ()))]
    return hashlib.sha256(json.dumps([built, weights], sort_keys=True, default=str).encode()).hexdigest()


def fingerprint(checkpoint):
    """SHA-256 of the names and values of the weights in a file, whatever its form."""
    found = hashlib.sha256()
    for name, value in sorted(load_weights(checkpoint).items()):
        found.update(f'{name} {value.dtype} {list(value.shape)}'.encode())
        found.update(value.contiguous().flatten().view(torch.uint8).numpy().data)
    return found.hexdigest()


def single(cfg):
    """The config of one network, also where several were made of it."""
    return cfg.model['members'][0] if cfg.model['type'] == 'Ensemble' else cfg.model


def to_plain(value):
    """A part of a config without what only a training reads."""
    if isinstance(value, dict):
        return {key: to_plain(each) for key, each in value.items() if key not in TRAINING_ONLY}
    return [to_plain(each) for each in value] if isinstance(value, list | tuple) else value
