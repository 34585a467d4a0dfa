"""What the grain of a surface says of surfaces that are known."""
import numpy as np
import pytest
import torch

from lopm.models.evidence import Evidence
from lopm.models.grain import SCALES, bends_and_slopes, grain
from lopm.models.regions import build_regions

SIZE = 96
FIRST_UP, FIRST_DOWN, SECOND_UP, SECOND_DOWN, ENERGY, COHERENCE = 0, 1, 2, 3, 8, 9


def evidence(*pictures):
    """Each picture ``[SIZE, SIZE]`` of grey in [0, 1] with one lesion in the middle."""
    photograph = torch.from_numpy(np.stack(pictures)).float()[:, None].expand(-1, 3, -1, -1)
    lesions = torch.zeros(len(pictures), SIZE, SIZE, dtype=torch.uint8)
    lesions[:, 24:72, 24:72] = 1
    return Evidence([], photograph, build_regions(lesions, [1] * len(pictures)))


def stripes(angle=0., wave=12):
    y, x = np.mgrid[:SIZE, :SIZE]
    return 0.5 + 0.1 * np.sin(2 * np.pi * (np.cos(angle) * x + np.sin(angle) * y) / wave)


def spots(sign):
    """Round spots, lighter (1) or darker (-1), in a square grid."""
    y, x = (np.mgrid[:SIZE, :SIZE] % 16) - 8
    return 0.5 + sign * 0.2 * np.exp(-(x ** 2 + y ** 2) / (2 * 2.5 ** 2))


def cracks():
    """Dark lines crosswise."""
    y, x = np.mgrid[:SIZE, :SIZE]
    return np.where((x % 16 < 2) | (y % 16 < 2), 0.3, 0.5)


def by_scale(values):
    return values.view(len(values), SCALES, -1)


def test_a_flat_surface_has_no_curvature_and_no_gradient():
    values = by_scale(grain(evidence(np.full((SIZE, SIZE), 0.4))))[0]
    assert values[:, [*range(4), ENERGY]].numpy() == pytest.approx(np.log(1e-2), abs=1e-3)
    assert values[:, COHERENCE].numpy() == pytest.approx(0, abs=1e-3)


def test_parallel_ridges_are_coherent_whichever_way_they_run():
    flat = by_scale(grain(evidence(stripes(), stripes(0.6), stripes(np.pi / 2), spots(1))))[:, 0]
    assert (flat[:3, COHERENCE] > 0.95).all() and flat[3, COHERENCE] < 0.1
    assert flat[:3, [FIRST_UP, SECOND_DOWN]].std(0).max() < 0.02  # curvatures do not depend on the direction


def test_curvatures_tell_light_from_dark_and_lines_from_spots():
    lighter, darker, lines = by_scale(grain(evidence(spots(1), spots(-1), cracks())))[:, 0]
    assert lighter[FIRST_DOWN] > darker[FIRST_DOWN] + 0.5  # both curvatures low: a granule
    assert darker[SECOND_UP] > lighter[SECOND_UP] + 0.5  # both high: a pit
    assert lines[FIRST_UP] - lines[SECOND_UP] > darker[FIRST_UP] - darker[SECOND_UP] + 0.5  # a line bends one way


def test_fine_grain_is_of_the_fine_scale_and_coarse_of_the_coarse():
    fine, coarse = by_scale(grain(evidence(stripes(wave=5), stripes(wave=30))))
    assert fine[0, FIRST_UP] > fine[2, FIRST_UP] + 1 and coarse[2, FIRST_UP] > coarse[0, FIRST_UP] + 1


def test_only_what_is_inside_counts():
    outside = stripes()
    outside[20:76, 20:76] = 0.5
    values = by_scale(grain(evidence(outside)))[0]
    assert values[0, ENERGY] == pytest.approx(np.log(1e-2), abs=1e-3)


def test_a_paraboloid_has_the_curvatures_it_was_made_with():
    y, x = np.mgrid[-8:9, -8:9] / 1.
    curvatures, tensor = bends_and_slopes(torch.from_numpy(2 * x ** 2 - 0.5 * y ** 2 + x * y)[None, None])
    first, second = np.linalg.eigvalsh([[4, 1], [1, -1]])[::-1]
    inner = (0, slice(None), slice(2, -2), slice(2, -2))
    assert torch.allclose(curvatures[inner].mean((1, 2)), torch.tensor([first, 0, 0, -second]).double())
    dx, dy = 4 * x + y, x - y
    products = torch.from_numpy(np.stack([dx * dx, dy * dy, dx * dy]))
    assert torch.allclose(tensor[0, :, 2:-2, 2:-2], products[:, 2:-2, 2:-2])
