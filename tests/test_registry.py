"""The rule of the registry: a package's prefix also holds for everything below it, whatever the default scope is."""
import pytest
from mmengine.registry import DefaultScope

from lopm.registry import MODELS
from lopm.tasks import build_tasks

HEAD = dict(type='mmseg.FCNHead', in_channels=8, channels=8, num_classes=2)
# CrossEntropyLoss exists in mmseg and in mmpretrain, with other arguments.
LOSS = dict(type='CrossEntropyLoss', use_sigmoid=False, loss_weight=1.0)


@pytest.fixture(params=['lopm', 'mmseg', 'mmpretrain', 'mmengine'])
def default_scope(request):
    with DefaultScope.overwrite_default_scope(request.param):
        yield request.param


@pytest.mark.parametrize('options', [{}, dict(loss_decode=LOSS)], ids=['default loss', 'stated loss'])
def test_what_a_borrowed_head_builds_is_of_its_package(default_scope, options):
    head = MODELS.build(dict(HEAD, **options))
    assert type(head.loss_decode).__module__ == 'mmseg.models.losses.cross_entropy_loss'


def test_the_other_package_gets_its_own_loss(default_scope):
    loss = dict(type='CrossEntropyLoss')
    head = MODELS.build(dict(type='mmpretrain.LinearClsHead', num_classes=2, in_channels=8, loss=loss))
    assert type(head.loss_module).__module__ == 'mmpretrain.models.losses.cross_entropy_loss'


def test_names_that_both_packages_have_are_told_apart(default_scope):
    for package in ('mmseg', 'mmpretrain'):
        assert type(MODELS.build(dict(type=f'{package}.ResNet', depth=18))).__module__.startswith(f'{package}.')


def test_names_without_prefix_are_those_of_lopm(default_scope):
    task = build_tasks([dict(name='color', kind='multilabel', classes=['white', 'red'])])['color']
    head = MODELS.build(dict(type='FeatureHead', tasks=[task], channels=(8,)))
    assert type(head).__module__.startswith('lopm.')


def test_a_list_is_built_one_after_the_other(default_scope):
    first, second = MODELS.build([dict(type='mmseg.ResNet', depth=18), dict(type='mmpretrain.ResNet', depth=18)])
    assert type(first).__module__.startswith('mmseg.') and type(second).__module__.startswith('mmpretrain.')


def test_an_unknown_prefix_names_the_known_ones():
    with pytest.raises(ValueError, match="unknown prefix 'mmdet', use one of lopm, mmseg, mmpretrain, mmengine"):
        MODELS.build(dict(type='mmdet.FPN'))
