"""What lopm changes in the OpenMMLab packages, all of it; ``lopm.registry`` calls ``adapt`` when it is imported."""
import warnings

import mmengine.registry
from mmengine.config import Config
from mmengine.registry import Registry
from mmengine.runner import CheckpointLoader

from lopm.config_text import config_text
from lopm.packages import PREFIX
from lopm.weights import read_checkpoint

MEANINGLESS = (  # here: what they warn of is not used, or is meant
    'Fail to import ``MultiScaleDeformableAttention``',
    'Default ``avg_non_ignore`` is False',
    'y_pred contains classes not in y_true')


def adapt():
    for message in MEANINGLESS:
        warnings.filterwarnings('ignore', message=message)
    add_scope()
    read_strictly()
    write_fast()


def add_scope():
    """A child of scope lopm in every registry of mmengine: it warns at every build from one in which the default scope
    has none. Registries of lopm's own are there before."""
    for root in list(vars(mmengine.registry).values()):
        if isinstance(root, Registry) and 'lopm' not in root.children:
            Registry(root.name, parent=root, scope='lopm')


def read_strictly():
    """Let ``load_from``, ``--resume`` and ``init_cfg=dict(type='Pretrained', ...)`` read weights as ``load_weights``.

    mmengine falls back to unpickling anything when a file does not pass as weights.
    """
    CheckpointLoader.register_scheme(prefixes=['', 'http://', 'https://', PREFIX], loader=read_checkpoint, force=True)


def write_fast():
    """Let a config's text be ours: ``lopm.config_text``."""
    Config.pretty_text = property(lambda config: config_text(config.to_dict()))
