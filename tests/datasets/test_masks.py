import numpy as np
import pytest
from pycocotools import mask as coco_mask

from lopm.datasets.masks import decode_segmentation, encode_mask, encode_segmentation, polygon_problems

SQUARE = [1, 1, 5, 1, 5, 5, 1, 5]       # 16 pixels
HEIGHT, WIDTH = 10, 12


def square_mask():
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[1:5, 1:5] = 1
    return mask


def compressed(mask):
    return coco_mask.encode(np.asfortranarray(mask))


@pytest.mark.parametrize('shape', [(7, 9), (1, 1), (5, 1), (1, 5)])
@pytest.mark.parametrize('kind', [bool, np.uint8, int])
def test_a_mask_is_encoded_as_text(shape, kind):
    mask = np.random.default_rng(0).integers(0, 2, shape).astype(kind)
    rle = encode_mask(mask)
    assert rle == {'size': list(shape), 'counts': compressed(mask.astype(np.uint8))['counts'].decode()}


def test_three_forms_of_one_square_draw_alike():
    rle = compressed(square_mask())
    runs = [HEIGHT + 1, *[4, 6] * 3, 4, HEIGHT * WIDTH - 45]
    forms = [[SQUARE], rle, {**rle, 'counts': rle['counts'].decode()},
             {'size': [HEIGHT, WIDTH], 'counts': runs}]
    for form in forms:
        mask = decode_segmentation(form, HEIGHT, WIDTH)
        assert mask.dtype == np.uint8 and mask.flags.c_contiguous
        np.testing.assert_array_equal(mask, square_mask())
        assert polygon_problems(form, HEIGHT, WIDTH) == []


def test_compressed_rle_of_noise_is_accepted():
    mask = (np.random.default_rng(0).random((300, 200)) > np.linspace(0, 1, 200)).astype(np.uint8)
    np.testing.assert_array_equal(decode_segmentation(compressed(mask), 300, 200), mask)


def test_polygons_of_one_annotation_are_joined():
    assert decode_segmentation([SQUARE, [6, 6, 8, 6, 8, 8, 6, 8]], HEIGHT, WIDTH).sum() == 16 + 4


@pytest.mark.parametrize('segmentation, words', [
    ([], 'empty'),
    (None, 'empty'),
    ([[]], '0 points'),
    ([[1, 1, 5, 5]], '2 points'),               # pycocotools would read four numbers as a box
    ([SQUARE, [1, 1, 5, 1, 5]], 'polygon 2 has an odd number'),
    ([[1, 1, 5, float('nan'), 5, 5]], 'not a finite number'),
    ([[1, 1, 5, float('inf'), 5, 5]], 'not a finite number'),
    ([[1, 1, 5, None, 5, 'a']], 'not a flat list'),
    ([[[1, 1], [5, 1], [5, 5]]], 'not a flat list'),
    (SQUARE, 'not a flat list'),
    ([[1, 1, 5e9, 1, 5, 5]], 'far outside'),
    ({'size': [HEIGHT, WIDTH]}, 'counts'),
    ({'size': [WIDTH, HEIGHT], 'counts': [120]}, 'its size is'),
    ({'size': [HEIGHT, WIDTH], 'counts': [10, 20]}, 'sum to 30'),
    ({'size': [HEIGHT, WIDTH], 'counts': [140, -20]}, 'negative'),
    ({'size': [HEIGHT, WIDTH], 'counts': [119.5, 0.5]}, 'no integers'),
    ({'size': [HEIGHT, WIDTH], 'counts': 'zzzzz'}, 'RLE'),
    ({'size': [HEIGHT, WIDTH], 'counts': ''}, 'sum to 0'),
])
def test_what_cannot_be_drawn_is_named(segmentation, words):
    with pytest.raises(ValueError, match=words):
        decode_segmentation(segmentation, HEIGHT, WIDTH)
    assert words in polygon_problems(segmentation, HEIGHT, WIDTH)[0]


@pytest.mark.parametrize('polygon, words', [
    ([1, 1, 5, 5, 5, 1, 1, 5], 'crosses itself'),
    ([1, 1, 14, 1, 5, 5, 1, 5], '1 of 4 points lie outside the photograph (12 x 10), by up to 2'),
    ([1, 1, 3, 3, 6, 6], 'zero area'),
    ([2.1, 2.1, 2.2, 2.1, 2.2, 2.2], 'no pixel'),
])
def test_suspect_polygons_are_drawn_and_named(polygon, words):
    decode_segmentation([polygon], HEIGHT, WIDTH)
    problems = polygon_problems([polygon], HEIGHT, WIDTH)
    assert len(problems) == 1 and words in problems[0]


def test_a_long_outline_is_no_crossing_until_two_points_are_swapped():
    angle = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    points = np.stack([50 + 40 * np.cos(angle), 50 + 40 * np.sin(angle)], axis=1)
    assert polygon_problems([points.ravel().tolist()], 100, 100) == []
    points[[700, 900]] = points[[900, 700]]
    assert 'crosses itself' in polygon_problems([points.ravel().tolist()], 100, 100)[0]


def test_an_empty_rle_is_a_problem():
    empty = compressed(square_mask() * 0)
    assert polygon_problems(empty, HEIGHT, WIDTH) == ['the RLE sets no pixel']


@pytest.mark.parametrize('counts', ['o' * 100_000 + '0', '1 2', '\x7f', 'o' * 8 + '0'])
def test_compressed_runs_that_cannot_be(counts):
    """Continued for ever, a run length would grow with every character."""
    with pytest.raises(ValueError, match='a character or a run length that it cannot have'):
        encode_segmentation({'size': [4, 4], 'counts': counts}, 4, 4)
