import numpy as np
import pytest
from pycocotools import mask as coco_mask

from lopm.evaluation.outlines import (
    average_precision,
    compare_maps,
    jaccard_and_dice,
    lesion_ious,
    lesion_rles,
    match,
    pixel_table,
    touching,
)
from tests.evaluation.fabricated import squares


def test_jaccard_and_dice_by_hand():
    true, pred = squares((0, 0)), squares((0, 5))  # 100 pixels each, 50 in common
    assert jaccard_and_dice(pixel_table(true, pred, 1, 1)) == pytest.approx((50 / 150, 100 / 200))


def test_ids_do_not_matter_for_the_outline():
    true, pred = squares((0, 0), (0, 10)), squares((0, 10), (0, 0))
    assert jaccard_and_dice(pixel_table(true, pred, 2, 2)) == (1, 1)


def test_nothing_there_and_nothing_said_is_nan_but_a_false_alarm_is_zero():
    empty = squares()
    assert np.isnan(jaccard_and_dice(pixel_table(empty, empty, 0, 0))).all()
    assert jaccard_and_dice(pixel_table(empty, squares((0, 0)), 0, 1)) == (0, 0)


def test_unknown_pixels_do_not_count():
    true, pred = squares((0, 0)), squares((0, 5))
    true[:, 10:] = 255
    assert jaccard_and_dice(pixel_table(true, pred, 1, 1))[0] == pytest.approx(50 / 100)


def test_another_size_is_an_error():
    with pytest.raises(ValueError, match='original size'):
        pixel_table(squares(), squares(shape=(20, 30)), 0, 0)


def test_ious_are_those_of_pycocotools():
    rng = np.random.default_rng(0)
    true, pred = rng.integers(0, 4, (30, 40), np.uint8), rng.integers(0, 6, (30, 40), np.uint8)
    true_rles, pred_rles = lesion_rles(true, 3), lesion_rles(pred, 5)
    expected = coco_mask.iou(true_rles, pred_rles, [0] * 5)
    np.testing.assert_allclose(lesion_ious(pixel_table(true, pred, 3, 5)), expected)


def test_matches_are_one_to_one_and_of_largest_total_iou():
    ious = np.array([[0.6, 0.5], [0.55, 0.0], [0.05, 0.04]])
    assert match(ious, 0.1).tolist() == [1, 0, -1]
    assert match(ious, 0.58).tolist() == [0, -1, -1]
    assert match(np.zeros((2, 0)), 0.1).tolist() == [-1, -1]


def test_one_large_prediction_finds_one_of_two_lesions():
    true = squares((0, 0), (0, 10))
    pred = (true > 0).astype(np.uint8)
    overlap = compare_maps(true, pred, [None] * 2, np.array([0.9]))
    assert overlap.found.sum() == 1 and overlap.false_positives == 0
    assert overlap.jaccard == 1


def test_a_false_alarm_in_unknown_pixels_is_none():
    true, pred = squares((0, 0)), squares((0, 0), (0, 40))
    assert compare_maps(true, pred, [None] * 1, np.ones(2)).false_positives == 1
    true[:, 30:] = 255
    assert compare_maps(true, pred, [None] * 1, np.ones(2)).false_positives == 0


def test_touching():
    assert touching(squares((0, 0), (0, 10), (20, 40)), 3).tolist() == [True, True, False]
    assert touching(squares((0, 0), (10, 10)), 2).all()  # by a corner
    assert not touching(squares((0, 0), (0, 14)), 2).any()
    assert touching(squares(), 0).tolist() == []


def overlaps():
    """Lesion 1 found well, lesion 2 poorly (IoU 0.6), a false alarm between them by score."""
    one = compare_maps(squares((0, 0)), squares((0, 0), (20, 30)), [None] * 1, np.array([0.9, 0.8]))
    half = squares((0, 0))
    half[6:] = 0
    other = compare_maps(squares((0, 0)), half, [None] * 1, np.array([0.7]))
    return [one, other]


def test_average_precision_by_hand():
    # At 0.50, 0.55, 0.60 both are found: precision 1 up to recall 1/2, then 2/3. Above, recall ends at 1/2.
    low, high = (51 + 50 * 2 / 3) / 101, 51 / 101
    ap, ap50 = average_precision(overlaps())
    assert ap50 == pytest.approx(low)
    assert ap == pytest.approx((3 * low + 7 * high) / 10)


def test_average_precision_of_more_lesions_than_a_byte_counts():
    assert average_precision(overlaps() * 150) == pytest.approx(average_precision(overlaps()), abs=0.01)


def test_average_precision_without_lesions_or_predictions():
    nothing = compare_maps(squares(), squares(), [None] * 0, np.zeros(0))
    missed = compare_maps(squares((0, 0)), squares(), [None] * 1, np.zeros(0))
    assert np.isnan(average_precision([])).all() and np.isnan(average_precision([nothing])).all()
    assert average_precision([missed]) == (0, 0)
