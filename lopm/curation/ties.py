"""Which things hang together, directly or by way of others: photographs of a patient, copies, views of one mouth."""
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def chain(count, pairs):
    """Group numbers int ``[N]`` of ``count`` things of which ``pairs`` hang together, from 0 in order of appearance."""
    ends = np.asarray(pairs, int).reshape(-1, 2).T
    graph = coo_array((np.ones(ends.shape[1], bool), tuple(ends)), shape=(count, count))
    return np.unique(connected_components(graph, directed=False)[1], return_inverse=True)[1]


def tie(*keys):
    """Group numbers int ``[N]`` of things that share any of their keys, directly or by way of others."""
    count, ends = len(keys[0]), []
    size = count
    for key in keys:
        _, number = np.unique(key, return_inverse=True)
        ends.append(np.stack([np.arange(count), size + number], axis=1))
        size += count
    return np.unique(chain(size, np.concatenate(ends))[:count], return_inverse=True)[1]
