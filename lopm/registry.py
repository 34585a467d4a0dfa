"""The five registries, children of mmengine's, and the one rule by which models are built.

Rule: **a ``pkg.`` prefix also holds for everything below it**. ``dict(type='mmseg.FPNHead', ...)`` is built
inside mmseg, so the children it builds (its losses, norms and sub-modules) are mmseg's too. Without the
rule children resolve in the default scope, and since 18 model names exist in both mmseg and mmpretrain, a
borrowed head would silently get the other package's loss.
"""
from mmengine.model import Sequential
from mmengine.registry import DATASETS as MMENGINE_DATASETS
from mmengine.registry import HOOKS as MMENGINE_HOOKS
from mmengine.registry import METRICS as MMENGINE_METRICS
from mmengine.registry import MODELS as MMENGINE_MODELS
from mmengine.registry import TRANSFORMS as MMENGINE_TRANSFORMS
from mmengine.registry import Registry, build_model_from_cfg

from lopm.openmmlab import adapt

SCOPES = ('lopm', 'mmseg', 'mmpretrain', 'mmengine')


def build_in_scope(cfg, registry, default_args=None):
    """Build ``cfg`` in the scope its prefix names, in lopm's where it has none, whatever the default scope is."""
    if isinstance(cfg, list):
        return Sequential(*(build_in_scope(item, registry, default_args) for item in cfg))
    if isinstance(cfg, dict) and isinstance(cfg.get('type'), str) and '_scope_' not in cfg:
        prefix, _, name = cfg['type'].rpartition('.')
        cfg = {**cfg, 'type': name, '_scope_': prefix or 'lopm'}
        if cfg['_scope_'] not in SCOPES:
            raise ValueError(f'model type {prefix}.{name}: unknown prefix {prefix!r}, use one of {", ".join(SCOPES)}')
    return build_model_from_cfg(cfg, registry, default_args)


MODELS = Registry(
    'model', parent=MMENGINE_MODELS, scope='lopm', build_func=build_in_scope,
    locations=['lopm.models.multitask', 'lopm.models.stacking', 'lopm.models.backbones', 'lopm.models.heads',
               'lopm.models.balancing', 'lopm.models.ensemble', 'lopm.models.imbalance', 'lopm.models.surgery'])
DATASETS = Registry(
    'dataset', parent=MMENGINE_DATASETS, scope='lopm',
    locations=['lopm.datasets.lesions', 'lopm.datasets.mixing', 'lopm.datasets.patient_sampler', 'lopm.study.stacking'])
TRANSFORMS = Registry(
    'transform', parent=MMENGINE_TRANSFORMS, scope='lopm',
    locations=['lopm.datasets.transforms', 'lopm.datasets.views'])
METRICS = Registry('metric', parent=MMENGINE_METRICS, scope='lopm', locations=['lopm.evaluation.metrics'])
HOOKS = Registry('hook', parent=MMENGINE_HOOKS, scope='lopm', locations=['lopm.engine.hooks'])

adapt()
