import numpy as np
import pytest

from lopm.measure.light import measure_light, small_copy


@pytest.mark.parametrize('size', [(1, 1), (1, 60000), (60000, 1), (2, 5000)])
def test_a_strip_of_pixels_is_measured(size):
    small = small_copy(np.full((*size, 3), 90, np.uint8))
    assert max(small.shape) <= 512
    assert measure_light(small, np.zeros(small.shape[:2], bool)) == {
        'blur': 1, 'brightness': 90, 'white': 0, 'glare': None}
