"""Label Studio's brush masks: bits by hand, there and back, and Label Studio's own code where it is installed."""
import numpy as np
import pytest

from lopm.base import brush
from lopm.base.source import SourceError


def packed(bits):
    bits = bits.replace(' ', '')
    return np.packbits(np.array(list(bits + '0' * (-len(bits) % 8)), np.uint8)).tolist()


HEAD = f'{16:032b} 00111 0010 0011 0111 1111'  # 16 values of 8 bits; widths 3, 4, 8, 16


def test_repeated_and_single_values_by_hand():
    first = '0 00 011' + '11111111 00000010 00000011 00000000'  # the first pixel: red, but transparent
    single = '0 00 011' + '00000000 00000010 00000011 11111111'  # the second, opaque
    rest = '1 01 0111 00000000'
    assert brush.decode(packed(HEAD + first + single + rest), 4, 1).tolist() == [[0, 1, 0, 0]]
    assert brush.decode(packed(HEAD + first + single + rest), 2, 2).tolist() == [[0, 1], [0, 0]]


@pytest.mark.parametrize('pixels', [np.zeros((3, 4)), np.ones((3, 4)), np.eye(5), np.ones((200, 200)),
                                    np.random.default_rng(0).integers(0, 2, (37, 53))])
def test_there_and_back(pixels):
    assert (brush.decode(brush.encode(pixels), *pixels.shape[::-1]) == pixels).all()


@pytest.mark.parametrize('rle, words', [
    ([1, 2], 'cut off'), ('text', 'no list of bytes'), ([300] * 20, 'no list of bytes'), ([-1] * 20, 'no list'),
    (brush.encode(np.eye(6)), '144 values, the photograph of 4 x 4 wants 64'),
    (brush.encode(np.eye(4))[:-9], 'ends after')])
def test_damaged_masks_are_refused(rle, words):
    with pytest.raises(SourceError, match=words):
        brush.decode(rle, 4, 4)


def test_equal_to_the_code_of_label_studio():
    theirs = pytest.importorskip('label_studio_sdk.converter.brush', reason='label-studio-sdk is not installed')
    rng = np.random.default_rng(1)
    for pixels in (rng.integers(0, 2, (30, 40)), np.hypot(*np.indices((400, 300)) - 150) < 90):
        values = np.repeat(pixels.ravel().astype(np.uint8) * 255, 4)
        assert (theirs.decode_rle(brush.encode(pixels)) == values).all()
        assert (brush.decode(theirs.encode_rle(values), *pixels.shape[::-1]) == pixels).all()
