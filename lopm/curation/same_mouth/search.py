"""All pairs of photographs of a base that show one mouth, each described and compared once."""
import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lopm.curation import journal
from lopm.curation.same_mouth import candidates, features, geometry, mirror
from lopm.files import whole_file

METHOD = (f'SIFT ({features.POINTS} points at {features.SIDE} px) of each photograph and its {candidates.NEIGHBORS} '
          f'nearest by VLAD ({candidates.WORDS} words), of its mirror image and {candidates.MIRRORED}; a homography '
          f'(USAC_MAGSAC, {geometry.PIXELS} px) that {geometry.LEAST} matches or more obey, spread over the photograph')


def keep_features(folder, digest, grey):
    """Describe a photograph, in ``folder``: up to 200 KB, named by the photograph's sha256."""
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(feature_file(folder, digest)) as partial, open(partial, 'wb') as file:
        np.save(file, features.local_features(grey))


def feature_file(folder, digest):
    return folder / f'{digest}.npy'


@functools.lru_cache(32)
def _load(path):
    try:
        return np.load(path)
    except (ValueError, EOFError):
        raise ValueError(f'{path}: damaged; remove the folder {Path(path).parent}, it is made anew') from None


class Pair(NamedTuple):
    """Two photographs of one mouth, by their numbers; one of them may be ``mirrored``."""

    one: int
    other: int
    matches: int
    mirrored: bool


def same_mouths(digests, groups, folder, workers=2):
    """All ``Pair``s of photographs that show one mouth, first those that are not mirrored.

    Args:
        digests: The sha256 of each photograph, whose points are in ``folder`` (``keep_features``); None of what cannot
            be read.
        groups: int ``[N]``; photographs of one group are tied already, and not compared.
        folder: Beside it, in ``pairs.jsonl``, stands what every pair gave.
    """
    files = [feature_file(folder, digest) if digest else None for digest in digests]
    usable = np.array([i for i, file in enumerate(files) if file and len(_load(file)) >= geometry.LEAST], int)
    if len(set(groups[usable].tolist())) < 2:
        return []
    kinds = _find_kinds([files[i] for i in usable])
    described, turned = (_describe([files[i] for i in usable], kinds, mirrored, workers) for mirrored in (False, True))
    straight = candidates.propose(described, groups[usable])
    mirrored = candidates.propose(described, groups[usable], turned, candidates.MIRRORED)
    found = []
    for proposed, is_mirrored in ((straight, False), (mirrored, True)):
        known = {pair[:2] for pair in found}
        pairs = [pair for pair in map(tuple, usable[proposed].tolist()) if pair not in known]
        matches = _compare_all(pairs, files, digests, folder, is_mirrored, workers)
        found += [Pair(*pair, count, is_mirrored) for pair, count in zip(pairs, matches) if count]
    return found


def _find_kinds(files):
    chosen = files[::max(1, len(files) // candidates.SAMPLE)][:candidates.SAMPLE]
    return candidates.find_kinds([_load(file) for file in chosen])


def _describe(files, kinds, mirrored, workers):
    """float32 ``[N, D]`` of ``candidates.describe``; 64 KB a photograph."""
    described = np.empty((len(files), kinds.size), np.float32)
    rows = journal.each(_describe_file, [(file, kinds, mirrored) for file in files], workers)
    for i, row in enumerate(rows):
        described[i] = row
    return described


def _describe_file(file, kinds, mirrored):
    return candidates.describe(_seen(file, mirrored), kinds)


def _compare_all(pairs, files, digests, folder, mirrored, workers):
    """Verified matches of each pair, of which the first photograph may be mirrored."""
    code = journal.code_of(features, geometry, *[mirror] * mirrored)
    return journal.remembered(
        folder.parent / 'pairs.jsonl', [journal.fingerprint(code, digests[i], digests[j]) for i, j in pairs],
        [(files[i], files[j], mirrored) for i, j in pairs], _compare, workers,
        'comparing with mirror images' if mirrored else 'comparing photographs')


def _compare(one, other, mirrored):
    return geometry.verified_matches(_seen(one, mirrored), _load(other))


def _seen(file, mirrored):
    return mirror.mirrored(_load(file)) if mirrored else _load(file)
