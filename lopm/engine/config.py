"""From a config file to a config that can run: changed, checked and completed."""
from pathlib import Path

from mmengine.config import Config

from lopm.engine.left_out import leave_out
from lopm.engine.names import keep_what_is_read, refuse_unread_parts
from lopm.engine.options import apply_options
from lopm.engine.parts import follow_record, hand_out, refuse_torn_patients, use_folder
from lopm.engine.prior import take_prior
from lopm.engine.trained_size import take_size
from lopm.weights import read_checkpoint

WORK_DIRS = 'work_dirs'  # where runs go of which nobody says where


def load_config(path, work_dir=None, options=(), folder=None, undivided=False, checkpoint=None):
    """The config of a file, changed by ``['key=value', ...]``, checked and completed.

    Args:
        folder, undivided: Parts that stand in for the config's own (``use_folder``).
        checkpoint: A model that was trained by it, whatever the parts: what that was trained without is left out, the
            test's prior is that of its training, and so is the size, unless an option names one.
    """
    cfg = Config.fromfile(path)
    keep_what_is_read(cfg, path, options)
    record = cfg.get('record_fields')
    apply_options(cfg, options)
    refuse_unread_parts(cfg)
    follow_record(cfg, record)
    if folder:
        use_folder(cfg, folder, undivided, options)
    trained = read_checkpoint(checkpoint) if checkpoint else None
    leave_out(cfg, trained)
    refuse_torn_patients(cfg)
    if trained:
        take_prior(cfg, trained)
        take_size(cfg, trained, options)
    hand_out(cfg)
    if work_dir or cfg.get('work_dir', WORK_DIRS) == WORK_DIRS:
        cfg.work_dir = str(work_dir or Path(WORK_DIRS) / Path(path).stem)
    return cfg
