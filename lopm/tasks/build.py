"""From the tasks list of a config to ``Tasks``."""
from dataclasses import fields

from lopm.tasks.binary import Binary
from lopm.tasks.mask import Mask
from lopm.tasks.multiclass import Multiclass
from lopm.tasks.multilabel import Multilabel
from lopm.tasks.number import Number
from lopm.tasks.ordinal import Ordinal
from lopm.tasks.task import Task
from lopm.tasks.words import WordTask

UNFINISHED = ('no tasks are given. A config file states them once, and lopm.engine.launch.load_config(FILE) hands them '
              'to the model, the data sets and the metrics: MODELS.build(load_config(FILE).model), or '
              'build_runner(load_config(FILE)).train(), in place of Config.fromfile and Runner.from_cfg')

KINDS = {'binary': Binary, 'multiclass': Multiclass, 'multilabel': Multilabel, 'ordinal': Ordinal,
         'number': Number, 'mask': Mask}


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
    def masks(self):
        """Those that are drawn; the first is the outline."""
        return self._of_kind(Mask)

    @property
    def answered(self):
        """Those that are not drawn: words and numbers, of every level."""
        return self.but(self.masks)

    def of(self, level):
        """Those that are answered of a lesion, or of a photograph (``image``)."""
        return Tasks((name, task) for name, task in self.answered.items() if task.level == level)

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
    return tasks


def arises(task, said, tasks):
    """Whether a task's question arises (``valid_if``), by what was said, ``{task: [K]}``, of the same lesion."""
    return all(said[other][tasks[other].index(word)] > 0.5 for other, word in task.valid_if.items() if other in said)
