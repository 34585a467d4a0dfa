"""Which photographs are worth comparing point by point: those whose points are described alike as a whole."""
import numpy as np
from threadpoolctl import threadpool_limits

from lopm.curation.same_mouth.features import vectors

WORDS = 128  # kinds of points
NEIGHBORS, MIRRORED = 30, 10  # photographs that each one, and its mirror image, is compared with
SAMPLE, STRONGEST = 500, 200  # photographs, and points of each, that the kinds are learned from


def find_kinds(features):
    """The kinds of points of a base, float32 ``[K, 128]``: means of clusters of some photographs' descriptors."""
    from sklearn.cluster import MiniBatchKMeans
    known = np.concatenate([vectors(each[:STRONGEST]) for each in features])
    means = MiniBatchKMeans(min(WORDS, len(known)), random_state=0, n_init=1, batch_size=4096, max_iter=20)
    with threadpool_limits(1):  # sums in one order: equal photographs give equal kinds
        return means.fit(known).cluster_centers_


def describe(features, kinds):
    """A photograph as one vector float32 ``[K * 128]`` of length 1: per kind, to which side of its mean points lie.

    VLAD (Jegou and others, Aggregating local descriptors into a compact image representation, CVPR 2010) with
    residuals and kinds of equal weight (Arandjelovic and Zisserman, All about VLAD, CVPR 2013).
    """
    points = vectors(features)
    of = ((kinds ** 2).sum(1) - 2 * points @ kinds.T).argmin(1)
    sums = np.zeros_like(kinds)
    np.add.at(sums, of, _unit(points - kinds[of]))
    return _unit(_unit(sums).ravel())


def _unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def propose(described, groups, queries=None, neighbors=NEIGHBORS):
    """Pairs of photographs to compare, int ``[P, 2]`` in order: each with its nearest of other groups.

    Args:
        described: float32 ``[N, D]``, of ``describe``.
        groups: int ``[N]``: photographs that hang together already are not compared.
        queries: The same of the mirror images, where these are to be near to the photographs.
        neighbors: How many each is compared with.
    """
    from sklearn.neighbors import NearestNeighbors
    wanted = min(len(groups), neighbors + int(np.bincount(groups).max()))  # the whole own group may be the nearest
    nearest = NearestNeighbors(n_neighbors=wanted, algorithm='brute').fit(described).kneighbors(
        described if queries is None else queries, return_distance=False)
    pairs = [(i, j) for i, row in enumerate(nearest) for j in row[groups[row] != groups[i]][:neighbors]]
    return np.unique(np.sort(pairs, axis=1), axis=0)
