"""Parts of a data set: divided by patient, checked, and written with an audit of what was checked."""
import json
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from lopm.datasets.coco import lesion_key
from lopm.datasets.index import read_images
from lopm.files import sha256, write_json
from lopm.structures import LESION


def split_groups(strata, shares, seed):
    """Deal groups (patients, or photographs where there are none) out to parts.

    Args:
        strata: ``{group: stratum}``; every part gets its share of every stratum, to the nearest group.
        shares: ``{part: share}``, summing to 1.
        seed: Equal seeds give equal parts.

    Returns:
        ``{group: part}``.
    """
    if not np.isclose(sum(shares.values()), 1):
        raise ValueError(f'the shares of the parts {shares} sum to {sum(shares.values()):g}, not to 1')
    rng = np.random.default_rng(seed)
    part_of = {}
    for stratum in sorted(set(strata.values())):
        groups = rng.permutation(sorted(group for group in strata if strata[group] == stratum)).tolist()
        cuts = np.round(np.cumsum(list(shares.values()))[:-1] * len(groups)).astype(int)
        for part, chosen in zip(shares, np.split(groups, cuts)):
            part_of.update(dict.fromkeys(chosen.tolist(), part))
    return part_of


def check_parts(files):
    """Refuse parts that share a patient or a photograph: what is learned by heart would count as understood.

    Args:
        files: Paths of the json files or their indices, one per part.

    Raises:
        ValueError: Names the patients or photographs and the two files.
    """
    refuse_shared({path: read_images(path) for path in dict.fromkeys(map(Path, files))})


def refuse_shared(parts):
    """As ``check_parts``, for ``{path: images}``, so that parts are checked before they are written."""
    seen = {}
    for path, images in parts.items():
        names = set()
        for image in images:
            names.add(('photograph', str(path.parent / image['file_name'])))
            if has_patient(image):
                names.add(('patient', image['patient_id']))
        for other, others in seen.items():
            both = sorted(names & others, key=str)
            if both:
                raise ValueError(f'{len(both)} {both[0][0]}s are in two parts, {other} and {path}: '
                                 f'{", ".join(str(name) for _, name in both[:10])}; move each to one part')
        seen[path] = names


def write_parts(folder, parts, checked):
    """Write ``{part: COCO dict}`` as ``<part>.json``, and ``audit.json`` beside them; each file appears complete.

    Args:
        checked: What else the audit shall say: the source, settings, what could not be checked.

    Returns:
        The audit.
    """
    folder = Path(folder)
    images = {part: content['images'] for part, content in parts.items()}
    refuse_shared({folder / f'{part}.json': rows for part, rows in images.items()})
    paths = {part: write_json(folder / f'{part}.json', content) for part, content in parts.items()}
    audit = {
        'lopm': 1, 'version': lopm_version(), **checked,
        'counts': {part: {'photographs': len(rows), 'groups': len({_group(image) for image in rows}),
                          'lesions': _count_lesions(parts[part])} for part, rows in images.items()},
        'patients_apart': _patients_apart(images),
        'sha256': {path.name: sha256(path) for path in paths.values()}}
    write_json(folder / 'audit.json', audit, indent=1)
    return audit


class Unaudited(ValueError):
    """A part that no audit vouches for; the message names the file and the fix."""


def require_audit(path):
    """Refuse a part unless the ``audit.json`` beside it was written for this very file.

    Raises:
        Unaudited: No audit; one of another file; one that found patients in two parts.
    """
    path = Path(path)
    audit_file = path.parent / 'audit.json'
    fix = 'divide the base with tools/split_dataset.py, or say --unaudited to test all the same'
    try:
        audit = json.loads(audit_file.read_text(encoding='utf-8'))
    except FileNotFoundError:
        raise Unaudited(f'{path}: no audit.json beside it says that its patients are in no other part; {fix}') from None
    except ValueError as error:
        raise Unaudited(f'{audit_file}: no valid json ({error}); {fix}') from None
    if audit.get('sha256', {}).get(path.name) != sha256(path):
        raise Unaudited(f'{path} is not the file that {audit_file} was written for: it was changed afterwards; {fix}')
    if audit.get('patients_apart') is False:
        raise Unaudited(f'{audit_file} says that patients are in two parts; {fix}')


def _group(image):
    """What must stay in one part: the patient, or the photograph where no patient is known."""
    return ('patient', image['patient_id']) if has_patient(image) else ('photograph', image['file_name'])


def has_patient(image):
    return image.get('patient_id') not in (None, '')


def _count_lesions(content):
    lesion = {category['id'] for category in content['categories'] if category['name'] == LESION}
    return len({(a['image_id'], lesion_key(a)) for a in content['annotations'] if a['category_id'] in lesion})


def _patients_apart(images):
    kinds = Counter(_group(image)[0] for rows in images.values() for image in rows)
    if kinds['photograph']:
        return f'unknown for {kinds["photograph"]} photographs without a patient id: one group per photograph'
    return True


def lopm_version():
    try:
        return version('lopm')
    except PackageNotFoundError:
        return 'not installed'
