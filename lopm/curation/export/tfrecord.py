"""TFRecord files of ``tf.train.Example``, written without TensorFlow; one need, a CRC-32C.

The format of a file: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details. An Example is
three nested messages and three lists of numbers or bytes; by hand they are the thirty lines below, where the library
protobuf would want the generated classes of TensorFlow's .proto files, in its own version.
"""
import json
import struct
from contextlib import contextmanager

import numpy as np

from lopm.extra import need

LENGTH_DELIMITED = 2  # wire type of everything in an Example
BYTES, FLOATS, INTS = 1, 2, 3  # fields of tf.train.Feature


@contextmanager
def tfrecord_writer(file):
    """A function that appends a sample to an open binary file."""
    need('google_crc32c')

    def add(sample):
        file.write(record_of(encode_example(features_of(sample))))

    yield add


def record_of(data):
    """Length, its CRC, data, its CRC."""
    length = struct.pack('<Q', len(data))
    return length + masked_crc(length) + data + masked_crc(data)


def masked_crc(data):
    """The CRC-32C turned and shifted, so that a CRC of data that holds CRCs is still worth something."""
    crc = need('google_crc32c').value(data)
    return struct.pack('<I', ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def features_of(sample):
    """The features of a sample: ``[bytes, ...]``, ints or float32 each. Targets are flat: reshape to [L, R, K]."""
    return {
        'key': [sample.key.encode()],
        'photograph': [sample.photograph],
        **{f'map/{name}': [png] for name, png in sample.maps.items()},
        'rater_maps': sample.rater_maps,
        **{f'target/{task}': rows for task, rows in sample.targets.items()},
        **{f'image_target/{task}': rows for task, rows in sample.image_targets.items()},
        'record': sample.record,
        'height': [sample.about['height']], 'width': [sample.about['width']],
        'num_lesions': [len(sample.about['lesions'])], 'num_raters': [len(sample.about['raters'])],
        'about': [json.dumps(sample.about).encode()]}


def encode_example(features):
    """A serialized ``tf.train.Example`` of ``{name: float array | list of bytes | list of ints}``."""
    entries = [_field(1, _field(1, name.encode()) + _field(2, _feature(values)))
               for name, values in sorted(features.items())]
    return _field(1, b''.join(entries))


def _feature(values):
    if isinstance(values, np.ndarray):
        return _field(FLOATS, _field(1, values.astype('<f4').tobytes()))
    if values and isinstance(values[0], int):
        return _field(INTS, _field(1, b''.join(map(_varint, values))))
    return _field(BYTES, b''.join(_field(1, value) for value in values))


def _field(number, payload):
    return _varint(number << 3 | LENGTH_DELIMITED) + _varint(len(payload)) + payload


def _varint(number):
    """Seven bits a byte, least first; the eighth says that more follow. For numbers of 0 and more."""
    groups = [number >> shift & 127 for shift in range(0, max(number.bit_length(), 1), 7)]
    return bytes([*(group | 128 for group in groups[:-1]), groups[-1]])
