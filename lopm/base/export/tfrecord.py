"""TFRecord files of ``tf.train.Example``, written without TensorFlow; one need, a CRC-32C.

The format of a file: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details. An Example is
three nested messages and three lists of numbers or bytes; by hand they are the thirty lines below, where the library
protobuf would want the generated classes of TensorFlow's .proto files, in its own version.
"""
import json
import struct

import numpy as np

from lopm.base.extra import need

LENGTH_DELIMITED = 2  # wire type of everything in an Example
BYTES, FLOATS, INTS = 1, 2, 3  # fields of tf.train.Feature


class TFRecordShard:
    """Appends samples to an open binary file."""

    extension = 'tfrecord'

    def __init__(self, file):
        self.file = file
        self.crc = need('google_crc32c').value

    def add(self, sample):
        data = encode_example(features_of(sample))
        length = struct.pack('<Q', len(data))
        self.file.write(length + self._masked(length) + data + self._masked(data))

    def close(self):
        """Nothing follows the last record."""

    def _masked(self, data):
        """The CRC turned and shifted, so that a CRC of data that holds CRCs is still worth something."""
        crc = self.crc(data)
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
