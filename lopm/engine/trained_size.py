"""The size of a training goes with its weights: a test at another size tests another model."""
import json
import logging

from mmengine.logging import print_log

from lopm.datasets.sizes import as_size


def take_size(cfg, trained, options=()):
    """Let a config's pipelines have the size that a checkpoint was trained at, in place, and say so where it differs.

    Args:
        trained: The checkpoint, as ``read_checkpoint`` gives it.
        options: ``['key=value', ...]`` that changed the config: a ``size`` among them is what is wanted, and stays.
    """
    text = (trained.get('meta') or {}).get('config_json')
    size = json.loads(text).get('size') if text else None
    if not size or not cfg.get('size') or as_size(size) == as_size(cfg.size):
        return
    own, stated = (' x '.join(map(str, as_size(each))) for each in (size, cfg.size))
    said = f'the checkpoint was trained at {own} pixels, and '
    if any(option.partition('=')[0] == 'size' for option in options):
        print_log(f'{said}is asked at {stated}', 'current', logging.WARNING)
        return
    print_log(f'{said}so it is tested (the config says {stated}; for another size: --cfg-options size=...)', 'current',
              logging.WARNING)
    cfg.size = size
