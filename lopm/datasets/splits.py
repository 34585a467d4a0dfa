"""Parts of a data set: divided by patient, checked, and written with an audit of what was checked."""
import functools
import os
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
import numpy as np

from lopm.datasets.coco import lesion_key
from lopm.datasets.format import check_dataset, lesion_categories, write_dataset
from lopm.datasets.groups import has_patient
from lopm.datasets.index import read_images
from lopm.files import read_json, sha256, write_json


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
    empty = [part for part in shares if part not in part_of.values()]
    if empty:
        raise ValueError(f'{", ".join(empty)} would stay empty: {len(strata)} groups are too few for the shares '
                         f'{shares}')
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
    seen, place = {}, functools.cache(os.path.realpath)
    for path, images in parts.items():
        names = set()
        for image in images:
            names.add(('photograph', same_file(path.parent, image['file_name'], place)))
            if has_patient(image):
                names.add(('patient', image['patient_id']))
        for other, others in seen.items():
            both = sorted(names & others, key=str)
            if both:
                raise ValueError(f'{len(both)} {both[0][0]}s are in two parts, {other} and {path}: '
                                 f'{", ".join(str(name) for _, name in both[:10])}; move each to one part')
        seen[path] = names


def same_file(folder, name, place=os.path.realpath):
    """The one path of a photograph, by whatever way it is named: links followed, ``a/../b`` made short.

    Args:
        place: ``os.path.realpath`` of a folder; a cached one where many photographs share it.
    """
    path = os.path.join(folder, name)
    return os.path.realpath(path) if os.path.islink(path) else os.path.join(
        place(os.path.dirname(path)), os.path.basename(path))


def write_parts(folder, parts, checked, groups=None):
    """Write ``{part: COCO dict}`` as ``<part>.json``, and ``audit.json`` beside them; each file appears complete.

    Args:
        checked: What else the audit shall say: the source, settings, what could not be checked.
        groups: ``{part: number}`` of groups that were not to be torn apart; default: patients, and photographs
            without one.

    Returns:
        The audit.
    """
    folder = Path(folder)
    for part, content in parts.items():
        check_dataset(content, folder / f'{part}.json')
    images = {part: content['images'] for part, content in parts.items()}
    refuse_shared({folder / f'{part}.json': rows for part, rows in images.items()})
    paths = {part: write_dataset(folder / f'{part}.json', content) for part, content in parts.items()}
    audit = {
        'lopm': 1, 'version': lopm_version(), **checked,
        'counts': {part: {'photographs': len(rows),
                          'groups': groups[part] if groups else len({_group(image) for image in rows}),
                          'lesions': _count_lesions(parts[part])} for part, rows in images.items()},
        'patients_apart': _patients_apart(images),
        'sha256': {path.name: sha256(path) for path in paths.values()}}
    write_json(folder / 'audit.json', audit, indent=1)
    return audit


class Audit(msgspec.Struct):
    """What is read back of an ``audit.json``: of which files, how much is in them, and whether patients are apart."""

    sha256: dict[str, str] = {}
    counts: dict[str, dict[str, int]] = {}
    patients_apart: bool | str = False


class Unaudited(ValueError):
    """A part that no audit vouches for; the message names the file and the fix."""


def require_audit(path):
    """Refuse a part unless the ``audit.json`` beside it was written for this very file.

    Raises:
        Unaudited: No audit; one of another file; one that found patients in two parts.
    """
    path = Path(path)
    audit_file = path.parent / 'audit.json'
    fix = 'divide the base with lopm split, or say --unaudited to test all the same'
    try:
        audit = read_json(audit_file, Audit)
    except FileNotFoundError:
        raise Unaudited(f'{path}: no audit.json beside it says that its patients are in no other part; {fix}') from None
    except ValueError as error:
        raise Unaudited(f'{error}; {fix}') from None
    if audit.sha256.get(path.name) != sha256(path):
        raise Unaudited(f'{path} is not the file that {audit_file} was written for: it was changed afterwards; {fix}')
    if audit.patients_apart is False:
        raise Unaudited(f'{audit_file} says that patients are in two parts; {fix}')


def _group(image):
    """What must stay in one part: the patient, or the photograph where no patient is known."""
    return ('patient', image['patient_id']) if has_patient(image) else ('photograph', image['file_name'])


def _count_lesions(content):
    lesion = lesion_categories(content)
    return len({(a['image_id'], lesion_key(a)) for a in content['annotations'] if a['category_id'] in lesion})


def _patients_apart(images):
    kinds = Counter(_group(image)[0] for rows in images.values() for image in rows)
    if kinds['photograph']:
        return f'unknown for {kinds["photograph"]} photographs without a patient id: each counts as a patient'
    return True


def lopm_version():
    try:
        return version('lopm')
    except PackageNotFoundError:
        return 'not installed'
