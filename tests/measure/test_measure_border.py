import cv2
import numpy as np
import pytest

from tests.measure.drawn import MUCOSA, WHITE, disc, koch_snowflake, measured, painted, rectangle, shape_of

SHARPNESS = 'rim_gradient', 'rim_sharpness', 'rim_variation'


def ramped(lesion_map, width):
    """A photograph that goes from gray 100 outside to 160 inside within `width` px about the rim."""
    inside, outside = (cv2.distanceTransform(m, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
                       for m in (lesion_map, 1 - lesion_map))
    depth = np.where(lesion_map > 0, inside - 0.5, 0.5 - outside)
    gray = 130 + 60 * np.clip(depth / width, -0.5, 0.5)
    return np.rint(gray).astype(np.uint8)[..., None].repeat(3, axis=2)


def lightness(gray):
    return cv2.cvtColor(np.float32([[[gray] * 3]]) / 255, cv2.COLOR_RGB2LAB)[0, 0, 0]


def test_gradient_of_a_known_ramp():
    lesion_map = disc(200, 40)
    image = ramped(lesion_map, 20)      # 3 gray values per px, all the way through both bands
    values = measured(image, lesion_map)
    slope = (lightness(145) - lightness(115)) / 10       # L per px about the rim
    percent = values['equivalent_diameter'] / 100
    assert values['rim_gradient'] == pytest.approx(slope * percent, rel=0.1)
    bands = slope * 10                  # the bands' means lie 10 px apart, an eighth of the diameter
    assert values['rim_sharpness'] == pytest.approx(slope * percent / (bands + 1), rel=0.1)
    assert values['rim_variation'] < 0.35


def test_sharpness_falls_with_blur_and_has_no_size():
    lesion_map = disc(200, 40)
    widths = [measured(ramped(lesion_map, w), lesion_map)['rim_sharpness'] for w in (1, 8, 16, 40)]
    assert sorted(widths, reverse=True) == widths and widths[0] > 2 * widths[2]
    half = measured(ramped(disc(100, 20), 8), disc(100, 20))['rim_sharpness']
    assert half == pytest.approx(widths[2], rel=0.15)


def test_an_invisible_border_is_not_sharp():
    lesion_map = disc(200, 40)
    values = measured(painted(lesion_map), lesion_map)
    assert [values[name] for name in SHARPNESS] == [0, 0, 0]


def test_a_border_that_is_sharp_on_one_side_varies():
    lesion_map = disc(200, 40)
    sharp, soft = ramped(lesion_map, 1), ramped(lesion_map, 30)
    both = np.where(np.arange(200)[None, :, None] < 100, sharp, soft)
    assert (measured(both, lesion_map)['rim_variation']
            > 2 * measured(sharp, lesion_map)['rim_variation'])


@pytest.mark.parametrize('beyond', [2, 255])
def test_rim_beside_a_neighbor_or_the_unknown_does_not_count(beyond):
    lesion_map = disc(200, 40)
    plain = measured(painted(lesion_map, WHITE), lesion_map)
    lesion_map[:, 100:][lesion_map[:, 100:] == 0] = beyond
    image = painted(lesion_map, WHITE)
    image[lesion_map == beyond] = 0
    values = measured(image, lesion_map, num_lesions=2)
    assert values['rim_gradient'] == pytest.approx(plain['rim_gradient'], rel=0.1)
    lesion_map[lesion_map == 0] = beyond
    values = measured(image, lesion_map, num_lesions=2)
    assert all(np.isnan(values[name]) for name in SHARPNESS)


def test_photograph_edge_is_no_rim():
    lesion_map = np.zeros((100, 100), np.uint8)
    lesion_map[:, :80] = 1                      # three of four sides are the photograph's edge
    image = painted(lesion_map, WHITE, MUCOSA)
    assert np.isnan(measured(image, lesion_map)['rim_gradient'])    # 28 % of the rim is known
    lesion_map[:20] = lesion_map[-20:] = 0
    assert measured(painted(lesion_map, WHITE, MUCOSA), lesion_map)['rim_gradient'] > 1


def test_contour_of_disc_square_and_bar():
    circle, square, bar = (shape_of(m) for m in (disc(300, 60), rectangle(200, 80, 80),
                                                 rectangle(200, 20, 120)))
    assert circle['compactness'] == pytest.approx(1, abs=0.02)
    assert square['compactness'] == pytest.approx(np.pi / 4, rel=0.13)      # Crofton cuts corners
    assert bar['compactness'] == pytest.approx(np.pi * 4 * 20 * 120 / 280 ** 2, rel=0.13)
    assert circle['solidity'] == pytest.approx(1, abs=0.02)
    assert square['solidity'] == bar['solidity'] == 1


def test_solidity_of_an_l_shape():
    """60 x 60 with a quarter cut out: 2,700 px of a hull of 3,600 - 30 * 30 / 2."""
    lesion_map = rectangle(200, 60, 60)
    lesion_map[100:, 100:] = 0
    assert shape_of(lesion_map)['solidity'] == pytest.approx(2700 / 3150)


def test_fractal_dimension():
    for smooth in (disc(300, 60), rectangle(200, 80, 80), disc(128, 12)):
        assert shape_of(smooth)['fractal_dimension'] == pytest.approx(1, abs=0.04)
    rough = shape_of(koch_snowflake(512, 300, level=4))['fractal_dimension']
    assert rough == pytest.approx(np.log(4) / np.log(3), abs=0.04)
    assert shape_of(koch_snowflake(128, 70, level=3))['fractal_dimension'] > 1.1
    assert np.isnan(shape_of(disc(64, 8))['fractal_dimension'])
