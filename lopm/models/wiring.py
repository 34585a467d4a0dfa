"""Who answers what: a config whose heads and tasks do not fit together is refused before it costs any time."""
import logging

from mmengine.logging import print_log

from lopm.structures import LESION
from lopm.tasks import Mask

OUTLINE = 'outline'  # how the outline's loss, its weight and its network are called


def check_heads(tasks, feature_heads, meta_task):
    """Refuse a task that two heads answer, a mask in a feature head, a meta head with nothing to read.

    Args:
        tasks: ``{name: Task}`` of the config.
        feature_heads: ``{name: head}``, each with its ``tasks``.
        meta_task: Name of the meta head's task, or None.

    Logs which tasks no head answers.
    """
    masks = [name for name, task in tasks.items() if isinstance(task, Mask)]
    if masks[:1] != [LESION]:
        raise ValueError(f'the first mask task is the outline and is called {LESION!r}; the tasks list has {masks}')
    answered = [task for head in feature_heads.values() for task in head.tasks.values()]
    names = [task.name for task in answered] + ([meta_task] if meta_task else [])
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f'task {name!r} is answered by two heads; take it out of one of them')
        if isinstance(tasks[name], Mask):
            raise ValueError(f'task {name!r} is a mask, which the outline head answers; take it out of the other head')
    if meta_task and not feature_heads:
        raise ValueError('meta_head: there are no feature_heads for it to read; give its task to a feature head')
    if meta_task and tasks[meta_task].level != 'lesion':
        raise ValueError(f'meta_head: task {meta_task!r} is of level {tasks[meta_task].level}, not lesion')
    silent = [name for name, task in tasks.items() if name not in names and not isinstance(task, Mask)]
    if silent:
        print_log(f'no head answers {silent}: these tasks are not learned', 'current', logging.WARNING)


def choose_concepts(names, features):
    """The tasks a meta head reads: those named, or all lesion-level ones of the feature heads (None)."""
    if names is None:
        names = [name for name, task in features.items() if task.level == 'lesion']
    missing = [name for name in names if name not in features]
    if missing:
        raise ValueError(f'meta_head: concepts {missing} have no feature head; feature heads answer {list(features)}')
    for task in (features[name] for name in names):
        if task.level != 'lesion':
            raise ValueError(f'meta_head: concept {task.name!r} is of level {task.level}, not lesion')
        absent = [other for other in task.valid_if if other not in names]
        if absent:
            raise ValueError(f'meta_head: concept {task.name!r} applies only by {absent}, which must be a concept too')
    return [features[name] for name in names]


def check_weights(task_weights, tasks, find_task):
    """Refuse a weight of something that has no loss of its own; the outline's is called ``outline``."""
    for name in task_weights:
        if name == LESION:
            raise ValueError(f'task_weights: the weight of {LESION!r} is called "{OUTLINE}"')
        if name != OUTLINE:
            find_task(name, 'task_weights')


def check_measured(number):
    """Refuse a number of measured values that ``lopm.measure`` does not give."""
    if number:
        from lopm.measure import NAMES
        if number != len(NAMES):
            raise ValueError(f'meta_head: measured={number}, but lopm.measure gives {len(NAMES)} values; 0 reads none')
