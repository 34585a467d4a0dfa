import numpy as np
import pytest
from skimage.feature import graycomatrix, graycoprops

from lopm.measure.texture import _cooccurrence, _patterns
from tests.measure.drawn import disc, measured

# gray levels 0 to 3 of the worked example in Haralick, Shanmugam and Dinstein 1973, figure 3
EXAMPLE = np.array([[0, 0, 1, 1],
                    [0, 0, 1, 1],
                    [0, 2, 2, 2],
                    [2, 2, 3, 3]])


def as_lightness(levels):
    return (levels * 8).astype(np.uint8)        # 32 levels of 8 values


def test_cooccurrence_of_the_worked_example():
    """The paper counts these pairs horizontally, vertically and on both diagonals."""
    pairs = sum(np.array(counts) for counts in (
        [[4, 2, 1, 0], [2, 4, 0, 0], [1, 0, 6, 1], [0, 0, 1, 2]],
        [[6, 0, 2, 0], [0, 4, 2, 0], [2, 2, 2, 2], [0, 0, 2, 0]],
        [[2, 1, 3, 0], [1, 2, 1, 0], [3, 1, 0, 2], [0, 0, 2, 0]],
        [[4, 1, 0, 0], [1, 2, 2, 0], [0, 2, 4, 1], [0, 0, 1, 0]]))
    shares = pairs / pairs.sum()
    i, j = np.indices((4, 4))
    mean = (i * shares).sum()
    variance = ((i - mean) ** 2 * shares).sum()
    values = _cooccurrence(as_lightness(EXAMPLE), np.ones((4, 4), bool))
    assert values['glcm_contrast'] == pytest.approx(((i - j) ** 2 * shares).sum() * (100 / 32) ** 2)
    assert values['glcm_correlation'] == pytest.approx(
        ((i - mean) * (j - mean) * shares).sum() / variance)
    assert values['glcm_entropy'] == pytest.approx(-(shares * np.log2(shares, where=shares > 0,
                                                                     out=np.zeros((4, 4)))).sum())


def test_pairs_across_the_outline_do_not_count():
    rng = np.random.default_rng(0)
    lightness = rng.integers(0, 256, (40, 40), dtype=np.uint8)
    inside = np.zeros((40, 40), bool)
    inside[10:30, 12:25] = True
    direct = graycomatrix(lightness[10:30, 12:25] // 8, [1], [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4],
                          levels=32, symmetric=True).sum(axis=3, keepdims=True)
    values = _cooccurrence(lightness, inside)
    assert values['glcm_contrast'] == pytest.approx(
        graycoprops(direct, 'contrast').item() * (100 / 32) ** 2)
    assert values['glcm_correlation'] == pytest.approx(graycoprops(direct, 'correlation').item())


def test_one_gray_level():
    values = _cooccurrence(np.full((9, 9), 100, np.uint8), np.ones((9, 9), bool))
    assert values == {'glcm_contrast': 0, 'glcm_correlation': 1, 'glcm_entropy': 0}


@pytest.mark.parametrize('brighter, kind', [
    ('........', 'flat'), ('#.......', 'flat'), ('##......', None), ('###.....', 'edge'),
    ('#####...', 'edge'), ('######..', None), ('#######.', 'flat'), ('########', 'flat'),
    ('#.#.#.#.', 'irregular'), ('##..##..', 'irregular')])
def test_pattern_of_one_pixel(brighter, kind):
    """The eight neighbors from the left clockwise, brighter (#) or darker than the pixel."""
    left, a, above, b, right, c, below, d = (200 * (sign == '#') for sign in brighter)
    lightness = np.array([[a, above, b], [left, 100, right], [d, below, c]], np.uint8)
    shares = _patterns(lightness, np.ones((3, 3), bool))
    assert [name for name, share in shares.items() if share == 1] == ([f'lbp_{kind}'] if kind else [])


def test_patterns_of_known_surfaces():
    inside = np.ones((30, 30), bool)
    flat = _patterns(np.full((30, 30), 90, np.uint8), inside)
    assert flat == {'lbp_flat': 1, 'lbp_edge': 0, 'lbp_irregular': 0}
    ramp = _patterns(np.tile(np.arange(30, dtype=np.uint8) * 8, (30, 1)), inside)
    assert ramp['lbp_edge'] == 1
    noise = np.random.default_rng(0).integers(0, 256, (30, 30), dtype=np.uint8)
    assert _patterns(noise, inside)['lbp_irregular'] > 0.2


def test_texture_does_not_depend_on_what_surrounds_the_lesion():
    rng = np.random.default_rng(0)
    lesion_map = disc(101, 25)
    image = rng.integers(80, 170, (101, 101, 3), dtype=np.uint8)
    other = image.copy()
    other[lesion_map == 0] = 255
    one, two = measured(image, lesion_map), measured(other, lesion_map)
    names = [name for name in one if name.startswith(('glcm', 'lbp', 'local_entropy', 'dispersion'))]
    assert len(names) == 9
    assert [one[name] for name in names] == [two[name] for name in names]


def test_photographs_of_two_sizes_have_one_texture():
    """The same view at 512 and at 1,024 px; unscaled neighbors would halve the steps."""
    grains = np.random.default_rng(0).integers(90, 160, (128, 128, 3), dtype=np.uint8)
    image, lesion_map = grains.repeat(4, 0).repeat(4, 1), disc(512, 70)
    small = measured(image, lesion_map)
    large = measured(image.repeat(2, 0).repeat(2, 1), lesion_map.repeat(2, 0).repeat(2, 1))
    for name in ('glcm_contrast', 'glcm_correlation', 'glcm_entropy', 'lbp_edge', 'local_entropy'):
        assert large[name] == pytest.approx(small[name], rel=0.1)
