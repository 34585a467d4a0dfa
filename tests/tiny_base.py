"""A base on disk of photographs with red discs, which ``tiny_run.find_red`` outlines, divided and audited."""
import numpy as np
from PIL import Image

from lopm.datasets.format import task_info
from lopm.datasets.masks import encode_mask
from lopm.datasets.splits import write_parts
from lopm.tasks import build_tasks
from tests.tiny_model import TASKS
from tests.tiny_run import photograph

COUNTS = {'train': 12, 'val': 36, 'test': 8}
SIZE = 96, 64


def write_base(folder, counts=COUNTS):
    """``train.json``, ``val.json``, ``test.json`` of so many photographs, a patient and a lesion each, at random places
    and with random words; returns the folder."""
    rng, parts = np.random.default_rng(0), {}
    (folder / 'images').mkdir(parents=True)
    for part, count in counts.items():
        images, annotations = [], []
        for i in range(1, count + 1):
            x, y = rng.integers(24, 72), rng.integers(24, 40)
            name = f'images/{part}{i}.png'
            Image.fromarray(photograph((x, y, 16), size=SIZE)).save(folder / name)
            images.append({'id': i, 'file_name': name, 'width': SIZE[0], 'height': SIZE[1],
                           'patient_id': f'{part}{i}', 'record': {'sex': ('female', 'male')[i % 2]}})
            annotations.append(lesion(i, x, y, words(rng)))
        parts[part] = {'info': {'source': 'discs', 'tasks': task_info(build_tasks(TASKS))}, 'images': images,
                       'annotations': annotations, 'categories': [{'id': 1, 'name': 'lesion'}]}
    write_parts(folder, parts, {'source': 'discs'})
    return folder


def lesion(number, x, y, attributes):
    rows, columns = np.ogrid[:SIZE[1], :SIZE[0]]
    rle = encode_mask((columns - x) ** 2 + (rows - y) ** 2 <= 256)
    return {'id': number, 'image_id': number, 'category_id': 1, 'segmentation': rle, 'iscrowd': 0, 'area': 800,
            'bbox': [int(x) - 16, int(y) - 16, 33, 33], 'lesion_id': f'L{number}', 'attributes': attributes}


def words(rng):
    return {'color': [['white'], ['white', 'red'], []][rng.integers(3)],
            'sharpness': ['sharp', 'middle', 'blurred'][rng.integers(3)],
            'homogeneity': ['low', 'middle', 'high'][rng.integers(3)], 'diagnosis': 'abc'[rng.integers(3)]}


def dataloaders(folder, pipeline, fields):
    """``{'train_dataloader': ...}`` of a config, without workers."""
    dataset = dict(type='LesionDataset', data_root=str(folder), tasks=TASKS, record_fields=fields, pipeline=pipeline,
                   test_mode=True)
    return {f'{part}_dataloader': dict(
        batch_size=4, num_workers=0, collate_fn=dict(type='pseudo_collate'), sampler=dict(
            type='DefaultSampler', shuffle=False), dataset=dict(dataset, ann_file=f'{part}.json')) for part in COUNTS}
