"""All pairs of photographs of a base that show one mouth, each described and compared once."""
import functools
from pathlib import Path

import numpy as np

from lopm.base import journal
from lopm.base.same_mouth import candidates, features, geometry
from lopm.files import whole_file

METHOD = (f'SIFT ({features.POINTS} points at {features.SIDE} px) of each photograph and its {candidates.NEIGHBORS} '
          f'nearest by VLAD ({candidates.WORDS} words); a homography (USAC_MAGSAC, {geometry.PIXELS} px) that '
          f'{geometry.LEAST} matches or more obey, spread over the photograph')


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


def same_mouths(digests, groups, folder, workers=2):
    """Pairs of photographs that show one mouth: ``[(i, j, verified matches)]``.

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
    described = _describe([files[i] for i in usable], workers)
    pairs = usable[candidates.propose(described, groups[usable])].tolist()
    code = journal.code_of(features, geometry)
    matches = journal.remembered(
        folder.parent / 'pairs.jsonl', [journal.fingerprint(code, digests[i], digests[j]) for i, j in pairs],
        [(files[i], files[j]) for i, j in pairs], _compare, workers, 'comparing photographs')
    return [(i, j, count) for (i, j), count in zip(pairs, matches) if count]


def _describe(files, workers):
    """float32 ``[N, D]`` of ``candidates.describe``; 64 KB a photograph."""
    chosen = files[::max(1, len(files) // candidates.SAMPLE)][:candidates.SAMPLE]
    kinds = candidates.find_kinds([_load(file) for file in chosen])
    described = np.empty((len(files), kinds.size), np.float32)
    rows = journal.each(_describe_file, [(file, kinds) for file in files], workers)
    for i, row in enumerate(rows):
        described[i] = row
    return described


def _describe_file(file, kinds):
    return candidates.describe(_load(file), kinds)


def _compare(one, other):
    return geometry.verified_matches(_load(one), _load(other))
