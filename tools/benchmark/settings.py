"""A folder of finished runs belongs to one set of settings: with others its tables would have a false header."""
import json


def keep_settings(out, settings):
    """Note ``settings`` in the folder ``out``, or refuse them where it was begun with others."""
    out.mkdir(parents=True, exist_ok=True)
    file, settings = out / 'settings.json', json.loads(json.dumps(settings))
    noted = json.loads(file.read_text()) if file.is_file() else settings
    if noted != settings:
        raise SystemExit(f'{out} holds runs of {noted}, but {settings} is asked for: name another --out')
    file.write_text(json.dumps(settings))
