import numpy as np

from lopm.datasets.maps import core_map, inner_distance
from lopm.models.instances import find_lesions, resize_lesions

Y, X = np.mgrid[:96, :128]


def disc(y, x, radius):
    return (Y - y) ** 2 + (X - x) ** 2 < radius ** 2


def test_touching_lesions_stay_two():
    first, second = disc(48, 40, 22), disc(48, 82, 22)
    truth = np.where(first, 1, np.where(second, 2, 0)).astype(np.uint8)
    assert (first & second).any() or (truth[48, 60:64] > 0).all()  # they touch: one connected component
    core = core_map(truth, inner_distance(truth))
    found = find_lesions((truth > 0).astype(float), core.astype(float))
    assert found.max() == 2
    for mask in (truth == 1, truth == 2):
        overlap = max(((found == i) & mask).sum() / ((found == i) | mask).sum() for i in (1, 2))
        assert overlap > 0.95
    merged = find_lesions((truth > 0).astype(float), core.astype(float), split=1)
    assert merged.max() == 1  # connected components alone would merge them


def test_an_oval_or_a_jagged_lesion_stays_one():
    oval = ((Y - 48) / 20) ** 2 + ((X - 64) / 50) ** 2 < 1
    angle, radius = np.arctan2(Y - 48, X - 64), np.hypot(Y - 48, X - 64)
    plaque = (np.abs(Y - 48 - 2 * np.sin(X / 6)) < 9) & (X > 10) & (X < 118)
    for outline in (oval, plaque, radius < 28 * (1 + 0.25 * np.sin(7 * angle))):
        core = core_map(outline.astype(np.uint8), inner_distance(outline.astype(np.uint8)))
        assert find_lesions(outline.astype(float), core.astype(float)).max() == 1


def test_a_lesion_without_a_core_is_kept_and_noise_is_dropped():
    outline = disc(30, 30, 10) | disc(70, 90, 20)
    core = disc(70, 90, 8).astype(float)
    outline[2, 120] = True
    found = find_lesions(outline.astype(float), core)
    assert sorted(np.unique(found)) == [0, 1, 2]
    assert found[70, 90] == 1 and found[30, 30] == 2 and found[2, 120] == 0


def test_resizing_keeps_ids_and_takes_the_fine_outline():
    coarse = np.zeros((24, 32), np.uint8)
    coarse[8:16, 4:12], coarse[8:16, 18:28] = 1, 2
    fine = np.kron(coarse, np.ones((4, 4))) > 0
    fine[30, 10:40] = True  # finer than the coarse map knows
    resized = resize_lesions(coarse, fine)
    assert ((resized > 0) == fine).all()
    assert (resized[32:64, 16:48] == 1).all() and (resized[32:64, 72:112] == 2).all()
    assert resize_lesions(np.zeros((4, 4), np.uint8), fine).max() == 0
