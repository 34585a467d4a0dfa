"""From the tasks list of a config to ``Tasks``."""
from dataclasses import fields

from lopm.tasks.binary import Binary
from lopm.tasks.mask import Mask
from lopm.tasks.multiclass import Multiclass
from lopm.tasks.multilabel import Multilabel
from lopm.tasks.number import Number
from lopm.tasks.ordinal import Ordinal
from lopm.tasks.task import GROUPS, Task
from lopm.tasks.time import Time
from lopm.tasks.words import WordTask

UNFINISHED = ('no tasks are given. A config file states them once, and lopm.engine.launch.load_config(FILE) hands them '
              'to the model, the data sets and the metrics: MODELS.build(load_config(FILE).model), or '
              'build_runner(load_config(FILE)).train(), in place of Config.fromfile and Runner.from_cfg')

KINDS = {'binary': Binary, 'multiclass': Multiclass, 'multilabel': Multilabel, 'ordinal': Ordinal,
         'number': Number, 'time': Time, 'mask': Mask}


def build_task(cfg):
    """A ``Task`` from ``dict(name=..., kind=..., classes=[...])``."""
    cfg = dict(cfg)
    kind = cfg.pop('kind', None)
    if kind not in KINDS:
        raise ValueError(f'task {cfg.get("name")}: kind {kind!r} is none of {", ".join(KINDS)}')
    return KINDS[kind](**cfg)


def task_entry(task):
    """The definition of a ``Task`` as json, without its name: what ``build_task`` reads."""
    kind = next(kind for kind, each in KINDS.items() if type(task) is each)
    values = {each.name: getattr(task, each.name) for each in fields(task) if each.name != 'name'}
    return {'kind': kind, **{key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}}


class Tasks(dict):
    """``{name: Task}`` of a tasks list, in its order."""

    @property
    def with_words(self):
        """Those that are answered in words, of every level."""
        return self._of_kind(WordTask)

    @property
    def numbers(self):
        """Those that are answered by a number, of every level."""
        return self._of_kind(Number)

    @property
    def times(self):
        """Those that are answered by a time to an event, of every level."""
        return self._of_kind(Time)

    @property
    def masks(self):
        """Those that are drawn; the first is the outline."""
        return self._of_kind(Mask)

    @property
    def answered(self):
        """Those that are not drawn: words, numbers and times, of every level."""
        return self.but(self.masks)

    def of(self, level):
        """Those that are answered of a lesion, of a photograph (``image``), a visit or a patient."""
        return Tasks((name, task) for name, task in self.answered.items() if task.level == level)

    @property
    def of_groups(self):
        """Those that the photographs of a visit or of a patient answer together."""
        return Tasks((name, task) for name, task in self.answered.items() if task.level in GROUPS)

    def but(self, names):
        """Those that are not named."""
        return Tasks((name, task) for name, task in self.items() if name not in names)

    def _of_kind(self, kind):
        return Tasks((name, task) for name, task in self.items() if isinstance(task, kind))


def build_tasks(cfgs):
    """The ``Tasks`` of a tasks list; ``valid_if`` may only name earlier multilabel tasks."""
    if cfgs is None:
        raise ValueError(UNFINISHED)
    tasks = Tasks()
    for task in (cfg if isinstance(cfg, Task) else build_task(cfg) for cfg in cfgs):
        if task.name in tasks:
            raise ValueError(f'task {task.name} stands twice in the tasks list')
        for other, word in task.valid_if.items():
            if not isinstance(tasks.get(other), Multilabel):
                raise ValueError(f'task {task.name}: valid_if names {other!r}, which is no multilabel task before it')
            tasks[other].index(word)
        tasks[task.name] = task
    for task in tasks.values():
        _check_table(task, tasks)
    return tasks


def _check_table(task, tasks):
    """Refuse a ``by_table`` of a task that is not there, and one that leaves a class out."""
    table = getattr(task, 'by_table', None)
    if not table:
        return
    other = tasks.get(table['of'])
    if not isinstance(other, Multiclass) or other.level != 'lesion':
        raise ValueError(f'task {task.name}: by_table reads {table["of"]!r}, which is no multiclass task of lesions; '
                         f'these are {", ".join(name for name in tasks if isinstance(tasks[name], Multiclass))}')
    for word in table['words']:
        other.index(word)
    lacking = [word for word in other.classes if word not in table['words']]
    if lacking:
        raise ValueError(f'task {task.name}: by_table gives no grade to {", ".join(lacking)} of {other.name}; give '
                         'every class one')


def arises(task, said, tasks):
    """Whether a task's question arises (``valid_if``), by what was said, ``{task: [K]}``, of the same lesion."""
    return all(said[other][tasks[other].index(word)] > 0.5 for other, word in task.valid_if.items() if other in said)
