"""One bad photograph does not end a night of training; too many do."""
import json
from pathlib import Path

from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook

from lopm.arguments import Stopped
from lopm.files import write_json
from lopm.registry import HOOKS


@HOOKS.register_module()
class BadPhotographsHook(Hook):
    """Counts photographs that could not be read, reports each once, and stops the run beyond a share of them.

    A sample counts whose metainfo ``bad`` gives a reason, which names the file. The list goes to
    ``bad_photographs.json`` in the work directory: ``{"train": {file: reason}, "val": ..., "test": ...}``.

    Args:
        max_share: The largest share of a part's photographs that may be bad, from 0 to 1. One always may, all never.
    """

    def __init__(self, max_share=0.02):
        self.max_share = max_share
        self.bad = {'train': {}, 'val': {}, 'test': {}}

    def _after_iter(self, runner, batch_idx, data_batch=None, outputs=None, mode='train'):
        for sample in data_batch['data_samples']:
            if sample.bad and sample.img_path not in self.bad[mode]:
                self.bad[mode][sample.img_path] = sample.bad
                runner.logger.warning(f'Bad photograph, left out: {sample.bad}')
                self.check_share(runner, mode)

    def _after_epoch(self, runner, mode='train'):
        for other in all_gather_object(self.bad[mode]):
            self.bad[mode].update(other)
        if self.bad[mode]:
            self.write(runner)
            self.check_share(runner, mode)

    def before_val_epoch(self, runner):
        self._after_epoch(runner)  # a loop that counts steps has no other moment

    def after_val_epoch(self, runner, metrics=None):
        self._after_epoch(runner, 'val')

    def after_test_epoch(self, runner, metrics=None):
        self._after_epoch(runner, 'test')

    def check_share(self, runner, mode):
        total = len(getattr(runner, f'{mode}_loop').dataloader.dataset)
        bad = len(self.bad[mode])
        if bad == total:
            self.write(runner)
            raise Stopped(f'0 of the {total} photographs of the {mode} part can be read. {self.path(runner)} lists '
                          'them: put them back, or divide the base anew (lopm split), so that the part has some')
        if bad > max(1, self.max_share * total):
            self.write(runner)
            raise Stopped(
                f'{bad} of the {total} photographs of the {mode} part are bad; BadPhotographsHook allows '
                f'max_share={self.max_share}. {self.path(runner)} lists them: mend or remove them, or raise max_share')

    def path(self, runner):
        return Path(runner.work_dir) / 'bad_photographs.json'

    def write(self, runner):
        if is_main_process():
            path = self.path(runner)
            earlier = json.loads(path.read_text()) if path.is_file() else {}  # of a run that is resumed or tested
            lists = {mode: {**earlier.get(mode, {}), **found} for mode, found in self.bad.items()}
            write_json(path, lists, indent=1)
