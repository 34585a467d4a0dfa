import subprocess
import sys
import warnings

import numpy as np
import pytest

from lopm.measure import MEASURES, NAMES, measure, standardize
from lopm.measure.api import PARTS
from lopm.measure.lesion import cut
from tests.measure.drawn import blotchy, disc, painted


def test_every_part_gives_what_the_table_lists():
    image, lesion_map = blotchy()
    rows, columns = np.nonzero(lesion_map)
    box = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
    found = [name for part in PARTS for name in part(cut(image, lesion_map, 1, box))]
    assert sorted(found) == sorted(NAMES) and len(set(NAMES)) == len(NAMES)


def test_usual_values_are_of_order_one():
    image, lesion_map = blotchy()
    scores = standardize(measure(image, lesion_map, 1))
    assert np.isfinite(scores).all() and np.abs(scores).mean() < 2


@pytest.mark.parametrize('turn', [np.rot90, np.fliplr, np.flipud])
def test_turning_the_photograph_changes_nothing(turn):
    image, lesion_map = blotchy()
    values = measure(image, lesion_map, 1)
    turned = measure(turn(image), turn(lesion_map), 1)
    np.testing.assert_allclose(turned, values, rtol=0.02, atol=0.005)


def test_moving_the_lesion_changes_nothing():
    image, lesion_map = blotchy()
    image = np.pad(image, ((20, 20), (20, 20), (0, 0)), 'edge')     # room for the ring
    lesion_map = np.pad(lesion_map, 20)
    moved = measure(np.roll(image, (7, -5), (0, 1)), np.roll(lesion_map, (7, -5), (0, 1)), 1)
    np.testing.assert_allclose(moved, measure(image, lesion_map, 1), rtol=1e-4, atol=1e-4)


def test_an_enlarged_photograph_changes_only_sizes():
    image, lesion_map = blotchy()
    small = dict(zip(NAMES, measure(image, lesion_map, 1)[0], strict=True))
    large = dict(zip(NAMES, measure(image.repeat(4, 0).repeat(4, 1),
                                    lesion_map.repeat(4, 0).repeat(4, 1), 1)[0], strict=True))
    assert large['area'] == 16 * small['area']
    assert large['feret_diameter'] == pytest.approx(4 * small['feret_diameter'], rel=0.02)
    for name in ('white', 'contrast', 'color_entropy', 'solidity', 'elongation', 'dispersion',
                 'patch_dispersion', 'area_share', 'asymmetry', 'color_asymmetry'):
        assert large[name] == pytest.approx(small[name], rel=0.1, abs=0.02), name


def test_rows_follow_the_map():
    """Lesion 2 is absent; lesion 3 is measured as it is alone, its neighbor far away."""
    image, lesion_map = blotchy(240)
    lesion_map *= 3
    lesion_map[5:15, 5:15] = 1
    values = measure(image, lesion_map, num_lesions=4)
    assert values.shape == (4, len(NAMES)) and values.dtype == np.float32
    assert np.isnan(values[[1, 3]]).all()
    assert np.isfinite(values[2]).all()
    np.testing.assert_array_equal(values[2], measure(image, lesion_map // 3, 1)[0])
    assert np.isnan(measure(image, np.full(lesion_map.shape, 255, np.uint8), 2)).all()
    assert measure(image, lesion_map, 0).shape == (0, len(NAMES))


@pytest.mark.parametrize('height, width', [(1, 1), (1, 2), (2, 2), (1, 30), (3, 3), (5, 4), (128, 128)])
def test_any_size_is_measured_without_a_warning(height, width):
    image = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    for top in (0, 128 - height):
        lesion_map = np.zeros((128, 128), np.uint8)
        lesion_map[top:top + height, top:top + width] = 1
        with warnings.catch_warnings():
            warnings.simplefilter('error')
            values = measure(image, lesion_map, 1)
            scores = standardize(values)
        assert np.isfinite(values[0, NAMES.index('area')])
        assert np.isfinite(scores).all() and not np.isinf(values).any()


def test_speckles_and_black_photographs_are_measured():
    speckles = (np.random.default_rng(0).random((400, 400)) < 0.2).astype(np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert np.isfinite(measure(painted(speckles), speckles, 1)).any()
        assert np.isfinite(measure(np.zeros((90, 90, 3), np.uint8), disc(90, 20), 1)).all()


def test_views_and_other_integers_are_accepted():
    """BGR seen as RGB is a view with negative strides; maps come as int64 from torch."""
    image, lesion_map = blotchy()
    bgr = np.ascontiguousarray(image[..., ::-1])
    np.testing.assert_array_equal(measure(bgr[..., ::-1], lesion_map.astype(np.int64), 1),
                                  measure(image, lesion_map, 1))


def test_a_photograph_that_does_not_fit_is_refused():
    image, lesion_map = blotchy()
    with pytest.raises(ValueError, match='uint8'):
        measure(image.astype(np.float32), lesion_map, 1)
    with pytest.raises(ValueError, match='shape'):
        measure(image[:-1], lesion_map, 1)


def test_standardize():
    centers = np.array([[m.center for m in MEASURES]])
    np.testing.assert_allclose(standardize(centers), 0, atol=1e-6)
    spread = np.array([m.center * np.exp(m.scale) if m.log else m.center + m.scale for m in MEASURES])
    np.testing.assert_allclose(standardize(spread), 1, atol=1e-5)
    assert standardize(np.full((2, len(NAMES)), np.nan)).tolist() == [[0] * len(NAMES)] * 2
    far = standardize(np.full(len(NAMES), 1e9))
    assert (far == 5).all() and far.dtype == np.float32
    assert np.isfinite(standardize(np.zeros(len(NAMES)))).all()


def test_import_is_light():
    code = 'import sys, lopm.measure; assert "torch" not in sys.modules'
    subprocess.run([sys.executable, '-c', code], check=True)
