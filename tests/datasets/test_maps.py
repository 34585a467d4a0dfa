import numpy as np
from scipy.ndimage import distance_transform_edt

from lopm.datasets import maps
from lopm.datasets.sampler import seed_from


def two_touching():
    lesion_map = np.zeros((40, 60), np.uint8)
    lesion_map[10:30, 10:30] = 1
    lesion_map[10:30, 30:50] = 2
    return lesion_map


def test_the_smaller_lies_on_top():
    large, small = np.zeros((2, 10, 10), np.uint8)
    large[1:9, 1:9] = 1
    small[3:5, 3:5] = 1
    for masks in ([large, small], [small, large]):
        drawn = maps.draw_lesion_map(masks, (10, 10))
        assert drawn[3, 3] == 1 + [mask is small for mask in masks].index(True)
        assert sorted(maps.areas(drawn, 2)) == [4, 60]


def test_nearest_lesion_agrees_with_scipy():
    lesion_map = two_touching()
    lesion_map[35:38, 3:6] = 3
    nearest, distance = maps.nearest_lesion(lesion_map)
    exact, (y, x) = distance_transform_edt(lesion_map == 0, return_indices=True)
    assert np.abs(distance - exact).max() < 0.5
    assert (nearest == lesion_map[y, x]).mean() > 0.98  # ties and rounding between two lesions
    assert (nearest[lesion_map > 0] == lesion_map[lesion_map > 0]).all()


def test_nothing_is_near_where_there_is_no_lesion():
    unknown = np.full((5, 5), 255, np.uint8)
    for lesion_map in (np.zeros((5, 5), np.uint8), unknown):
        nearest, _ = maps.nearest_lesion(lesion_map)
        assert not nearest.any()


def test_inner_distance_is_to_the_own_contour():
    depth = maps.inner_distance(two_touching())
    assert depth[20, 10] == depth[20, 29] == depth[20, 30] == 1  # also along the neighbor
    assert depth[20, 20] == 10 and depth[0, 0] == 0


def test_the_photographs_edge_and_unknown_pixels_are_no_contour():
    lesion_map = np.zeros((20, 20), np.uint8)
    lesion_map[:, :10] = 1
    lesion_map[:, :3] = 255
    depth = maps.inner_distance(lesion_map)
    assert depth[10, 9] == 1 and depth[10, 3] == 7 and depth[0, 3] == 7 and depth[10, 0] == 0


def test_cores_of_touching_lesions_are_apart_and_inside():
    lesion_map = two_touching()
    core = maps.core_map(lesion_map, maps.inner_distance(lesion_map))
    assert set(np.unique(core)) == {0, 1}
    assert not core[:, 28:32].any() and core[20, 20] == core[20, 40] == 1
    # deeper than 0.4 of 10 pixels: a square of 20 - 2 * 4 pixels
    assert core.sum() == 2 * 12 * 12


def test_core_of_a_lesion_that_fills_the_photograph():
    full = np.ones((5, 5), np.uint8)
    assert maps.core_map(full, maps.inner_distance(full)).all()


def jitter(lesion_map, odds=1, size=0.15):
    nearest, distance = maps.nearest_lesion(lesion_map)
    return maps.jitter_lesions(lesion_map, nearest, distance, maps.inner_distance(lesion_map), odds, size)


def test_jitter_moves_contours_a_little():
    seed_from(0)
    lesion_map = two_touching()
    lesion_map[:2] = 255
    overlaps = []
    for _ in range(30):
        jittered = jitter(lesion_map)
        assert set(np.unique(jittered)) == {0, 1, 2, 255}
        assert ((jittered == 255) == (lesion_map == 255)).all()
        overlaps.append(((jittered == 1) & (lesion_map == 1)).sum() / ((jittered == 1) | (lesion_map == 1)).sum())
    assert 0.7 < np.mean(overlaps) < 0.92 and np.std(overlaps) > 0.02


def test_without_odds_or_size_the_map_stays():
    assert (jitter(two_touching(), odds=0) == two_touching()).all()
    assert (jitter(two_touching(), size=0) == two_touching()).all()


def test_a_lesion_never_vanishes():
    seed_from(0)
    lesion_map = two_touching()
    for _ in range(30):
        assert set(np.unique(jitter(lesion_map, size=2))) >= {1, 2}
