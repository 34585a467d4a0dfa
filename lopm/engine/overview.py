"""What is trained on what, in words, before a training's first step."""
import platform
from pathlib import Path

import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from lopm.datasets.index import read_images, read_info
from lopm.datasets.labels import count_labels
from lopm.engine.left_out import learned_by
from lopm.engine.parts import PARTS, annotations
from lopm.models.assignment import OUTLINE
from lopm.registry import HOOKS
from lopm.structures import LESION
from lopm.tasks import build_tasks
from lopm.wording import in_words

SCRATCH = 'random numbers'
PRECISIONS = {'OptimWrapper': 'full precision', 'AmpOptimWrapper': 'float16', 'BFloat16OptimWrapper': 'bfloat16'}


@HOOKS.register_module()
class OverviewHook(Hook):
    """Logs the overview when data and weights are there; ``LesionRunner`` registers it where a config has tasks."""

    priority = 'VERY_HIGH'

    def before_train(self, runner):
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        runner.logger.info(overview(runner.cfg, model, type(runner.optim_wrapper).__name__))


def overview(cfg, model, precision):
    """The whole text; ``precision``: name of the optimizer's wrapper."""
    files = {part: annotations(cfg[f'{part}_dataloader'].dataset) for part in PARTS if cfg.get(f'{part}_dataloader')}
    files = {part: file for part, file in files.items() if Path(file).is_file()}
    return '\n'.join(['What is trained:', *lines_on_data(files), *lines_on_labels(cfg, files),
                      *lines_on_machine(cfg, model, precision), ''])


def lines_on_data(files):
    """The parts, with their photographs and patients."""
    lines = []
    for part, file in files.items():
        images = list(read_images(file))
        patients = {image['patient_id'] for image in images if 'patient_id' in image}
        source = str(read_info(file).get('source', ''))
        lines.append(f'  {part:6} {file}: {len(images)} photographs, '
                     + (f'{len(patients)} patients' if patients else 'patients not named')
                     + (', built-in drawings that show no patient' if source.startswith('synthetic') else ''))
    return lines


def lines_on_labels(cfg, files):
    """How many labels each task and class has, in each part; what is not learned for the lack of them, or of a head."""
    tasks, left_out = build_tasks(cfg.tasks), cfg.get('left_out') or []
    counts = {part: count_labels(tasks, file) for part, file in files.items()}
    lines = ['', f'  {"labels":34}' + ''.join(f'{part:>8}' for part in files)]
    for name, task in tasks.items():
        if name in left_out:
            continue
        lines.append(f'  {OUTLINE if name == LESION else name:34}'
                     + ''.join(f'{counts[part][name].total:8.0f}' for part in files))
        for word in task.classes:
            row = [counts[part][name].classes.get(word, 0) for part in files]
            lines.append(f'    {word:32}' + ''.join(f'{count:8.0f}' for count in row)
                         + ('' if row[0] else '   nothing to learn it from'))
    if left_out:
        lines += ['', f'  left out, since nothing labels it: {", ".join(left_out)}'
                  + ' (without outlines a border is not seen)' * (LESION in left_out)]
        lines += reading_of_the_diagnosis(cfg)
    silent = without_a_head(cfg, tasks)
    return lines + (['', f'  not learned, since no head answers it: {", ".join(silent)}'] if silent else [])


def without_a_head(cfg, tasks):
    """The tasks that are labelled and that no head of the config answers; each network of a stack has its own."""
    learned = {*learned_by(cfg.model), *(cfg.get('left_out') or [])}
    asked = tasks.answered if cfg.model.get('outline_head') else tasks
    return [] if cfg.model.get('networks') else list(asked.but(learned))


def reading_of_the_diagnosis(cfg):
    """By what it is read where features are left out."""
    meta = cfg.model.get('meta_head')
    return [f'  {meta["task"]} is read from the features that remain' if meta else
            '  no meta head: what is left of the tasks is read from the photographs, each by a head of its own']


def lines_on_machine(cfg, model, precision):
    """Judged by what; device, precision, threads, weights and their number."""
    sizes = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
    total, trained = sum(size for size, _ in sizes), sum(size for size, learns in sizes if learns)
    return ['', f'  judged by {in_words(cfg.get("judged_by") or [])}',
            f'  on {device_name(model)}, {PRECISIONS.get(precision, precision)}, {torch.get_num_threads()} threads and '
            f'{cfg.train_dataloader.get("num_workers", 0)} data workers',
            f'  starts from {start_of(cfg)}',
            f'  {total / 1e6:.2f} million parameters, of which {trained / 1e6:.2f} million are trained']


def device_name(model):
    device = next(model.parameters()).device
    return torch.cuda.get_device_name(device) if device.type == 'cuda' else f'CPU ({platform.machine()})'


def start_of(cfg):
    """Where the weights come from, in words."""
    if cfg.get('load_from'):
        return f'{cfg.load_from}' + (', where an earlier run stopped' if cfg.get('resume') else '')
    networks = cfg.model.get('networks') or {'backbone': cfg.model}
    sources = {name: network.get('checkpoint') or pretrained(network.get('backbone') or {})
               for name, network in networks.items()}
    return '; '.join(f'{name} {source}' for name, source in sources.items() if source) or SCRATCH


def pretrained(backbone):
    """The source of a backbone's weights that its config names, or None."""
    source = backbone.get('pretrained') or (backbone.get('init_cfg') or {}).get('checkpoint')
    return "timm's own" if source is True else source
