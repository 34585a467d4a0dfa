"""Run by a Python that has TensorFlow: decode all TFRecords of a folder into one npz.

    python read_tfrecord.py FOLDER OUT.npz TASK=K ...
"""
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

folder, out, *tasks = sys.argv[1:]
tasks = dict(task.split('=') for task in tasks)
one, many = tf.io.FixedLenFeature([], tf.string), tf.io.VarLenFeature(tf.float32)
number = tf.io.FixedLenFeature([], tf.int64)
spec = {'key': one, 'photograph': one, 'map/lesion': one, 'map/teeth': one, 'about': one, 'record': many,
        'rater_maps': tf.io.VarLenFeature(tf.string),
        **{f'{kind}/{task}': many for task in tasks for kind in ('target', 'image_target')},
        **dict.fromkeys(('height', 'width', 'num_lesions', 'num_raters'), number)}
arrays = {}
for record in tf.data.TFRecordDataset(sorted(map(str, Path(folder).glob('*.tfrecord')))):
    row = tf.io.parse_single_example(record, spec)
    key = row['key'].numpy().decode()
    found = {name: row[name].numpy() for name in ('height', 'width', 'num_lesions', 'num_raters', 'about')}
    found['photograph'] = tf.io.decode_jpeg(row['photograph'], 3, dct_method='INTEGER_ACCURATE').numpy()
    for name in ('map/lesion', 'map/teeth'):
        found[name] = tf.io.decode_png(row[name], 1).numpy()[..., 0]
    found['rater_maps'] = np.array([tf.io.decode_png(png, 1).numpy()[..., 0] for png in row['rater_maps'].values])
    found['record'] = row['record'].values.numpy()
    for task, outputs in tasks.items():
        shape = found['num_lesions'], found['num_raters'], int(outputs)
        target = row[f'target/{task}'].values.numpy()
        found[f'target/{task}'] = target.reshape(shape) if target.size else target
        found[f'image_target/{task}'] = row[f'image_target/{task}'].values.numpy()
    arrays.update({f'{key}/{name}': value for name, value in found.items()})
np.savez(out, **arrays)
