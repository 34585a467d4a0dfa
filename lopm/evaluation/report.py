"""Scores as a file: ``metrics.json``."""
import hashlib
from pathlib import Path

from lopm.files import sha256, write_json


def write_metrics(path, scores, config=None, checkpoint=None):
    """Write scores ``{name: float}`` as json, in their order, with what they are scores of.

    nan becomes null. ``config`` is its file name and the text of all it says, ``checkpoint`` a file
    name; beside each stands the SHA-256 of the content. The file appears complete or not at all.
    """
    content = {}
    if config:
        content.update(config=Path(config[0]).name, config_sha256=hashlib.sha256(config[1].encode()).hexdigest())
    if checkpoint:
        content.update(checkpoint=Path(checkpoint).name, checkpoint_sha256=sha256(checkpoint))
    content.update({name: round(value, 6) for name, value in scores.items()})
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    write_json(path, content, indent=1)
