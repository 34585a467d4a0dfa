"""A finished run as something to predict with: its config and its weights."""
import json
import sys
from pathlib import Path

from mmengine.config import Config

from lopm.engine.checkpoint import BEST, LAST
from lopm.engine.config import load_config
from lopm.weights import read_checkpoint

SCOPES = {'', 'lopm', 'mmengine', 'mmcv', 'mmseg', 'mmpretrain'}  # packages whose classes a config may name


def open_run(model, checkpoint=None, options=()):
    """``(config, checkpoint)`` of a run's folder, of a checkpoint that holds its config, or of a config and weights.

    A config out of a checkpoint runs no code: it may name the classes of ``SCOPES`` and no others.

    Raises:
        ValueError, FileNotFoundError: Nothing of the kind is there; says what to give.
    """
    model = Path(model)
    if checkpoint:
        if model.is_dir():
            raise ValueError(f'{model}: a folder, and {checkpoint} beside it; give one of them, or the config that the '
                             'checkpoint was trained with')
        return load_config(model, options=options, checkpoint=checkpoint), Path(checkpoint)
    if model.suffix == '.py':
        raise ValueError(f'{model}: a config, which holds no weights; give the checkpoint, too')
    if options:
        raise ValueError(f'{model}: options change a config file, and this run brings its own as it was trained; give '
                         'the config and the checkpoint to change it')
    checkpoint = checkpoint_of(model) if model.is_dir() else model
    return config_of(checkpoint), checkpoint


def checkpoint_of(folder):
    """The best checkpoint of a run's folder; the last, where none was chosen."""
    for name in (BEST, LAST):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f'{folder}: neither {BEST} nor {LAST} in it; give the folder of a training, its --work-dir')


def config_of(checkpoint):
    """The config that a checkpoint was trained with, from within it."""
    text = (read_checkpoint(checkpoint).get('meta') or {}).get('config_json')
    if not text:
        raise ValueError(f'{checkpoint}: holds no config; give both, the config that it was trained with and the '
                         'checkpoint')
    cfg = Config(json.loads(text))
    refuse_foreign(cfg, checkpoint)
    return cfg


def refuse_foreign(cfg, source):
    """Refuse a config that came with weights where it would start code that nobody here has chosen."""
    fix = f'which a {"pack" if source.is_dir() else "checkpoint"} may not start; give the config that it was trained ' \
          'with, too'
    built = [cfg.get('model'), pipeline_of(cfg)]
    foreign = sorted(name for name in types_in(built) if name.rpartition('.')[0] not in SCOPES)
    if foreign:
        raise ValueError(f'{source}: its config names {foreign[0]}, {fix}')
    own = [name for name in (cfg.get('custom_imports') or {}).get('imports', ())
           if name.partition('.')[0] not in SCOPES and name not in sys.modules]
    if own:
        raise ValueError(f'{source}: trained with code of its own, {own[0]}, {fix}, or import {own[0]} first')


def pipeline_of(cfg):
    """How a config prepares a photograph for a test."""
    return (cfg.get('test_dataloader') or {}).get('dataset', {}).get('pipeline')


def types_in(value):
    """All that a config names to be built."""
    if isinstance(value, dict):
        named = {value['type']} if isinstance(value.get('type'), str) else set()
        return named.union(*map(types_in, value.values()))
    return set().union(*map(types_in, value)) if isinstance(value, list | tuple) else set()
