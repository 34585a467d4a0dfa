"""What is measured on every photograph and its outlines: in parallel, once, kept in a file."""
import functools
import sys
from pathlib import Path

import cv2

from lopm.curation import near_duplicates
from lopm.curation.doctor import outlines
from lopm.curation.journal import code_of, fingerprint, remembered
from lopm.curation.same_mouth import features as local
from lopm.curation.same_mouth.search import feature_file, keep_features, same_mouths
from lopm.curation.ties import tie
from lopm.datasets.photographs import BadPhotograph, WrongSize, read_photograph
from lopm.files import sha256, sole_run
from lopm.measure import light

FEATURES = 'features'  # folder beside the facts


def photograph_facts(path, size, segmentations, lesions, features):
    """What the checks want to know about one photograph, ready for json.

    Args:
        path: Of the photograph.
        size: (width, height) that the json says.
        segmentations: Of all its annotations.
        lesions: ``[(index of the annotation, lesion, rater)]`` of those that outline a lesion.
        features: Folder that gets the photograph's points, by which another one of the same mouth is found.

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
    digest = sha256(path)
    keep_features(features, digest, cv2.cvtColor(photograph, cv2.COLOR_BGR2GRAY))
    small = light.small_copy(photograph)
    inside = outlines.draw_inside([] if facts['problem'] else [rles[i] for i, *_ in lesions], small.shape[:2])
    hashes = near_duplicates.perceptual_hashes(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY))
    return {**facts, 'sha256': digest,
            'hashes': [each.tobytes().hex() for each in hashes], **light.measure_light(small, inside)}


def _read(path, size):
    """The photograph, decoded no larger than wanted, and what is wrong with its size."""
    enough = (local.SIDE, local.SIDE)
    try:
        return read_photograph(path, size, enough), None
    except WrongSize as error:
        return read_photograph(path, at_least=enough), ['wrong_size', str(error)]


def measure(base, cache, workers=2):
    """Fill in the ``facts`` of every photograph of a ``Base``, and which of them show the same mouth.

    Args:
        cache: File that facts are kept in; beside it stand the photographs' points, and what pairs of them gave.
        workers: Processes.
    """
    with sole_run(cache.parent):
        facts = gather_facts([each.job() for each in base.photographs], cache, workers)
        for photograph, known in zip(base.photographs, facts):
            photograph.facts = known
        clusters = near_duplicates.cluster_photographs([each.facts.get('hashes') for each in base.photographs])
        groups = tie([each.patient for each in base.photographs], clusters)
        base.same_mouths = same_mouths([each.facts.get('sha256') for each in base.photographs], groups,
                                       cache.parent / FEATURES, workers)


def gather_facts(jobs, cache, workers=2):
    """Facts of every photograph, in order.

    Args:
        jobs: Arguments of ``photograph_facts``, one tuple per photograph.
        cache: File that facts are kept in by the photograph's file size and time, its outlines, and the version of
            this code.
        workers: Processes.
    """
    folder = cache.parent / FEATURES
    work = functools.partial(photograph_facts, features=folder)
    return remembered(cache, [_fingerprint(job) for job in jobs], jobs, work, workers, 'reading photographs',
                      lambda facts: 'sha256' not in facts or feature_file(folder, facts['sha256']).is_file())


def _fingerprint(job):
    """Of all that facts depend on: the file as far as its size and time tell, the outlines, this code."""
    path = Path(job[0])
    stat = (path.stat().st_size, path.stat().st_mtime_ns) if path.is_file() else None
    return fingerprint(code_of(sys.modules[__name__], near_duplicates, light, outlines, local), stat,
                       *map(str, job))
