"""The patient's record (age, sex, habits) as a vector that the meta head can read.

Fields are data, in the config: ``dict(age=dict(center=50, scale=20, range=[0, 120]), sex=dict(words=['f', 'm']))``.
A number becomes ``(value - center) / scale``; a word becomes a one-hot code; what is missing becomes nan, and so does a
number outside of its ``range``, which nobody has: no mistyped age reaches a network. Values stand in no message: a
record is the patient's.
"""
import numpy as np

PLAUSIBLE = dict(age=dict(range=(0, 120)))  # where a config describes no range, or there is no config


def record_size(fields):
    """Length F of the encoded record."""
    return sum(len(field.get('words', [0])) for field in fields.values())


def encode_record(record, fields):
    """A record ``{field: value or None}`` as float32 ``[F]``, fields in the order of the config.

    Raises:
        ValueError: A word that the field does not list, or no number where a number is wanted.

    >>> fields = dict(age=dict(center=50, scale=20, range=[0, 120]), sex=dict(words=['female', 'male']))
    >>> encode_record({'age': 60, 'sex': 'male'}, fields).tolist()
    [0.5, 0.0, 1.0]
    >>> encode_record({'age': 600}, fields).tolist()
    [nan, nan, nan]
    """
    values = [_encode_field(name, record.get(name), field) for name, field in fields.items()]
    return np.concatenate([np.zeros(0, np.float32), *values])


def decode_record(code, fields):
    """What is known of an encoded record ``[F]``, ``{field: value}`` as it stood in the record.

    >>> decode_record(np.array([0.5, np.nan, np.nan]), dict(age=dict(center=50, scale=20), sex=dict(words=['f', 'm'])))
    {'age': 60.0}
    """
    record, place = {}, 0
    for name, field in fields.items():
        own = code[place:place + record_size({name: field})]
        place += len(own)
        if not np.isnan(own).any():
            record[name] = (list(field['words'])[own.argmax()] if 'words' in field
                            else float(own[0]) * field['scale'] + field['center'])
    return record


def out_of_range(record, fields=PLAUSIBLE):
    """Names of the fields whose number is outside of its range, and is read as missing."""
    return [name for name, field in fields.items()
            if is_number(record.get(name)) and not in_range(record[name], range_of(name, field))]


def range_of(name, field):
    """``(least, most)`` that a number of a record can be; finite in any case."""
    largest = float(np.finfo(np.float32).max) / 1e6  # so that it stays finite after scaling
    return tuple(field.get('range') or PLAUSIBLE.get(name, {}).get('range') or (-largest, largest))


def in_range(value, bounds):
    return bounds[0] <= value <= bounds[1]


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _encode_field(name, value, field):
    if 'words' in field:
        return _encode_word(name, value, list(field['words']))
    if value is None:
        return np.float32([np.nan])
    if not is_number(value):
        raise ValueError(f'record field {name}: is no number; write a number or null')
    if not in_range(value, range_of(name, field)):
        return np.float32([np.nan])
    return np.float32([(value - field['center']) / field['scale']])


def _encode_word(name, value, words):
    if value is None:
        return np.full(len(words), np.nan, np.float32)
    if value not in words:
        raise ValueError(f'record field {name}: is none of {", ".join(map(str, words))}; write one of them, or null')
    code = np.zeros(len(words), np.float32)
    code[words.index(value)] = 1
    return code
