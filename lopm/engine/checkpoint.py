"""Checkpoints that are either there, whole, or not there at all."""
import os
from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.hooks import Hook

from lopm.arguments import Stopped
from lopm.engine.finite import not_finite
from lopm.engine.iterations import counts_steps, place
from lopm.engine.monitor import is_better, monitored, split
from lopm.engine.prior import prior_of
from lopm.engine.resuming import as_text
from lopm.files import whole_file
from lopm.registry import HOOKS
from lopm.wording import in_words

LAST, BEST = 'last.pth', 'best.pth'
BEST_VALUE = 'best_value'


def save_atomically(path, write):
    """Let ``write(temporary path)`` write a file, and put it in the place of ``path`` when it is safely on the disk.

    A crash, a kill or a full disk at any moment leaves the old file as it was.

    Raises:
        OSError: the disk is full or broken; says that the old file is still there.
    """
    try:
        with whole_file(path) as partial:
            write(str(partial))
    except OSError as error:
        kept = 'the one saved before is whole' if Path(path).is_file() else 'none was saved before'
        raise OSError(error.errno, f'could not save {path}: {os.strerror(error.errno or 0)}; {kept}. '
                      'Free some space, then go on with --resume') from error


@HOOKS.register_module()
class AtomicCheckpointHook(Hook):
    """Keeps two checkpoints in the work directory: ``last.pth`` to resume from, ``best.pth`` by a metric.

    The last one is saved when an epoch is really over, its validation included: whoever is killed during validation
    repeats the epoch, and decides about best and early stopping as if nothing had happened. A loop that counts steps is
    saved every ``val_interval`` of them. The format is mmengine's.

    Args:
        monitor: A metric, or several whose mean counts, of those that are known; larger is better.
    """

    priority = 'VERY_LOW'

    def __init__(self, monitor):
        self.monitor = monitor
        self.unknown = []

    def before_train(self, runner):
        self.saved = runner.iter  # nothing new yet
        self.prior = prior_of(runner.cfg)
        if not runner.iter and (Path(runner.work_dir) / LAST).is_file():
            runner.logger.warning(f'{runner.work_dir} holds {LAST} of an earlier run, which this one replaces when '
                                  'it is saved first. To go on with the earlier one, stop now and start with --resume.')

    def after_val_epoch(self, runner, metrics=None):
        self.name_unknown(runner, metrics)
        value = monitored(metrics, self.monitor)
        if is_better(value, runner.message_hub.runtime_info.get(BEST_VALUE)):
            runner.message_hub.update_info(BEST_VALUE, value)
            save(runner, BEST, resumable=False)
            runner.logger.info(f'Best so far: {in_words(self.monitor)} {value:.4f} after {place(runner)}, saved as '
                               f'{BEST}.')

    def name_unknown(self, runner, metrics):
        known, unknown = split(metrics, self.monitor)
        if unknown and unknown != self.unknown:
            runner.logger.warning(f'{", ".join(unknown)} is not known on this validation part (no label, or no '
                                  'prediction that is a number); ' + (
                                      f'judged by {", ".join(known)} alone.' if known else
                                      f'nothing is left to judge by, {BEST} is not written.'))
        self.unknown = unknown

    def before_save_checkpoint(self, runner, checkpoint):
        bad = not_finite({key: checkpoint.get(key) for key in ('state_dict', 'ema_state_dict', 'optimizer')})
        if bad:
            raise Stopped(f'after step {runner.iter} {len(bad)} tensors are not finite ({", ".join(bad[:3])}): not '
                          f'saved, {runner.work_dir} keeps what was saved before. Lower optim_wrapper.optimizer.lr')
        checkpoint['meta'] = plain({**checkpoint['meta'], 'config_json': as_text(runner.cfg),
                                    'left_out': runner.cfg.get('left_out') or [], 'prior': self.prior})
        checkpoint['message_hub']['runtime_info'] = plain(checkpoint['message_hub']['runtime_info'])

    def before_train_epoch(self, runner):
        self.save_last(runner)

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if counts_steps(runner.train_loop) and runner.iter % runner.train_loop.val_interval == 0:
            self.save_last(runner)

    def after_train(self, runner):
        self.save_last(runner)

    def save_last(self, runner):
        if runner.iter > self.saved:
            save(runner, LAST, resumable=True)
            self.saved = runner.iter


def plain(value):
    """The same with plain dicts for a config's own, which strict readers of checkpoints refuse."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def save(runner, name, resumable):
    """Save the runner's state, as seen between two steps, to its work directory."""
    if not is_main_process():
        return
    folder = Path(runner.work_dir)

    def write(path):
        runner.save_checkpoint(str(folder), Path(path).name, save_optimizer=resumable, save_param_scheduler=resumable,
                               meta=dict(epoch=runner.epoch, iter=runner.iter))

    save_atomically(folder / name, write)
