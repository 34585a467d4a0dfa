"""How a model was trained, in a few words for reports: what a reader asks for before the scores."""
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from lopm.datasets.sizes import as_size
from lopm.engine.iterations import counts_steps
from lopm.engine.overview import SCRATCH, pretrained
from lopm.wording import in_words, words

PACKAGES = ('torch', 'onedl-mmengine', 'onedl-mmsegmentation', 'onedl-mmpretrain', 'timm', 'numpy')


def begun_from(cfg):
    """The name of the weights that a config starts from, without their folder, since a description travels; of a run
    that only goes on those that it began with."""
    own = pretrained(cfg.model.get('backbone') or {})
    source = own or (None if cfg.get('resume') else cfg.get('load_from'))
    return Path(source).name if source and Path(source).is_file() else source


def describe_training(cfg):
    """``{word: text}`` of a config as it runs; what it does not say is left out."""
    model, optimizer = cfg.model, cfg.get('optim_wrapper', {}).get('optimizer', {})
    backbone, loop = model.get('backbone') or {}, cfg.get('train_cfg') or {}
    rates = {'lr': 'learning rate', 'weight_decay': 'weight decay'}
    weights = model.get('task_weights') or {}
    said = {
        'backbone': ' '.join(str(backbone[key]) for key in ('type', 'name', 'depth', 'arch') if backbone.get(key)),
        'weights to begin with': begun_from(cfg) or SCRATCH,
        'frozen stages': backbone.get('frozen_stages'),
        'size of a photograph': ' x '.join(map(str, as_size(cfg.size))) + ' pixels' if cfg.get('size') else None,
        **({'steps': loop.get('max_iters')} if counts_steps(loop) else {'epochs': loop.get('max_epochs')}),
        'photographs in a step': cfg.get('train_dataloader', {}).get('batch_size'),
        'optimizer': ', '.join([optimizer.get('type', ''), *(
            f'{name} {in_words(optimizer[key])}' for key, name in rates.items() if key in optimizer)]),
        'weights of tasks': ', '.join(f'{words(name)} {in_words(by)}' for name, by in weights.items()),
        'checkpoint chosen by': cfg.get('judged_by'),
        'seed': cfg.get('randomness', {}).get('seed')}
    return {name: in_words(value) for name, value in said.items() if value not in (None, '', -1)}


def describe_software():
    """``{package: version}`` of what results depend on."""
    found = {'Python': platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
