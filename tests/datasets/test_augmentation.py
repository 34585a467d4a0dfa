import pytest

from lopm.datasets.augmentation import build_pipeline, check_augmentation
from lopm.tasks import build_tasks
from tests.datasets.tiny import TASKS

ALL = list(build_tasks(TASKS).values())
OUTLINE_ONLY = ALL[:1]


@pytest.mark.parametrize('cfg, words', [
    (dict(type='mmseg.PhotoMetricDistortion'), 'changes hue.*color.*hue_delta=0'),
    (dict(type='mmseg.PhotoMetricDistortion', hue_delta=0), 'changes hue.*saturation_range'),
    (dict(type='mmseg.RGB2Gray'), 'changes hue'),
    (dict(type='mmseg.CLAHE'), 'changes hue'),
    (dict(type='mmseg.BioMedicalGaussianBlur'), 'changes blur.*sharpness'),
    (dict(type='mmseg.RandomResize', scale=(60, 40), ratio_range=(0.1, 2)), 'changes scale.*sharpness'),
    (dict(type='FitPhotograph', size=(40, 60), ratio_range=(1, 3)), 'changes scale'),
    (dict(type='mmseg.RandomApply', transforms=[dict(type='mmseg.RGB2Gray')]), 'RGB2Gray changes hue'),
    (dict(type='mmseg.RandomChoice', transforms=[[dict(type='mmseg.RGB2Gray')], []]), 'RGB2Gray changes hue'),
    (dict(type='mmseg.Albu', transforms=[dict(type='GaussianBlur')]), 'GaussianBlur changes blur'),
    (dict(type='mmseg.RandomApply', transforms=dict(type='mmseg.RGB2Gray')), 'RGB2Gray changes hue'),
    (dict(type='mmseg.RandomChoiceResize', scales=[(60, 40), (300, 200)]), 'largest size under 4 times'),
    (dict(type='mmseg.RandomResize', scale=[(60, 40), (300, 200)]), 'changes scale'),
    (dict(type='mmpretrain.RandomFlip', prob=0.5), 'write mmseg.RandomFlip, or'),
    (dict(type='mmseg.RandomMosaic', prob=0.5), 'RandomMosaic.*collide.*remove it'),
    (dict(type='RandomFlip', prob=0.5), 'write mmseg.RandomFlip')])
def test_what_would_make_a_label_wrong_is_refused(cfg, words):
    with pytest.raises(ValueError, match=words):
        check_augmentation([cfg], ALL)


@pytest.mark.parametrize('cfg', [
    dict(type='mmseg.RandomFlip', prob=0.5), dict(type='mmseg.RandomRotate', prob=0.5, degree=20),
    dict(type='mmseg.RandomCrop', crop_size=(40, 60)), dict(type='LightJitter'),
    dict(type='mmseg.RandomResize', scale=(60, 40), ratio_range=(0.5, 2)), dict(type='mmseg.RandomCutOut'),
    dict(type='mmseg.RandomChoiceResize', scales=[60, 90]),
    dict(type='mmseg.PhotoMetricDistortion', hue_delta=0, saturation_range=(1, 1)),
    dict(type='FitPhotograph', size=(40, 60), ratio_range=(0.8, 1.2))])
def test_what_changes_no_label_is_allowed(cfg):
    check_augmentation([cfg], ALL)


def test_only_the_tasks_that_are_there_count():
    unsafe = [dict(type='mmseg.PhotoMetricDistortion'), dict(type='mmseg.BioMedicalGaussianBlur')]
    check_augmentation(unsafe, OUTLINE_ONLY)


def test_a_borrowed_transform_builds_its_parts_in_its_own_package():
    resize, own = build_pipeline([dict(type='mmseg.RandomResize', scale=(60, 40), ratio_range=(1, 1.2)),
                                  dict(type='LightJitter')], ALL)
    assert type(resize.resize).__module__.startswith('mmseg.')
    assert type(own).__module__ == 'lopm.datasets.transforms'
