"""A data set of a few small photographs, written where a test wants it."""
import json

import numpy as np
from PIL import Image

from lopm.datasets.lesions import LesionDataset

WIDTH, HEIGHT = 60, 40
TASKS = [
    dict(name='lesion', kind='mask', level='image'),
    dict(name='teeth', kind='mask', level='image'),
    dict(name='color', kind='multilabel', classes=['white', 'red', 'pigmented'], sensitive_to=['hue']),
    dict(name='sharpness', kind='ordinal', classes=['sharp', 'medium', 'blurred'], sensitive_to=['blur', 'scale']),
    dict(name='homogeneity', kind='ordinal', classes=['even', 'medium', 'uneven'], valid_if=dict(color='white')),
    dict(name='diagnosis', kind='multiclass', classes=['leukoplakia', 'lichen_planus', 'erythroplakia']),
    dict(name='quality', kind='ordinal', level='image', classes=['good', 'fair', 'poor'])]
LOAD = [dict(type='LoadPhotograph'), dict(type='LoadLesions')]
RECORD_FIELDS = dict(age=dict(center=50, scale=20), sex=dict(words=['female', 'male']))


def square(x, y, size):
    """A polygon that covers exactly size x size pixels."""
    return [[x, y, x + size, y, x + size, y + size, x, y + size]]


def image(number=1, **more):
    return {'id': number, 'file_name': f'p{number}.png', 'width': WIDTH, 'height': HEIGHT, **more}


def lesion(number=1, segmentation=None, of=1, **more):
    """An annotation of image ``of``."""
    return {'id': number, 'image_id': of, 'category_id': 1, 'iscrowd': 0,
            'segmentation': segmentation or square(10, 10, 16), **more}


def write(folder, images=None, annotations=None, name='train.json'):
    """Write the json and its photographs, those that are not there yet; returns the json's path."""
    images = [image()] if images is None else images
    annotations = [lesion()] if annotations is None else annotations
    noise = np.random.default_rng(0)
    for entry in images:
        path = folder / entry['file_name']
        if not path.exists():
            Image.fromarray(noise.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)).save(path)
    path = folder / name
    path.write_text(json.dumps({'images': images, 'annotations': annotations, 'categories': [
        {'id': 1, 'name': 'lesion'}, {'id': 2, 'name': 'teeth'}]}))
    return path


def build(folder, images=None, annotations=None, pipeline=(), tasks=TASKS, **more):
    """Write and open a data set. Without a pipeline its items are those of ``get_data_info``."""
    path = write(folder, images, annotations)
    return LesionDataset(path.name, tasks, data_root=str(folder), pipeline=pipeline,
                         **{'serialize_data': False, **more})  # serialising collects all of Python's garbage: 0.5 s
