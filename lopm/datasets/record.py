"""The patient's record (age, sex, habits) as a vector that the meta head can read.

Fields are data, in the config: ``dict(age=dict(center=50, scale=20), sex=dict(words=['female', 'male']))``.
A number becomes ``(value - center) / scale``; a word becomes a one-hot code; what is missing becomes nan.
"""
import numpy as np


def record_size(fields):
    """Length F of the encoded record."""
    return sum(len(field.get('words', [0])) for field in fields.values())


def encode_record(record, fields):
    """A record ``{field: value or None}`` as float32 ``[F]``, fields in the order of the config.

    Raises:
        ValueError: A word that the field does not list, or no number where a number is wanted.
    """
    values = [_encode_field(name, record.get(name), field) for name, field in fields.items()]
    return np.concatenate([np.zeros(0, np.float32), *values])


def _encode_field(name, value, field):
    if 'words' in field:
        return _encode_word(name, value, list(field['words']))
    if value is None:
        return np.float32([np.nan])
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f'record field {name}: {value!r} is no number; write a number or null')
    return np.float32([(value - field['center']) / field['scale']])


def _encode_word(name, value, words):
    if value is None:
        return np.full(len(words), np.nan, np.float32)
    if value not in words:
        raise ValueError(f'record field {name}: unknown value {value!r}; known: '
                         f'{", ".join(map(str, words))}, or null')
    code = np.zeros(len(words), np.float32)
    code[words.index(value)] = 1
    return code
