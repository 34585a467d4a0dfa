"""Tasks that nothing in the training part labels: their heads are left out of a config, and what reads those follows.

Which ones they are stands in the config (``left_out``), and with it in the run's folder and in every checkpoint: a test
on another base builds the model that was trained.
"""
import difflib
from pathlib import Path

from lopm.datasets.labels import count_labels
from lopm.datasets.lesions import BUILT_IN
from lopm.engine.parts import annotations
from lopm.models.assignment import OUTLINE
from lopm.structures import LESION
from lopm.tasks import build_tasks
from lopm.weights import notes_of

OWN_HEAD = dict(type='FeatureHead', with_lab=True)  # of a diagnosis that has no features to be read from


def leave_out(cfg, trained=None):
    """Take heads of tasks without labels out of a config, in place, and note the tasks as ``left_out``.

    A config that states ``left_out`` is taken at its word; else a checkpoint says what it was trained without; else the
    training part says it. The diagnosis is read from the features that remain, or by a head of its own where none does.

    Raises:
        ValueError: An unknown task, a head's that is in no list, one that a network of a stack stands for; nothing
            remains to be learned.
    """
    if not cfg.get('tasks') or not cfg.get('model') or not cfg.get('train_dataloader'):
        return
    if cfg.get('left_out') is None:
        cfg.left_out = left_out_of(trained) if trained else without_labels(cfg)
    names = set(cfg.left_out)
    tasks = build_tasks(cfg.tasks)
    for name in names - set(tasks):
        near = difflib.get_close_matches(name, tasks, n=1, cutoff=0)[0]
        raise ValueError(f'left_out: unknown task {name!r}, did you mean {near!r}?')
    if not names:
        return
    for name in learned_by(cfg.model):
        if name != OUTLINE and name not in tasks:
            raise ValueError(f'{cfg.filename}: a head predicts {name!r}, and the tasks list has {list(tasks)}; add the '
                             'task, or take the head out (model.feature_heads.HEAD=None)')
    if 'feature_heads' not in cfg.model and cfg.model.get('networks'):
        raise ValueError(f'{cfg.filename}: nothing labels {", ".join(cfg.left_out)} in {files_of(cfg)[0]}; a stack '
                         'needs labels for each of its networks: take those networks out of it')
    masks = names & tasks.masks.keys() - {LESION}
    cfg.tasks = [unconditional(task, names) for task in cfg.tasks]
    cfg.model.tasks = [task for task in cfg.tasks if task['name'] not in masks]
    leave_out_heads(cfg.model, names, tasks)
    learned = learned_by(cfg.model)
    if not learned:
        raise ValueError(f'{cfg.filename}: nothing labels {", ".join(cfg.left_out)} in {files_of(cfg)[0]}, and the '
                         'config learns nothing else; take another config, or label them')
    judge_without(cfg, names, learned, tasks)


def left_out_of(trained):
    """The tasks that a checkpoint, as ``read_checkpoint`` gives it, was trained without; of an older one, or weights of
    others, none."""
    return list(notes_of(trained).get('left_out', []))


def without_labels(cfg):
    """The tasks of a config that nothing in its training part labels; none where the part is not there yet.

    Without any outline no border can be seen, whatever is said of it.
    """
    if cfg.train_dataloader.dataset.type in BUILT_IN or cfg.get('data_root', '') is None:
        return []
    files = files_of(cfg)
    if not all(Path(file).is_file() for file in files):
        return []
    tasks = build_tasks(cfg.tasks)
    counts = [count_labels(tasks, file) for file in files]
    labelled = {name for name in tasks if any(count[name].total for count in counts)}
    return [name for name, task in tasks.items() if name not in labelled or task.needs_rim and LESION not in labelled]


def files_of(cfg):
    """The json of the training part, and those of other bases that are mixed in."""
    dataset = cfg.train_dataloader.dataset
    own = {**dataset, 'data_root': cfg.get('data_root') or dataset.get('data_root', '')}
    return [annotations(each) for each in (own, *dataset.get('others', ()))]


def unconditional(task, names):
    """A task's definition, asked of every lesion where nobody says whether its condition holds."""
    if set(task.get('valid_if') or ()) & names:
        return {key: value for key, value in task.items() if key != 'valid_if'}
    return task


def leave_out_heads(model, names, tasks):
    """Take the heads out of a model's config, in place."""
    heads = {}
    for key, head in (model.get('feature_heads') or {}).items():
        kept = [name for name in head['tasks'] if name not in names] if head else []
        if kept:
            heads[key] = {**head, 'tasks': kept}
    meta = model.get('meta_head')
    if meta and meta['task'] in names:
        meta = None
    if meta and meta.get('concepts'):
        meta = {**meta, 'concepts': [name for name in meta['concepts'] if name not in names]}
    read = meta and meta.get('concepts', [name for head in heads.values() for name in head['tasks']
                                          if tasks[name].level == 'lesion'])
    if meta and not read:
        heads[meta['task']] = {**OWN_HEAD, 'tasks': [meta['task']]}
        meta = None
    model['feature_heads'], model['meta_head'] = heads, meta
    for key, head in (model.get('group_heads') or {}).items():
        kept = [name for name in head['tasks'] if name not in names] if head else []
        if head and head.get('concepts'):
            head['concepts'] = [name for name in head['concepts'] if name not in names]
        model['group_heads'][key] = {**head, 'tasks': kept} if kept else None
    if LESION in names:
        model['outline_head'] = None
        (model.get('task_weights') or {}).pop(OUTLINE, None)


def learned_by(model):
    """What a model's config learns: the outline, the tasks of its feature heads, the diagnosis, those of visits and
    patients."""
    heads, groups = ([task for head in (model.get(key) or {}).values() if head for task in head['tasks']]
                     for key in ('feature_heads', 'group_heads'))
    meta = model.get('meta_head')
    return [*([OUTLINE] if model.get('outline_head') else []), *heads, *([meta['task']] if meta else []), *groups]


def judge_without(cfg, names, learned, tasks):
    """Judge a run by what it learns, in place: of ``judged_by`` what remains, or every task alike."""
    if 'judged_by' not in cfg:
        return
    stated = [cfg.judged_by] if isinstance(cfg.judged_by, str) else cfg.judged_by
    if LESION in names:  # without outlines there are no scores on true ones
        stated = [metric.removeprefix('true_outline/') for metric in stated]
    kept = [metric for metric in stated if metric.removeprefix('true_outline/').split('/')[0] in learned]
    cfg.judged_by = kept or ['outline/jaccard' if name == OUTLINE else f'{name}/{tasks[name].judge}'
                             for name in learned]
