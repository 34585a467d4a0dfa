"""Who answers what: a config whose heads and tasks do not fit together is refused before it costs any time."""
from lopm.structures import LESION
from lopm.tasks.task import GROUPS

OUTLINE = 'outline'  # how the outline's loss, its weight and its network are called


def check_heads(tasks, outline_head, feature_heads, meta_task, group_heads=()):
    """Refuse a task that two heads answer, a mask in a feature head, a task of visits or patients elsewhere than in a
    group head and others there, and a model without any head.

    Args:
        tasks: The ``Tasks`` of the config.
        outline_head: The head of the masks, or None.
        feature_heads: ``{name: head}``, each with its ``tasks``.
        meta_task: Name of the meta head's task, or None.
        group_heads: Configs of the heads of visits and patients.
    """
    masks = list(tasks.masks)
    if outline_head and masks[:1] != [LESION]:
        raise ValueError(f'the first mask task is the outline and is called {LESION!r}; the tasks list has {masks}')
    answered = [task for head in feature_heads.values() for task in head.tasks.values()]
    single = [task.name for task in answered] + ([meta_task] if meta_task else [])
    grouped = [name for head in group_heads for name in head['tasks']]
    names = single + grouped
    for name, place in [(name, single) for name in single] + [(name, grouped) for name in grouped]:
        if name in tasks and (tasks[name].level in GROUPS) != (place is grouped):
            raise ValueError(f'task {name!r} is of level {tasks[name].level}; ' + (
                "give it to a head of group_heads: dict(type='GroupHead', tasks=[...])" if place is single
                else 'group_heads answer for visits and patients; give it to feature_heads'))
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f'task {name!r} is answered by two heads; take it out of one of them')
        if name in masks:
            raise ValueError(f'task {name!r} is a mask, which the outline head answers; take it out of the other head')
    if not outline_head and not names:
        raise ValueError('the model has no head: nothing would be learned; give it an outline_head or feature_heads')


def choose_concepts(names, features, meta_task):
    """The tasks a meta head reads: those named, or all of the feature heads that are of its own task's level (None)."""
    if names is None:
        names = [name for name, task in features.items() if task.level == meta_task.level]
    missing = [name for name in names if name not in features]
    if missing:
        raise ValueError(f'meta_head: concepts {missing} have no feature head; feature heads answer {list(features)}')
    for task in (features[name] for name in names):
        if task.level != meta_task.level:
            raise ValueError(f'meta_head: concept {task.name!r} is of level {task.level}, and {meta_task.name!r} of '
                             f'level {meta_task.level}; a meta head reads concepts of its own level')
        absent = [other for other in task.valid_if if other not in names]
        if absent:
            raise ValueError(f'meta_head: concept {task.name!r} applies only by {absent}, which must be a concept too')
    return [features[name] for name in names]


def check_concepts(place, names, of_lesions):
    """Refuse concepts of a head of visits or patients that nothing says of lesions."""
    missing = [name for name in names if name not in of_lesions]
    if missing:
        raise ValueError(f'{place}: concepts {missing} are no words that a head says of lesions; these are '
                         f'{list(of_lesions)}')


def check_weights(task_weights, tasks, find_task):
    """Refuse a weight of something that has no loss of its own; the outline's is called ``outline``."""
    for name in task_weights:
        if name == LESION:
            raise ValueError(f'task_weights: the weight of {LESION!r} is called "{OUTLINE}"')
        if name != OUTLINE:
            find_task(name, 'task_weights')


def check_inputs(cfg, concepts, meta_task):
    """Refuse a meta head with nothing to read, and measured values that ``lopm.measure`` does not give.

    Args:
        cfg: Config of the meta head. concepts: The tasks it reads.
    """
    number = cfg.get('measured', 0)
    if not meta_task.classes:
        raise ValueError(f'meta_head: {meta_task.name!r} is a {type(meta_task).__name__.lower()}, and what features '
                         'add up to is answered in words; give it to a head of its own')
    if not concepts and not any(cfg.get(key) for key in ('record_fields', 'measured', 'residual')):
        raise ValueError(f'meta_head: nothing to read: no feature head answers a task of level {meta_task.level}, and '
                         'neither record_fields, measured nor residual is set. Give feature_heads, or set one of '
                         f'these, or give {meta_task.name!r} to a feature head and set meta_head=None')
    if number and meta_task.level != 'lesion':
        raise ValueError(f'meta_head: measured={number}, but {meta_task.name!r} is of level {meta_task.level}, and '
                         'what is measured are lesions; set measured=0')
    if number:
        from lopm.measure import NAMES
        if number != len(NAMES):
            raise ValueError(f'meta_head: measured={number}, but lopm.measure gives {len(NAMES)} values; 0 reads none')
