"""Photographs that are copies of each other: resized, compressed again, brightened, mirrored.

The perceptual hash is ImageHash's ``phash(16)`` (Zauner, Implementation and Benchmarking of Perceptual Image Hash
Functions, 2010): 256 signs of the lowest frequencies of the grey photograph. Copies differ in a few of them,
different photographs of one motif in a quarter or more. Crops are not found: the real guard of parts is the patient.
"""
import numpy as np
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lopm.extra import need

HASH_SIDE = 16
THRESHOLD = 10  # bits of 256 in which copies may differ
METHOD = f'ImageHash phash({HASH_SIDE}), also turned and mirrored, at most {THRESHOLD} of {HASH_SIDE ** 2} bits apart'


def perceptual_hashes(grey):
    """uint8 ``[8, 32]``: the hashes of a grey photograph uint8 ``[H, W]``, turned by quarters and mirrored."""
    imagehash = need('imagehash')
    side = 4 * HASH_SIDE  # what phash makes of it anyway; once here, not eight times there
    small = np.asarray(Image.fromarray(grey).resize((side, side), Image.Resampling.LANCZOS))
    views = [np.rot90(view, turns) for view in (small, small[:, ::-1]) for turns in range(4)]
    return np.packbits([imagehash.phash(Image.fromarray(view), HASH_SIDE).hash.ravel() for view in views], axis=1)


def cluster_photographs(hashes):
    """``near_clusters`` of hashes as json keeps them, ``[[hex, ...] or None]``; None is in a cluster of its own."""
    known = [i for i, each in enumerate(hashes) if each]
    clusters = np.arange(len(hashes)) + len(known)
    if known:
        clusters[known] = near_clusters(np.array([[list(bytes.fromhex(text)) for text in hashes[i]] for i in known],
                                                 np.uint8))
    return clusters


def near_clusters(hashes, threshold=THRESHOLD):
    """Which photographs hang together by near-duplicate pairs: a cluster number for each, int ``[N]``.

    Args:
        hashes: uint8 ``[N, V, B]``, of every photograph in its views, as of ``perceptual_hashes``.
        threshold: Bits in which two photographs may differ in some view.
    """
    count, views = hashes.shape[:2]
    rows, member = np.unique(hashes.reshape(count * views, -1), axis=0, return_inverse=True)
    pairs = near_pairs(rows, threshold)
    # A graph of photographs and of distinct hashes: a photograph hangs together with all its hashes.
    owners = np.repeat(np.arange(count), views)
    ends = np.concatenate([np.stack([owners, count + member.ravel()]), count + pairs.T], axis=1)
    graph = coo_array((np.ones(ends.shape[1], bool), ends), shape=(count + len(rows),) * 2)
    return connected_components(graph, directed=False)[1][:count]


def near_pairs(rows, threshold=THRESHOLD):
    """All pairs of distinct hashes uint8 ``[N, B]`` with at most ``threshold`` different bits, int ``[P, 2]``.

    Multi-index hashing (Norouzi, Punjani, Fleet, CVPR 2012): of ``threshold + 1`` blocks of bits, two such hashes have
    one in common at least. So only hashes with an equal block are compared. Time grows with N log N, and with the
    number of hashes that share a block by chance.
    """
    bits = np.unpackbits(rows, axis=1)
    found = [np.zeros((0, 2), int)]
    for block in range(threshold + 1):
        key = np.packbits(bits[:, block::threshold + 1], axis=1)  # interleaved: neighboring frequencies go together
        order = np.lexsort(key.T)
        key, steps = key[order], 1
        while (same := np.flatnonzero((key[steps:] == key[:-steps]).all(1))).size:
            pairs = np.stack([order[same], order[same + steps]], 1)
            differ = np.bitwise_count(rows[pairs[:, 0]] ^ rows[pairs[:, 1]]).sum(1, dtype=int)
            found.append(np.sort(pairs[differ <= threshold], axis=1))
            steps += 1
    return np.unique(np.concatenate(found), axis=0)
