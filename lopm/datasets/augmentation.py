"""Builds the pipeline, and refuses augmentations that would change a label.

A transform that changes what a task looks at (hue for color words, blur for the sharpness of a border, size for the
grain of a texture) leaves the word and changes the picture: the label becomes wrong, silently.
"""
from collections.abc import Mapping

import numpy as np

from lopm.registry import TRANSFORMS, build_in_scope

SCALE_RANGE = (0.5, 2)
COLOR_CHANGES = (
    'RGB2Gray', 'CLAHE', 'RandomGrayscale', 'ToGray', 'ColorJitter', 'ColorTransform', 'HueSaturationValue', 'RGBShift',
    'ChannelShuffle', 'ChannelDropout', 'Posterize', 'Solarize', 'Invert', 'InvertImg', 'Equalize', 'FancyPCA')
MIXING = ('RandomMosaic', 'Mosaic', 'CopyPaste', 'MixUp', 'CutMix', 'RandomDepthMix')


def build_pipeline(pipeline, tasks):
    """Transforms from their configs, checked against ``tasks`` (an iterable of ``Task``; empty: nothing is refused).

    ``pkg.Name`` is built inside ``pkg``, and so is what it builds itself: the ``Resize`` of ``mmseg.RandomResize`` is
    mmseg's, which moves every map of a sample. mmcv's, which a bare name would give, moves one.
    """
    check_augmentation(pipeline, list(tasks))
    return [build_in_scope(cfg, TRANSFORMS) if isinstance(cfg, Mapping) else cfg for cfg in pipeline]


def check_augmentation(pipeline, tasks):
    """Refuse what would make labels wrong.

    Raises:
        ValueError: A transform that a task is sensitive to, one that mixes photographs, or a bare name of mmcv.
    """
    for cfg in _walk(pipeline):
        prefix, _, name = cfg['type'].rpartition('.')
        if prefix not in ('', 'mmseg', 'lopm') or (not prefix and _is_borrowed(name)):
            raise ValueError(f'transform {cfg["type"]}: write mmseg.{name}, or a transform of your own; what is not '
                             'mmseg\'s moves the lesion map and leaves every other map of the photograph where it was')
        if tasks and name in MIXING:
            raise ValueError(f'transform {name} puts lesions of several photographs in one: their numbers in the '
                             'lesion map collide and the labels go to the wrong lesion; remove it')
        for change, fix in _changes(name, cfg).items():
            sensitive = [task.name for task in tasks if change in task.sensitive_to]
            if sensitive:
                raise ValueError(f'transform {name} changes {change}, and the labels of {", ".join(sensitive)} '
                                 f'depend on it; {fix}')


def _is_borrowed(name):
    return TRANSFORMS.get(name) is not None and name not in TRANSFORMS.module_dict


def _walk(pipeline):
    """Every transform config of a pipeline, also those inside wrappers such as RandomApply."""
    if isinstance(pipeline, Mapping):
        if isinstance(pipeline.get('type'), str):
            yield pipeline
        yield from _walk(pipeline.get('transforms', ()))
    elif isinstance(pipeline, (list, tuple)):
        for each in pipeline:
            yield from _walk(each)


def _changes(name, cfg):
    """``{what a transform changes: how to avoid it}``."""
    if name == 'PhotoMetricDistortion':
        saturation = tuple(cfg.get('saturation_range', (0.5, 1.5)))
        if cfg.get('hue_delta', 18) or saturation != (1, 1):
            return {'hue': 'set hue_delta=0 and saturation_range=(1, 1), or use LightJitter'}
    if name in COLOR_CHANGES:
        return {'hue': 'remove it, or use LightJitter for changes of light'}
    if 'Blur' in name or name == 'Downscale':
        return {'blur': 'remove it'}
    if name in ('RandomResize', 'FitPhotograph'):
        low, high = cfg.get('ratio_range') or (1, 1)
        if low < SCALE_RANGE[0] or high > SCALE_RANGE[1]:
            return {'scale': f'keep ratio_range inside {SCALE_RANGE}'}
    if name in ('RandomResize', 'RandomChoiceResize'):
        sizes = np.atleast_2d(cfg.get('scales', cfg.get('scale', 1))).max(-1)
        if sizes.max() > sizes.min() * SCALE_RANGE[1] / SCALE_RANGE[0]:
            return {'scale': f'keep its largest size under {SCALE_RANGE[1] / SCALE_RANGE[0]:g} times its smallest'}
    if name == 'RandomResizedCrop':
        return {'scale': 'use FitPhotograph and mmseg.RandomCrop'}
    return {}
