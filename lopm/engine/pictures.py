"""``PictureHook``: a finished run leaves pictures."""
from pathlib import Path

from mmengine.dist import get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.logging import print_log

from lopm.evaluation.metrics import LesionMetric
from lopm.pictures.confusion import draw_confusion
from lopm.pictures.curves import draw_curves
from lopm.pictures.panel import make_panel
from lopm.pictures.scatter import draw_scatter
from lopm.pictures.sheet import draw_sheet
from lopm.pictures.style import note_on
from lopm.pictures.survival import draw_calibration, draw_survival, no_curve
from lopm.registry import HOOKS


@HOOKS.register_module()
class PictureHook(Hook):
    """Draws the curves of a training, and of its last validation or of a test a sheet and for each task a
    confusion matrix, of numbers a scatter plot, of times what came against what was said.

    Args:
        out_dir: Folder for the pictures. None: ``pictures`` in the work directory after training, none after a test.
        num_photographs: How many the sheet shows, spread evenly over the part. Only they are kept, small.
    """

    priority = 'VERY_LOW'  # after the hooks that write the logs

    def __init__(self, out_dir=None, num_photographs=12):
        self.out_dir = out_dir
        self.num_photographs = num_photographs
        self.panels, self.seen = [], 0

    def before_val_epoch(self, runner):
        self.panels, self.seen = [], 0

    before_test_epoch = before_val_epoch

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self._keep(runner.val_loop, outputs)

    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if self.out_dir:
            self._keep(runner.test_loop, outputs)

    def after_train(self, runner):
        if is_main_process():
            folder = Path(self.out_dir or Path(runner.work_dir) / 'pictures')
            draw_curves(runner.work_dir, folder / 'curves.png', note_on(runner.train_dataloader.dataset.ann_file))
            if self.panels:
                self._draw(runner.val_loop, folder, 'val')

    def after_test_epoch(self, runner, metrics=None):
        if self.out_dir and is_main_process():
            self._draw(runner.test_loop, Path(self.out_dir), 'test')

    def _keep(self, loop, outputs):
        own = len(loop.dataloader.dataset) // get_world_size()
        every = max(1, own // self.num_photographs)
        for sample in outputs:
            if self.seen % every == 0 and len(self.panels) < self.num_photographs and not sample.bad:
                self.panels.append(make_panel(sample, find_metric(loop).tasks))
            self.seen += 1

    def _draw(self, loop, folder, part):
        metric, dataset = find_metric(loop), loop.dataloader.dataset
        note = note_on(dataset.ann_file)
        title = f'{len(self.panels)} of {len(metric.rows)} {part} photographs'
        draw_sheet(self.panels, folder / f'{part}_photographs.png', title, note)
        for name, task in metric.tasks.with_words.items():
            draw_confusion(metric.rows, task, folder / f'{part}_confusion_{name}.png', note)
        for name, task in metric.tasks.numbers.items():
            draw_scatter(metric.rows, task, folder / f'{part}_scatter_{name}.png', note)
        for name, task in metric.tasks.times.items():
            if missing := no_curve(metric.rows, task):
                print_log(f'{name}: {missing}', 'current')
            draw_survival(metric.rows, task, folder / f'{part}_survival_{name}.png', note)
            draw_calibration(metric.rows, task, folder / f'{part}_calibration_{name}.png', note)


def find_metric(loop):
    """The ``LesionMetric`` of a loop."""
    for metric in loop.evaluator.metrics:
        if isinstance(metric, LesionMetric):
            return metric
    raise ValueError('PictureHook draws what LesionMetric scored; add the metric to the evaluator, or remove the hook')
