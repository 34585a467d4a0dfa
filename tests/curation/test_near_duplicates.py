import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from lopm.curation.near_duplicates import THRESHOLD, cluster_photographs, near_clusters, near_pairs, perceptual_hashes


def photograph(seed):
    """Smooth noise: most of its power is in low frequencies, as in photographs."""
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(300, 400)), 12)
    return (127 + 100 * noise / np.abs(noise).max()).astype(np.uint8)


def compressed(grey, quality):
    file = io.BytesIO()
    Image.fromarray(grey).save(file, 'JPEG', quality=quality)
    return np.asarray(Image.open(file))


COPIES = {
    'equal': lambda grey: grey.copy(),
    'smaller': lambda grey: np.asarray(Image.fromarray(grey).resize((200, 150), Image.Resampling.LANCZOS)),
    'larger': lambda grey: np.asarray(Image.fromarray(grey).resize((900, 675), Image.Resampling.BICUBIC)),
    'compressed': lambda grey: compressed(grey, 30),
    'brighter': lambda grey: (grey * 1.1 + 5).clip(0, 255).astype(np.uint8),
    'mirrored': lambda grey: grey[:, ::-1],
    'upside down': lambda grey: grey[::-1, ::-1],
    'turned': lambda grey: np.rot90(grey),
    'turned, mirrored, small and compressed': lambda grey: compressed(
        np.asarray(Image.fromarray(np.rot90(grey[:, ::-1])).resize((150, 200))), 60)}


@pytest.mark.parametrize('copy', COPIES)
def test_a_copy_is_found_among_others(copy):
    greys = [photograph(seed) for seed in range(4)] + [COPIES[copy](photograph(2))]
    clusters = near_clusters(np.stack([perceptual_hashes(np.ascontiguousarray(grey)) for grey in greys]))
    assert clusters[4] == clusters[2] and len(set(clusters.tolist())) == 4


def test_the_pairs_are_those_of_comparing_all_with_all():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 256, (300, 32), dtype=np.uint8)
    for i in range(100, 200):  # at every distance around the threshold, in random bits
        bits = np.unpackbits(rows[i - 100])
        bits[rng.choice(256, i % 16 + 1, replace=False)] ^= 1
        rows[i] = np.packbits(bits)
    distance = np.bitwise_count(rows[:, None] ^ rows[None]).sum(-1, dtype=int)
    wanted = np.argwhere(np.triu(distance <= THRESHOLD, 1))
    assert len(wanted) > 50
    assert near_pairs(rows).tolist() == wanted.tolist()


@pytest.mark.parametrize('first', range(THRESHOLD + 1))
def test_a_pair_is_found_wherever_its_bits_differ(first):
    """Ten bits in a row lie in ten of the eleven blocks that the search looks at."""
    bits = np.zeros((2, 256), np.uint8)
    bits[1, first:first + THRESHOLD] = 1
    assert near_pairs(np.packbits(bits, axis=1)).tolist() == [[0, 1]]


def test_neighbors_of_neighbors_hang_together():
    chain = np.zeros((3, 1, 32), np.uint8)
    chain[1, 0, 0], chain[2, 0, :2] = 255, 255  # 8 and 16 bits away from the first
    assert len(set(near_clusters(chain).tolist())) == 1
    assert len(set(near_clusters(chain[[0, 2]]).tolist())) == 2


def test_many_equal_photographs_cost_no_more():
    hashes = np.zeros((30_000, 8, 32), np.uint8)  # all pairs of them would be 450 million
    hashes[-1] = 255
    assert np.bincount(near_clusters(hashes)).tolist() == [29_999, 1]


def test_what_has_no_hash_stands_alone():
    same = [each.tobytes().hex() for each in perceptual_hashes(photograph(0))]
    clusters = cluster_photographs([None, same, None, same])
    assert clusters[1] == clusters[3] and len(set(clusters.tolist())) == 3
    assert cluster_photographs([]).tolist() == []
