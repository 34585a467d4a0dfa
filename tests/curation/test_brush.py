"""Label Studio's brush masks: bits by hand, there and back, and Label Studio's own code where it is installed."""
import os
import subprocess

import numpy as np
import pytest

from lopm.curation import brush
from lopm.curation.source import SourceError


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
    ([1, 2], 'cut off'), ('text', 'no list of bytes'), (10 ** 12, 'no list of bytes'), ({}, 'no list of bytes'),
    ([], 'no list of bytes'), ([255] * 8, '4294967295 values, the photograph of 4 x 4 wants 64'),
    ([300] * 20, 'no list of bytes'), ([-1] * 20, 'no list'),
    (brush.encode(np.eye(6)), '144 values, the photograph of 4 x 4 wants 64'),
    (brush.encode(np.eye(4))[:-9], 'ends after')])
def test_damaged_masks_are_refused(rle, words):
    with pytest.raises(SourceError, match=words):
        brush.decode(rle, 4, 4)


THEIRS = '''
import sys
import numpy as np
from label_studio_sdk.converter.brush import decode_rle, encode_rle
given = np.load(sys.argv[1])
done = {}
for name in given:
    kind, number = name.split("_")
    made = decode_rle(given[name].tolist()) if kind == "rle" else encode_rle(given[name])
    done[{"rle": "decoded", "values": "encoded"}[kind] + "_" + number] = made
np.savez(sys.argv[2], **done)
'''


def test_equal_to_the_code_of_label_studio(tmp_path):
    environment = os.environ.get('LOPM_LABEL_STUDIO')
    if not environment:
        pytest.skip('LOPM_LABEL_STUDIO does not name an environment with Label Studio')
    rng = np.random.default_rng(1)
    masks = [rng.integers(0, 2, (30, 40)), (np.hypot(*np.indices((400, 300)) - 150) < 90).astype(int)]
    values = [np.repeat(pixels.ravel().astype(np.uint8) * 255, 4) for pixels in masks]
    np.savez(tmp_path / 'given.npz', **{f'rle_{i}': brush.encode(pixels) for i, pixels in enumerate(masks)},
             **{f'values_{i}': each for i, each in enumerate(values)})
    subprocess.run([f'{environment}/bin/python', '-c', THEIRS, tmp_path / 'given.npz', tmp_path / 'theirs.npz'],
                   check=True, timeout=1000)
    theirs = np.load(tmp_path / 'theirs.npz')
    for i, pixels in enumerate(masks):
        assert (theirs[f'decoded_{i}'] == values[i]).all()
        assert (brush.decode(theirs[f'encoded_{i}'].tolist(), *pixels.shape[::-1]) == pixels).all()
