"""A folder of finished runs belongs to one set of settings: with others its tables would have a false header."""
import json
from pathlib import Path
from typing import Any

from lopm.files import read_json, write_json


def keep_settings(out, settings):
    """Note ``settings`` in the folder ``out``, or refuse them where it was begun with others.

    Raises:
        ValueError: Names what differs.
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    file, settings = out / 'settings.json', json.loads(json.dumps(settings))
    if not file.is_file():
        write_json(file, settings)
        return
    noted = read_json(file, dict[str, Any])
    differing = sorted(key for key in {*noted, *settings} if noted.get(key) != settings.get(key))
    if differing:
        raise ValueError(f'{out} holds runs of other settings: ' + '; '.join(
            f'{key} is {noted.get(key)!r} there and {settings.get(key)!r} here' for key in differing)
            + '. Name another folder, or give the same settings to go on')
