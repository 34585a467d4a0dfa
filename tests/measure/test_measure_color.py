import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from lopm.measure.color import PALETTE, entropy_of
from lopm.measure.lesion import cut
from tests.measure.drawn import MELANIN, MUCOSA, RED, WHITE, disc, measured, painted


def lab(color):
    return rgb2lab(np.uint8([[color]]))[0, 0]


def halves(left, right):
    """A disc whose halves have two colors, in mucosa; its middle column is the left one's."""
    lesion_map = disc(101, 20)
    image = painted(lesion_map, left)
    image[:, 51:][lesion_map[:, 51:] > 0] = right
    return image, lesion_map


@pytest.mark.parametrize('color, word', [(WHITE, 'white'), (RED, 'red'), (MELANIN, 'pigmented'),
                                         (MUCOSA, 'mucosa_colored'), ((215, 190, 130), 'yellow_fibrinous'),
                                         ((212, 158, 150), 'blanched')])
def test_a_patch_of_one_color_is_that_word(color, word):
    lesion_map = disc(101, 20)
    values = measured(painted(lesion_map, color), lesion_map)
    assert {name: values[name] for name in PALETTE} == {name: float(name == word) for name in PALETTE}


def test_shares_are_those_painted():
    image, lesion_map = halves(WHITE, RED)
    left = (lesion_map[:, :51] > 0).sum() / lesion_map.sum()
    values = measured(image, lesion_map)
    assert values['white'] == pytest.approx(left) and values['red'] == pytest.approx(1 - left)


def test_words_are_relative_to_the_mucosa_around():
    """White on white mucosa is nothing special, and healthy mucosa would be red there."""
    lesion_map = disc(101, 20)
    assert measured(painted(lesion_map, WHITE, WHITE), lesion_map)['mucosa_colored'] == 1
    assert measured(painted(lesion_map, MUCOSA, WHITE), lesion_map)['red'] == 1


def test_contrast_is_the_difference_of_the_medians():
    lesion_map = disc(101, 20)
    values = measured(painted(lesion_map, RED), lesion_map)
    expected = lab(RED) - lab(MUCOSA)
    assert [values[f'contrast_{c}'] for c in 'Lab'] == pytest.approx(expected, abs=0.3)
    assert values['contrast'] == pytest.approx(deltaE_ciede2000(lab(RED), lab(MUCOSA)), abs=0.3)


def test_entropy_of_known_shares():
    assert entropy_of(np.array([3, 3, 7, 7])) == 1
    assert entropy_of(np.array([5, 5, 5])) == 0
    assert entropy_of(np.arange(8)) == 3
    assert entropy_of(np.array([0, 0, 1, 2])) == 1.5


def test_color_entropy_of_two_equal_halves_is_a_bit():
    lesion_map = np.zeros((60, 60), np.uint8)
    lesion_map[20:40, 20:40] = 1
    image = painted(lesion_map, WHITE)
    assert measured(image, lesion_map)['color_entropy'] == 0
    image[:, 30:] = RED
    assert measured(image, lesion_map)['color_entropy'] == pytest.approx(1)


def test_ring_leaves_neighbor_and_unknown_out():
    """Left of the lesion lies a red neighbor, right of it the unknown: the ring is mucosa still."""
    lesion_map = disc(101, 20)
    plain = measured(painted(lesion_map, WHITE), lesion_map)
    x = np.arange(101)[None]
    lesion_map = np.where((lesion_map == 0) & (x < 45), 2, lesion_map)
    lesion_map = np.where((lesion_map == 0) & (x > 56), 255, lesion_map)
    image = painted(lesion_map, WHITE)
    image[(lesion_map == 2) | (lesion_map == 255)] = RED
    values = measured(image, lesion_map, num_lesions=2)
    assert values['contrast_L'] == pytest.approx(plain['contrast_L'])
    image[lesion_map == 0] = RED
    assert measured(image, lesion_map, num_lesions=2)['contrast_L'] > plain['contrast_L'] + 10


def test_ring_is_a_quarter_of_the_equivalent_diameter_wide():
    lesion_map = disc(121, 20)
    lesion = cut(painted(lesion_map), lesion_map, 1, (slice(40, 81), slice(40, 81)))
    assert not (lesion.ring & lesion.inside).any()
    assert -lesion.depth[lesion.ring].min() == pytest.approx(10, abs=0.5)
    assert -lesion.depth[lesion.ring].max() == 0.5


def test_without_a_ring_contrast_and_words_are_nan():
    values = measured(painted(np.ones((40, 40), np.uint8)), np.ones((40, 40), np.uint8))
    assert all(np.isnan(values[name]) for name in (*PALETTE, 'contrast', 'contrast_a'))
    assert values['color_entropy'] == 0
