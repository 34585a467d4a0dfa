"""A pack of a network with random weights whose outlines are known."""
from pathlib import Path

from lopm.engine.runs import open_run
from lopm.packing.make import Wanted, make_pack
from tests.tiny_base import COUNTS, dataloaders, write_base
from tests.tiny_run import PIPELINE, RECORD, save_run


def run_with_parts(folder, counts=COUNTS, **parts):
    """A run's folder, whose config names a base beside it."""
    base = write_base(folder / 'base', counts)
    return save_run(folder / 'run', train_cfg=dict(max_epochs=3),
                    **{**dataloaders(base, PIPELINE, RECORD), **parts})


def pack(run, out, **wanted):
    cfg, checkpoint = open_run(run)
    return make_pack(cfg, checkpoint, Path(out), Wanted(**{'name': 'discs', **wanted}))
