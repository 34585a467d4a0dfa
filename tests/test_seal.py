"""A damaged file of tensors is told from the one that was written."""
import numpy as np
import pytest
from safetensors.numpy import load, save

from lopm.seal import Damaged, check_seal, sealed

ARRAYS = {'a': np.arange(12, dtype=np.float32).reshape(3, 4), 'b': np.ones(2)}


def test_a_sealed_file_is_one_that_others_read():
    data = sealed(save, ARRAYS, {'of': 'weights'})
    assert check_seal(data, 'f')['of'] == 'weights'
    assert all((load(data)[name] == values).all() for name, values in ARRAYS.items())


def test_every_flipped_bit_of_the_tensors_and_their_table_is_found():
    data = sealed(save, ARRAYS)
    start = data.index(b'"a"')
    for place in range(start, len(data), 3):
        for bit in (0, 6):
            damaged = data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1:]
            if damaged.strip() != data.strip():
                with pytest.raises(Damaged, match='f: '):
                    check_seal(damaged, 'f')


@pytest.mark.parametrize('data', [b'', b'1234567', bytes(8), sealed(save, ARRAYS)[:60], b'\x02' + bytes(7) + b'[]'])
def test_what_is_no_file_of_tensors(data):
    with pytest.raises(Damaged, match='f: '):
        check_seal(data, 'f')


def test_a_file_of_others_has_no_seal_and_passes():
    assert check_seal(save(ARRAYS, {'x': 'y'}), 'f') == {'x': 'y'}
