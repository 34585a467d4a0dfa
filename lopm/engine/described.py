"""How a model was trained, in a few words for reports: what a reader asks for before the scores."""
import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ('torch', 'onedl-mmengine', 'onedl-mmsegmentation', 'onedl-mmpretrain', 'timm', 'numpy')


def describe_training(cfg):
    """``{word: text}`` of a config as it runs; what it does not say is left out."""
    model, optimizer = cfg.model, cfg.get('optim_wrapper', {}).get('optimizer', {})
    backbone = model.get('backbone') or {}
    said = {
        'backbone': ' '.join(str(backbone[key]) for key in ('type', 'name', 'depth', 'arch') if backbone.get(key)),
        'weights to begin with': str(backbone.get('pretrained') or cfg.get('load_from') or 'random'),
        'frozen stages': backbone.get('frozen_stages'),
        'size of a photograph': cfg.get('size'),
        'epochs': cfg.get('train_cfg', {}).get('max_epochs'),
        'photographs in a step': cfg.get('train_dataloader', {}).get('batch_size'),
        'optimizer': ', '.join(f'{key} {optimizer[key]}' for key in ('type', 'lr', 'weight_decay') if key in optimizer),
        'weights of tasks': ', '.join(f'{name} {by:g}' for name, by in (model.get('task_weights') or {}).items()),
        'checkpoint chosen by': cfg.get('judged_by'),
        'seed': cfg.get('randomness', {}).get('seed')}
    return {name: str(value) for name, value in said.items() if value not in (None, '')}


def describe_software():
    """``{package: version}`` of what results depend on."""
    found = {'Python': platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
