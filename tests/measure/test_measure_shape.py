import numpy as np
import pytest

from tests.measure.drawn import MUCOSA, WHITE, disc, measured, painted, rectangle, shape_of


def test_sizes_of_a_rectangle():
    values = shape_of(rectangle(200, 30, 40))
    assert values['area'] == 1200 and values['area_share'] == pytest.approx(1200 / 200 ** 2)
    assert values['equivalent_diameter'] == pytest.approx(2 * np.sqrt(1200 / np.pi))
    assert values['feret_diameter'] == pytest.approx(50)                        # 30, 40, 50
    assert values['major_axis'] == pytest.approx(4 * 40 / np.sqrt(12))          # second moment
    assert values['elongation'] == pytest.approx(1 - 30 / 40)


def test_sizes_of_an_ellipse():
    y, x = np.mgrid[:300, :300] - 150
    values = shape_of(((x / 100) ** 2 + (y / 50) ** 2 <= 1).astype(np.uint8))
    assert values['major_axis'] == pytest.approx(200, rel=0.01)
    assert values['feret_diameter'] == pytest.approx(201, rel=0.01)
    assert values['elongation'] == pytest.approx(0.5, abs=0.01)
    assert values['asymmetry'] == pytest.approx(0, abs=0.01)


def test_sizes_are_those_of_the_photograph_also_where_the_lesion_is_reduced():
    values = shape_of(disc(700, 300))
    assert values['area'] == disc(700, 300).sum()
    for name in ('equivalent_diameter', 'major_axis', 'feret_diameter'):
        assert values[name] == pytest.approx(600, rel=0.01)


def test_asymmetry():
    """Symmetric about two axes: 0, also where no axis of inertia stands out and where it is oblique."""
    y, x = np.mgrid[:200, :200] - 100
    oblique = ((np.abs(x + y) < 60) & (np.abs(x - y) < 60)).astype(np.uint8)
    for symmetric in (disc(200, 50), rectangle(200, 60, 60), rectangle(200, 30, 80), oblique):
        assert shape_of(symmetric)['asymmetry'] == pytest.approx(0, abs=0.01)
    drop = ((x > -50) & (x < 50) & (np.abs(y) < (x + 50) / 2)).astype(np.uint8)
    assert shape_of(drop)['asymmetry'] > 0.1


def test_asymmetry_of_a_triangle():
    """An isosceles triangle mirrored about the perpendicular through its centroid, at 2/3 of its height
    from the tip: what both share is a hexagon; integrating its width gives 4/9 + 2/9 of the area."""
    y, x = np.mgrid[:300, :300]
    triangle = ((y >= 50) & (y < 250) & (np.abs(x - 150) < (y - 50) / 8)).astype(np.uint8)
    assert shape_of(triangle)['asymmetry'] == pytest.approx((1 - 2 / 3) / 2, abs=0.01)


def test_color_asymmetry_is_the_drift_across_the_lesion():
    lesion_map = rectangle(200, 80, 80)
    assert shape_of(lesion_map)['color_asymmetry'] == pytest.approx(0, abs=1e-3)
    image = painted(lesion_map)
    image[:, 100:] = WHITE                          # two halves
    step = measured(painted(lesion_map, WHITE), lesion_map)
    step = np.linalg.norm([step[f'contrast_{c}'] for c in 'Lab'])
    # the plane that fits a step of 1 on [-1, 1] has slope 3/4: root mean square sqrt(3) / 4
    expected = step * np.sqrt(3) / 4
    assert measured(image, lesion_map)['color_asymmetry'] == pytest.approx(expected, rel=0.02)
    image = painted(lesion_map)
    image[::2] = WHITE                              # stripes do not drift
    assert measured(image, lesion_map)['color_asymmetry'] < 0.1 * expected
    assert MUCOSA != WHITE
