"""The size of a training goes with its weights: a test at another size tests another model."""
import json
import logging

from mmengine.logging import print_log

from lopm.datasets.sizes import as_size
from lopm.weights import read_checkpoint


def take_size(cfg, checkpoint, options=()):
    """Let a config's pipelines have the size that a checkpoint was trained at, in place, and say so where it differs.

    Args:
        options: ``['key=value', ...]`` that changed the config: a ``size`` among them is what is wanted, and stays.
    """
    text = (read_checkpoint(checkpoint).get('meta') or {}).get('config_json')
    trained = json.loads(text).get('size') if text else None
    if not trained or not cfg.get('size') or as_size(trained) == as_size(cfg.size):
        return
    shown = [' x '.join(map(str, as_size(size))) for size in (trained, cfg.size)]
    if any(option.partition('=')[0] == 'size' for option in options):
        print_log(f'{checkpoint}: was trained at {shown[0]} pixels, and is asked at {shown[1]}', 'current',
                  logging.WARNING)
        return
    print_log(f'{checkpoint}: was trained at {shown[0]} pixels, and so it is tested (the config says {shown[1]}; '
              'for another size: --cfg-options size=...)', 'current', logging.WARNING)
    cfg.size = trained
