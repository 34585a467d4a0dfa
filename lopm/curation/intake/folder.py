"""The folder of a base: made with one key, and what it says of itself in ``ingest.json``."""
from collections import defaultdict
from pathlib import Path

import msgspec

from lopm.curation.intake.names import Names, load_key, make_key
from lopm.files import read_json, write_json

NOT_CHECKED = 'the check for faces did not run: no detector model was given (--face-model)'


class Summary(msgspec.Struct):
    """What is read back of ``ingest.json``."""

    key: str


def open_base(folder, key_path):
    """Open or make a base, and its key if neither is there. Returns the key's ``Names``.

    Raises:
        ValueError: The base was made with another key, under which every photograph would come in a second time;
            the key is not there or cannot be read; or the folder holds something else.
    """
    folder, summary = Path(folder), Path(folder, 'ingest.json')
    if summary.is_file():
        if not Path(key_path).exists():
            raise ValueError(f'{key_path}: no such file; {folder} was made with a key: give the file that holds it, or '
                             'restore it from its copy')
        names = Names(load_key(key_path))
        if read_json(summary, Summary).key != names.fingerprint():
            raise ValueError(f'{folder} was made with another key than the one in {key_path}; give the key that it was '
                             'made with, or another OUT_DIR')
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f'{folder} is there and no base of this tool; name a new or empty folder')
    else:
        names = Names(load_key(key_path) if Path(key_path).exists() else make_key(key_path))
        folder.mkdir(parents=True, exist_ok=True)
        write_json(summary, {'key': names.fingerprint()})
    (folder / 'images').mkdir(exist_ok=True)
    return names


def remove_partial(folder):
    """Remove what a killed run left half-written."""
    for partial in Path(folder, 'images').glob('*.partial'):
        partial.unlink(missing_ok=True)


def write_summary(folder, names, rows):
    """Write ``ingest.json``: the key's fingerprint, counts, photographs of equal pixels, faces. Returns it."""
    same_pixels = defaultdict(list)
    for _, row in sorted(rows.items()):
        same_pixels[row['sha256']].append(row['file_name'])
    patients = [row['patient_id'] for row in rows.values()]
    summary = {'key': names.fingerprint(), 'photographs': len(rows), 'patients': len(set(patients) - {None}),
               'without_patient': patients.count(None),
               'same_pixels': [some for some in same_pixels.values() if len(some) > 1],
               'faces': _faces(rows)}
    write_json(Path(folder, 'ingest.json'), summary)
    return summary


def _faces(rows):
    checked = {row['file_name']: row['faces'] for row in rows.values() if 'faces' in row}
    if not checked:
        return NOT_CHECKED
    return {'models': sorted({faces['model'] for faces in checked.values()}), 'checked': len(checked),
            'not_checked': len(rows) - len(checked),
            'to_look_at': sorted(name for name, faces in checked.items() if faces['count'])}
