import numpy as np
import pytest

from lopm.datasets.record import encode_record, record_size

FIELDS = dict(age=dict(center=50, scale=20), sex=dict(words=['female', 'male']), tobacco=dict(words=[False, True]))


def test_numbers_are_scaled_words_are_one_hot():
    assert record_size(FIELDS) == 5
    code = encode_record({'age': 60, 'sex': 'male', 'tobacco': False}, FIELDS)
    np.testing.assert_allclose(code, [0.5, 0, 1, 1, 0])


def test_missing_is_nan_in_every_place_of_the_field():
    code = encode_record({'age': None, 'tobacco': True}, FIELDS)
    np.testing.assert_array_equal(code, [np.nan, np.nan, np.nan, 0, 1])


def test_no_fields_give_no_values():
    assert record_size({}) == 0 and encode_record({'age': 3}, {}).shape == (0,)


@pytest.mark.parametrize('record, words', [({'sex': 'F'}, "'F'; known: female, male"), ({'age': '60'}, 'no number')])
def test_what_cannot_be_read_is_named(record, words):
    with pytest.raises(ValueError, match=words):
        encode_record(record, FIELDS)
