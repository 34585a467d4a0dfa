"""A run on disk whose network has random weights and draws outlines that are known: what is red is lesion.

``find_red`` takes the place of ``LesionModel.find_masks``.
"""
import json

import numpy as np
import torch
from mmengine.registry import init_default_scope

import lopm.engine.launch  # noqa: F401  so that all that a config names is found
from lopm.registry import MODELS
from tests import tiny_model

RECORD = dict(age=dict(center=50, scale=20), sex=dict(words=['female', 'male']))
PIPELINE = [dict(type='LoadPhotograph'), dict(type='LoadLesions'), dict(type='FitPhotograph', size=(64, 96)),
            dict(type='PackLesions')]


def model(**changes):
    meta_head = dict(type='MetaHead', task='diagnosis', record_fields=RECORD, residual=4)
    return tiny_model.config(**{'meta_head': meta_head, **changes})


def config(model=None, pipeline=PIPELINE, **more):
    """The config of a run as a checkpoint holds it."""
    model = model or globals()['model']()
    return {**dict(model=model, tasks=model['tasks'], record_fields=RECORD, test_dataloader=dict(
        dataset=dict(type='LesionDataset', record_fields=RECORD, pipeline=pipeline))), **more}


def save_run(folder, seed=0, name='best.pth', **parts):
    """Write a checkpoint that holds its config; returns the folder. ``parts``: of ``config``."""
    folder.mkdir(parents=True, exist_ok=True)
    init_default_scope('lopm')
    cfg = config(**parts)
    torch.manual_seed(seed)
    weights = MODELS.build(cfg['model']).state_dict()
    torch.save({'state_dict': weights, 'meta': {'config_json': json.dumps(cfg)}}, folder / name)
    return folder


def save_run_of_patients(folder):
    """A run that answers for visits and patients, too."""
    return save_run(folder, model=model(tasks=tiny_model.TASKS + tiny_model.GROUP_TASKS,
                                        group_heads=tiny_model.GROUP_HEADS))


def find_red(self, inputs, feats):
    if not self.outline_head:
        return None
    red, green, blue = (inputs * 60 + 120).unbind(1)
    lesion, mouth = red - green > 60, blue - green > 60
    return torch.stack([lesion, lesion, *[mouth] * len(self.other_masks)], 1) * 0.8 + 0.1


def photograph(*discs, size=(192, 128), blue=False):
    """RGB ``[H, W, 3]``: grey grain with red discs ``(x, y, radius)``, the mouth at the left if it is ``blue``."""
    image = np.random.default_rng(0).integers(90, 110, (*size[::-1], 3), dtype=np.uint8)
    if blue:
        image[:, :size[0] // 4, 2] = 220
    y, x = np.ogrid[:size[1], :size[0]]
    for left, top, radius in discs:
        image[(x - left) ** 2 + (y - top) ** 2 <= radius ** 2] = 200, 60, 60
    return image
