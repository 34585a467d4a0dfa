"""Keras on an export of lopm export: outlines, and which words of a task hold on a photograph.

    python examples/keras_tfrecord.py EXPORT_DIR diagnosis
"""
import json
import sys
from pathlib import Path

import keras
import tensorflow as tf

folder, task, size = Path(sys.argv[1]), sys.argv[2], (96, 128)
outputs = json.loads((folder / 'export.json').read_text())['settings']['outputs'][task]


def read(record):
    row = tf.io.parse_single_example(record, {
        'photograph': tf.io.FixedLenFeature([], tf.string), 'map/lesion': tf.io.FixedLenFeature([], tf.string),
        f'target/{task}': tf.io.VarLenFeature(tf.float32)})
    photograph = tf.io.decode_jpeg(row['photograph'], 3, dct_method='INTEGER_ACCURATE')  # reads PNG, too
    lesion_map = tf.cast(tf.image.resize(tf.io.decode_png(row['map/lesion'], 1), size, 'nearest'), tf.float32)
    said = tf.reshape(tf.sparse.to_dense(row[f'target/{task}']), (-1, outputs))  # a row per lesion and rater
    words = tf.reduce_max(tf.where(tf.math.is_nan(said), -1., said), 0)  # of any lesion, by any rater; -1: unknown
    outline = tf.where(lesion_map == 255, -1., tf.minimum(lesion_map, 1.))
    return tf.image.resize(photograph, size), (outline, tf.maximum(words, -1.))


def known_loss(target, logits):  # binary cross-entropy over what is known
    known = tf.cast(target >= 0, tf.float32)
    losses = known * tf.nn.sigmoid_cross_entropy_with_logits(tf.maximum(target, 0.), logits)
    return tf.reduce_sum(losses) / tf.maximum(tf.reduce_sum(known), 1.)


photographs = tf.data.TFRecordDataset(sorted(map(str, folder.glob('tfrecord/*.tfrecord')))).map(read)
image = keras.Input((*size, 3))
features = keras.layers.Rescaling(1 / 255)(image)
for width in (16, 32):
    features = keras.layers.Conv2D(width, 5, 2, 'same', activation='relu')(features)
outline = keras.layers.UpSampling2D(4)(keras.layers.Conv2D(1, 1)(features))
words = keras.layers.GlobalMaxPooling2D()(keras.layers.Conv2D(outputs, 1)(features))
model = keras.Model(image, (outline, words))
model.compile(keras.optimizers.Adam(3e-3), loss=[known_loss, known_loss])
model.fit(photographs.shuffle(256, seed=0).batch(8).prefetch(2), epochs=5, verbose=2)
