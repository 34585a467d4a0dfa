import pytest

from lopm.followup import Scale, scale_between, scale_of_spacing


def test_two_clicks_give_a_scale_and_what_they_are_worth():
    scale = scale_between((10, 10), (40, 50), 5)
    assert scale == Scale(10., pytest.approx(1.96 * 2 ** .5 * 1.5 / 5)) and scale.by == ''
    assert scale.uncertainty(1) == pytest.approx(2 ** .5 * 1.5 / 50)


def test_areas_are_twice_as_unsure_as_lengths_unless_something_else_is_known():
    assert Scale(10., 1.96).uncertainty(2) == pytest.approx(2 * Scale(10., 1.96).uncertainty(1)) == pytest.approx(.2)
    known = Scale(10., 1.96, 'card', .98)
    assert (known.uncertainty(1), known.uncertainty(2)) == (pytest.approx(.1), pytest.approx(.1))
    assert known.resized(2) == Scale(20., 3.92, 'card', 1.96) and Scale(10., 1.).resized(2) == Scale(20., 2.)


@pytest.mark.parametrize(('other', 'millimetres'), [((0, 0), 5), ((90, 0), 0), ((90, 0), -3), ((90, 0), float('nan'))])
def test_what_is_no_length_is_refused(other, millimetres):
    with pytest.raises(ValueError, match='pixels and .* mm apart'):
        scale_between((0, 0), other, millimetres)


def test_dicom_says_how_wide_a_pixel_is():
    assert scale_of_spacing(.05) == Scale(20, 0)
    with pytest.raises(ValueError, match='no length'):
        scale_of_spacing(0)
