"""What is measured on every photograph and its outlines: in parallel, once, kept in a file."""
import hashlib
import json
from pathlib import Path

import cv2

from lopm.base import near_duplicates
from lopm.base.doctor import outlines
from lopm.datasets.photographs import BadPhotograph, WrongSize, read_photograph
from lopm.files import sha256, sole_run, write_text
from lopm.measure import light
from lopm.workers import start_workers


def photograph_facts(path, size, segmentations, lesions):
    """What the checks want to know about one photograph, ready for json.

    Args:
        path: Of the photograph.
        size: (width, height) that the json says.
        segmentations: Of all its annotations.
        lesions: ``[(index of the annotation, lesion, rater)]`` of those that outline a lesion.

    Returns:
        ``problem`` (``[check, words]`` or None); ``outlines``, ``overlaps``, ``jaccard`` (``doctor.outlines``); and
        of a photograph that can be read ``sha256``, ``hashes`` (hex, ``near_duplicates``), ``blur``, ``brightness``,
        ``white``, ``glare`` (``measure.light``).
    """
    width, height = size
    rles = outlines.encode_outlines(segmentations, height, width)
    overlaps, jaccard = outlines.compare_outlines(rles, lesions)
    facts = {'problem': None, 'outlines': outlines.measure_outlines(segmentations, rles, height, width),
             'overlaps': overlaps, 'jaccard': jaccard}
    try:
        photograph, facts['problem'] = _read(path, size)
    except BadPhotograph as error:
        kind = 'unreadable_photograph' if Path(path).is_file() else 'missing_photograph'
        return {**facts, 'problem': [kind, str(error)]}
    small = light.small_copy(photograph)
    inside = outlines.draw_inside([] if facts['problem'] else [rles[i] for i, *_ in lesions], small.shape[:2])
    hashes = near_duplicates.perceptual_hashes(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY))
    return {**facts, 'sha256': sha256(path),
            'hashes': [each.tobytes().hex() for each in hashes], **light.measure_light(small, inside)}


def _read(path, size):
    """The photograph, decoded no larger than wanted, and what is wrong with its size."""
    enough = (light.SIDE, light.SIDE)
    try:
        return read_photograph(path, size, enough), None
    except WrongSize as error:
        return read_photograph(path, at_least=enough), ['wrong_size', str(error)]


def gather_facts(jobs, cache, workers=2):
    """Facts of every photograph, in order.

    Args:
        jobs: Arguments of ``photograph_facts``, one tuple per photograph.
        cache: File that facts are kept in by the photograph's file size and time, its outlines, and the version of
            this code. A stopped run goes on from it, an unchanged photograph costs nothing.
        workers: Processes.
    """
    from rich.progress import track
    with sole_run(cache.parent):
        known = _read_cache(cache)
        names = [_fingerprint(job) for job in jobs]
        todo = {name: job for name, job in zip(names, jobs) if name not in known}
        measured = zip(todo, _each(list(todo.values()), workers))
        with open(cache, 'a', encoding='utf-8') as file:
            for name, facts in track(measured, 'reading photographs', len(todo)) if todo else ():
                known[name] = facts
                file.write(json.dumps([name, facts]) + '\n')
                file.flush()
        return [known[name] for name in names]


def _read_cache(path):
    """``{fingerprint: facts}``; a last line that a killed run left half-written is cut off."""
    lines = path.read_text(encoding='utf-8').split('\n')[:-1] if path.is_file() else []
    write_text(path, ''.join(f'{line}\n' for line in lines))
    return dict(json.loads(line) for line in lines)


def _fingerprint(job):
    """Hash of all that facts depend on: the file as far as its size and time tell, the outlines, this code."""
    path = Path(job[0])
    stat = (path.stat().st_size, path.stat().st_mtime_ns) if path.is_file() else None
    return hashlib.sha256(json.dumps([_code(), stat, *map(str, job)]).encode()).hexdigest()[:32]


def _code():
    if not hasattr(_code, 'hash'):
        sources = [Path(module.__file__).read_bytes() for module in (near_duplicates, light, outlines)]
        _code.hash = hashlib.sha256(b''.join([Path(__file__).read_bytes(), *sources])).hexdigest()
    return _code.hash


def _each(jobs, workers):
    """``map`` over processes; a stop ends them at once."""
    if workers < 2 or len(jobs) < 2 * workers:
        yield from (photograph_facts(*job) for job in jobs)
        return
    with start_workers(workers) as pool:
        yield from pool.map(photograph_facts, *zip(*jobs), chunksize=4)
