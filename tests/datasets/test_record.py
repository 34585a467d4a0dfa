import numpy as np
import pytest

from lopm.datasets.record import decode_record, encode_record, out_of_range, record_size

FIELDS = dict(age=dict(center=50, scale=20), sex=dict(words=['female', 'male']), tobacco=dict(words=[False, True]))


def test_numbers_are_scaled_words_are_one_hot():
    assert record_size(FIELDS) == 5
    code = encode_record({'age': 60, 'sex': 'male', 'tobacco': False}, FIELDS)
    np.testing.assert_allclose(code, [0.5, 0, 1, 1, 0])


def test_missing_is_nan_in_every_place_of_the_field():
    code = encode_record({'age': None, 'tobacco': True}, FIELDS)
    np.testing.assert_array_equal(code, [np.nan, np.nan, np.nan, 0, 1])


@pytest.mark.parametrize('record', [
    {'age': 60, 'sex': 'male', 'tobacco': False}, {'sex': 'female'}, {'age': 3, 'tobacco': True}, {}])
def test_what_is_known_is_read_back(record):
    assert decode_record(encode_record(record, FIELDS), FIELDS) == pytest.approx(record)


def test_no_fields_give_no_values():
    assert record_size({}) == 0 and encode_record({'age': 3}, {}).shape == (0,)


@pytest.mark.parametrize('record, words', [({'sex': 'F'}, "none of female, male"), ({'age': '60'}, 'no number')])
def test_what_cannot_be_read_is_named(record, words):
    with pytest.raises(ValueError, match=words):
        encode_record(record, FIELDS)


@pytest.mark.parametrize('age', [-5, 400, float('inf'), float('nan'), 10 ** 30, 1e308, -1e308])
def test_a_number_that_nobody_has_is_read_as_missing_and_named_without_its_value(age):
    fields = dict(age=dict(center=50, scale=20, range=[0, 120]))
    assert np.isnan(encode_record({'age': age}, fields)).all() and out_of_range({'age': age}, fields) == ['age']
    assert np.isnan(encode_record({'age': age}, dict(age=dict(center=50, scale=20)))).all()  # known without a range
    assert out_of_range({'age': 120}, fields) == out_of_range({'age': None}, fields) == out_of_range({}) == []


@pytest.mark.parametrize('number', [float('inf'), float('nan'), 1e308])
def test_a_field_without_a_range_is_finite_all_the_same(number):
    fields = dict(packs=dict(center=0, scale=1e-3))
    assert np.isnan(encode_record({'packs': number}, fields)).all()
    assert np.isfinite(encode_record({'packs': 1e30}, fields)).all()


def test_no_message_says_what_stands_in_a_record():
    for record in ({'sex': 'QUASTENFLOSSER'}, {'age': 'QUASTENFLOSSER'}):
        with pytest.raises(ValueError) as error:
            encode_record(record, FIELDS)
        assert 'QUASTENFLOSSER' not in str(error.value)
