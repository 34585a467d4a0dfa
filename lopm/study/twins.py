"""Single-task twins: what each task gains or loses by being learned together with the others.

A twin is the same network on the same folds for as many epochs, with one task's loss alone. Negative transfer (Wang et
al., CVPR 2019; Standley et al., ICML 2020) is a twin that is better.
"""
from lopm.engine.config import load_config
from lopm.engine.left_out import OWN_HEAD, learned_by
from lopm.models.assignment import OUTLINE
from lopm.study.crossval import TESTED, crossval
from lopm.study.two_runs import compare_runs
from lopm.tasks import build_tasks

SECTION = 'twins'
WIDTH = 32  # of the hidden vectors of a head that reads words alone, when there are none


def train_twins(config, options, out, folds, division=None, seed=0, workers=1, names=None, data=None):
    """Cross-validate a twin of each task, under ``out/twins/<task>``; what is done is kept. Returns the names.

    Args:
        out: Work directory of the run that is compared with; ``division``: whose folds that run used, if another's.
        data: As of ``crossval``.
        names: Tasks, and ``outline``; None: all that the config learns.

    Raises:
        ValueError: A name that is none of them.
    """
    cfg = load_config(config, out, options, data, undivided=True)
    known = learned_by(cfg.model)
    for name in names or ():
        if name not in known:
            raise ValueError(f'no twin of {name!r}: the config learns {", ".join(known)}')
    for name in names or known:
        crossval(config, [*options, *twin_options(cfg, name)], out / SECTION / name, folds, 0, division or out, seed,
                 workers, data)
    return list(names or known)


def twin_options(cfg, name):
    """The ``key=value`` options that leave one task of a config.

    A task of lesions is learned and judged on true outlines, so that it needs no outline of its own, unless the config
    draws none; the diagnosis is read by a ``FeatureHead`` with Lab input, as in configs/black_box.py. A task of visits
    or patients keeps the outline, without which there is no lesion to look at, and reads feature maps and no words.
    """
    heads = cfg.model.get('feature_heads') or {}
    own = next((head for head, each in heads.items() if each and name in each['tasks']), None)
    groups = {head: each for head, each in (cfg.model.get('group_heads') or {}).items() if each}
    together = next((head for head, each in groups.items() if name in each['tasks']), None)
    options = ['model.meta_head=None'] + [f'model.feature_heads.{head}=None' for head in heads if head != own] + [
        f'model.group_heads.{head}=None' for head in groups if head != together]
    if name == OUTLINE:
        return [*options, 'judged_by=outline/jaccard']
    tasks = build_tasks(cfg.tasks)
    if together:
        head = {**groups[together], 'tasks': [name], 'concepts': [], 'width': groups[together].get('width') or WIDTH}
        return [*options, f'judged_by={name}/{tasks[name].judge}', f'model.group_heads.{together}={head}']
    options += [f'model.task_weights.{each}=0.' for each in (OUTLINE, *list(tasks.masks)[1:])]
    prefix = 'true_outline/' if tasks[name].level == 'lesion' and cfg.model.get('outline_head') else ''
    options += ['model.predicted_odds=0.', f'judged_by={prefix}{name}/{tasks[name].judge}']
    head = dict(heads[own] if own else OWN_HEAD, tasks=[name])
    return [*options, f'model.feature_heads.{own or name}={head}']


def twin_results(out, names):
    """``[Result]``: each task together, alone, and the difference in pairs; above 0 the others help.

    Words are scored on true outlines.
    """
    return [result for name in names for result in
            compare_runs(out / TESTED, out / SECTION / name / TESTED, [name], SECTION, ('together', 'alone'))]
