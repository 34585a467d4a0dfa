"""The intake of photographs: a folder of a clinic in, a base without names out.

First every file is identified (read once, its pixels not decoded), so that what lies there twice, or with two
patients, is known before anything is written. Then the photographs that the base does not have are cleaned.
"""
import functools
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from rich.progress import track

from lopm.curation.intake.clean import clean, identify
from lopm.curation.intake.faces import count_faces, load_detector
from lopm.curation.intake.remarks import find_doubts, find_remarks
from lopm.files import sha256
from lopm.workers import start_workers


class Entry(NamedTuple):
    """What became of one file of the clinic. For the key holder alone."""

    path: Path
    patient: str | None = None
    file_name: str | None = None  # in the base; None: not taken in, and the remark says why
    remark: str = ''
    patient_in_doubt: bool = False


def ingest(files, patients, names, manifest, workers, lossless=False):
    """Take photographs into a base, and say what became of each file.

    Args:
        files: Paths.
        patients: ``{path: patient's id}``. A DICOM file that is not in it brings its own.
        names: ``Names`` of the key.
        manifest: ``Manifest`` of the base, which gets a row for each photograph.
        workers: Number of processes.
        lossless: Write PNG whatever the source is.

    Returns:
        An ``Entry`` per file, in their order.
    """
    with start_workers(workers) as pool:
        found = pool.map(functools.partial(identify, names=names), files, chunksize=8)
        identities = dict(track(zip(files, found), 'reading', total=len(files)))
        patients = {path: patients.get(path, one.patient) for path, one in identities.items()}
        problems = {path: one.problem for path, one in identities.items() if one.problem}
        copies = defaultdict(list)
        for path in files:
            if path not in problems:
                copies[identities[path].name].append(path)
        owners = {name: _owners(paths, patients, names) for name, paths in copies.items()}
        problems |= _clean_new(pool, copies, owners, manifest, lossless)
    doubts = find_doubts(copies, owners, manifest.rows)
    remarks = find_remarks(copies, patients, manifest.rows)

    def entry(path):
        if path in problems:
            return Entry(path, patients[path], None, problems[path])
        said = '; '.join(doubts[path] + remarks[path])
        return Entry(path, patients[path], manifest.rows[identities[path].name]['file_name'], said, bool(doubts[path]))

    return [entry(path) for path in files]


def find_faces(manifest, model, workers):
    """Look for faces on the photographs that this model has not seen yet. Their rows get ``faces``."""
    load_detector(model)
    seen_by = sha256(model)
    todo = [name for name, row in sorted(manifest.rows.items()) if row.get('faces', {}).get('model') != seen_by]
    with start_workers(workers) as pool:
        paths = [manifest.folder / manifest.rows[name]['file_name'] for name in todo]
        counts = pool.map(functools.partial(count_faces, model=model), paths, chunksize=4)
        for name, count in track(zip(todo, counts), 'looking for faces', total=len(todo)) if todo else ():
            manifest.add(name, {**manifest.rows[name], 'faces': {'model': seen_by, 'count': count}})


def _clean_new(pool, copies, owners, manifest, lossless):
    """Clean what the base does not have; fill in patients that it did not know. ``{path: problem}`` of the rest."""
    todo, problems = [], {}
    for name in sorted(copies):  # in the order of the new names, so that the files' dates tell nothing of the old ones
        row = manifest.rows.get(name)
        if row is None and len(owners[name]) < 2:
            todo.append(name)
        elif row is None:
            problems |= dict.fromkeys(copies[name], f'the same photograph lies with {len(owners[name])} patients; '
                                                    'leave it with the one whose it is')
        elif row['patient_id'] is None and len(owners[name]) == 1:
            manifest.add(name, {**row, 'patient_id': owners[name][0]})
    jobs = [copies[name][0] for name in todo], [manifest.folder / 'images' / name for name in todo]
    found = pool.map(functools.partial(clean, lossless=lossless), *jobs)
    for name, (row, problem) in track(zip(todo, found), 'cleaning', total=len(todo)) if todo else ():
        if problem:
            problems |= dict.fromkeys(copies[name], problem)
        else:
            manifest.add(name, {'patient_id': next(iter(owners[name]), None), **row})
    return problems


def _owners(paths, patients, names):
    """The keyed names of all patients with whom one photograph lies."""
    return sorted({names.patient(patients[path]) for path in paths if patients[path]})
