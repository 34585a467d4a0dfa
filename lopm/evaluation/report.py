"""Scores as a file: ``metrics.json``."""
import hashlib
import json
import math
import os
from pathlib import Path


def write_metrics(path, scores, config=None, checkpoint=None):
    """Write scores ``{name: float}`` as json, in their order, with what they are scores of.

    nan becomes null, which json can say. ``config`` is its file name and the text of all it says, ``checkpoint`` a file
    name; beside each stands the SHA-256 of the content. The file appears complete or not at all.
    """
    content = {}
    if config:
        content.update(config=Path(config[0]).name, config_sha256=hashlib.sha256(config[1].encode()).hexdigest())
    if checkpoint:
        content.update(checkpoint=Path(checkpoint).name, checkpoint_sha256=sha256(checkpoint))
    content.update({name: None if math.isnan(value) else round(value, 6) for name, value in scores.items()})
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f'{path.name}.partial')
    with open(partial, 'w') as file:
        file.write(json.dumps(content, indent=1) + '\n')
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def sha256(path):
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()
