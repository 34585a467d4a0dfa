import numpy as np
import pytest

from tests.measure.drawn import MUCOSA, WHITE, disc, measured, painted, rectangle


def step():
    """Lab distance of white and mucosa."""
    lesion_map = disc(101, 20)
    values = measured(painted(lesion_map, WHITE), lesion_map)
    return np.linalg.norm([values[f'contrast_{c}'] for c in 'Lab'])


def checked(cell):
    """A square lesion, a checkerboard of white and mucosa in cells of `cell` px."""
    y, x = np.mgrid[:160, :160] // cell
    image = np.where(((y + x) % 2)[..., None], WHITE, MUCOSA).astype(np.uint8)
    return image, rectangle(160, 64, 64)


def test_one_color_is_homogeneous():
    values = measured(painted(rectangle(160, 64, 64), WHITE), rectangle(160, 64, 64))
    names = ('dispersion', 'patch_dispersion', 'local_entropy', 'local_entropy_spread')
    assert [values[name] for name in names] == pytest.approx([0] * 4, abs=1e-3)


def test_dispersion_of_two_equal_shares_is_half_their_distance():
    values = measured(*checked(16))
    assert values['dispersion'] == pytest.approx(step() / 2, rel=1e-3)


def test_patches_stay_and_grain_vanishes():
    grain, patches = measured(*checked(1)), measured(*checked(16))
    assert grain['dispersion'] == pytest.approx(patches['dispersion'], rel=1e-3)
    assert grain['patch_dispersion'] < 0.1 * grain['dispersion']
    assert patches['patch_dispersion'] > 0.6 * patches['dispersion']


def test_local_entropy_is_a_bit_where_two_levels_are_equally_frequent():
    values = measured(*checked(1))
    assert values['local_entropy'] == pytest.approx(1, abs=0.01)
    assert values['local_entropy_spread'] < 0.02
    half = painted(rectangle(160, 64, 64))
    half[:, 80:] = WHITE                # one bit along the line between the halves, none elsewhere
    values = measured(half, rectangle(160, 64, 64))
    assert 0.02 < values['local_entropy'] < 0.2 and values['local_entropy_spread'] > 0.15
