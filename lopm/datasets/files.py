"""Text and json files: written complete or not at all, read with errors that name them. Imports nothing heavy."""
import json
import os
from pathlib import Path


def write_text(path, text):
    """Write through a temporary file, so that a killed run leaves the old file or the new one. Returns the path."""
    partial = Path(f'{path}.partial')
    partial.write_text(text, encoding='utf-8')
    os.replace(partial, path)
    return path


def write_json(path, content):
    """As ``write_text``. The audit, which people read, has a line per value."""
    return write_text(path, json.dumps(content, indent=1 if path.name == 'audit.json' else None))


def parse_json(text, path):
    """What a json text says; a ValueError that names the file if it is none."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f'{path}: no valid json ({error}); it was edited by hand or is damaged: restore it') from None
