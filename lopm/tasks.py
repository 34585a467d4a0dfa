"""What is predicted, as data. One class per kind owns all that follows from the kind; nothing else branches on it.

A task's outputs, targets and probabilities have one form, ``[..., K]``:

=========== ============== ==================================================
kind        K              entry k of a target
=========== ============== ==================================================
binary      1              yes
multiclass  C              class k is among the named alternatives
multilabel  C              class k is present
ordinal     C - 1          the grade is above k
mask        1              the pixel belongs to the region
=========== ============== ==================================================

nan in a target is "unknown": it is masked in losses and metrics.
"""
import difflib
from dataclasses import dataclass, field, fields

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from lopm import losses

NOT_ASSESSABLE = 'not_assessable'
UNFINISHED = ('no tasks are given. A config file states them once, and lopm.engine.launch.load_config(FILE) hands them '
              'to the model, the data sets and the metrics: MODELS.build(load_config(FILE).model), or '
              'build_runner(load_config(FILE)).train(), in place of Config.fromfile and Runner.from_cfg')
CERTAIN = 1e-7, 1 - 1e-7  # the least and the largest probability that a logit is taken of


@dataclass(frozen=True)
class Task:
    """One thing to predict.

    Args:
        name: Key in the json, in the logs and in the metrics. Must not contain ``loss`` (mmengine would add what
            is logged under it to the loss).
        classes: Its words, in order (ordinal: from least to most).
        level: ``lesion`` or ``image``.
        valid_if: ``{task: class}`` of a multilabel task: elsewhere the label is masked, and the meta head reads
            "not applicable".
        sensitive_to: Changes of a photograph that change the label: ``hue``, ``blur``, ``scale``. A
            config that augments with one of them is refused.
        needs_rim: Judged along the lesion's border: a lesion of whose rim less than 30 % lies on known background
            (cut by a crop, wedged between neighbors) is masked.
    """

    name: str
    classes: tuple = ()
    level: str = 'lesion'
    valid_if: dict = field(default_factory=dict)
    sensitive_to: tuple = ()
    needs_rim: bool = False

    exclusive = True  # one class per lesion
    ordered = False
    least_classes, most_classes = 2, None

    def __post_init__(self):
        object.__setattr__(self, 'classes', tuple(self.classes))
        object.__setattr__(self, 'sensitive_to', tuple(self.sensitive_to))
        if 'loss' in self.name or '.' in self.name:
            raise ValueError(f'task name {self.name!r} may contain neither "loss" nor "."; rename the task')
        if self.level not in ('lesion', 'image'):
            raise ValueError(f'task {self.name}: level {self.level!r} is not "lesion" or "image"')
        if len(set(self.classes)) != len(self.classes):
            raise ValueError(f'task {self.name}: a class stands twice in {self.classes}')
        if not self.least_classes <= len(self.classes) <= (self.most_classes or len(self.classes)):
            raise ValueError(f'task {self.name}: {len(self.classes)} classes in {self.classes}; its kind needs '
                             f'{self.least_classes}' + ('' if self.most_classes else ' or more'))

    @property
    def num_outputs(self):
        return len(self.classes)

    @property
    def outputs(self):
        """What each of the K entries is called."""
        return self.classes

    def index(self, word):
        """Position of a class word; an unknown word is an error that names the nearest known one."""
        if word in self.classes:
            return self.classes.index(word)
        near = difflib.get_close_matches(str(word), self.classes, n=1, cutoff=0)
        raise ValueError(f'task {self.name}: unknown word {word!r}; did you mean {near[0]!r}? Known: '
                         + ', '.join(self.classes))

    def encode(self, value):
        """A json value (``None``: not rated) as a target ``[K]``."""
        if value is None or value == NOT_ASSESSABLE:
            return self.unknown()
        return self.encode_known(value)

    def unknown(self):
        return np.full(self.num_outputs, np.nan, np.float32)

    def membership(self, indices):
        target = np.zeros(len(self.classes), np.float32)
        target[list(indices)] = 1
        return target

    def output(self, in_features):
        """The module that maps a lesion's descriptor ``[L, D]`` to logits ``[L, K]``."""
        return nn.Linear(in_features, self.num_outputs)

    def probabilities(self, logits):
        return logits.float().sigmoid()

    def logit_terms(self, p):
        """For and against: the terms that add up to the logits of probabilities ``[..., K]``, float64 numpy
        ``[..., T, K]``; finite also at 0 and 1."""
        p = np.clip(np.asarray(p, np.float64), *CERTAIN)
        return np.stack([np.log(p), -np.log1p(-p)], -2)

    def logits(self, p):
        """The reverse of ``probabilities``, float64 numpy ``[..., K]``; finite also at 0 and 1."""
        return self.logit_terms(p).sum(-2)

    def sample(self, p):
        """Answers drawn from torch probabilities ``[L, K]``, in the form of targets ``[L, K]``."""
        return (torch.rand_like(p[:, :1]) < p).float()

    @property
    def free_outputs(self):
        """Of how many logits the scale may be changed apart from each other."""
        return self.num_outputs

    def loss(self, logits, targets, weigh=None):
        """Logits ``[L, K]``, targets ``[L, R, K]`` -> ``Loss`` per lesion ``[L]``."""
        return losses.sigmoid_loss(logits, targets, weigh)

    def weights(self, targets, prior):
        """Factors of ``loss`` by which what is rare counts as much, from how often each entry holds, ``[K]``."""
        return targets / (2 * prior) + (1 - targets) / (2 * (1 - prior))

    def class_probabilities(self, p):
        """``[..., K]`` probabilities (or complete targets) -> ``[..., C]``, one per class; numpy or torch."""
        return p

    def decide(self, p):
        """Which classes count as said in scores, bool ``[..., C]``, from numpy probabilities ``[..., K]``."""
        p = self.class_probabilities(p)
        return p == p.max(-1, keepdims=True) if self.exclusive else p > 0.5

    def known_entries(self, targets):
        """Targets ``[..., K]`` for counting and scoring: where a label names alternatives, which of them holds is
        unknown (nan)."""
        return targets

    def say(self, p):
        """Which classes are shown to people as said, as ``decide``: of exclusive ones the most probable."""
        return self.decide(p)

    def words(self, p):
        """The prediction ``[K]`` in words, with its probability: ``[(word, probability), ...]``, surest first."""
        probs = self.class_probabilities(p)
        chosen = np.flatnonzero(self.say(p))
        return [(self.classes[i], float(probs[i])) for i in sorted(chosen, key=lambda i: -probs[i])]


class Multiclass(Task):
    """One class out of several; a label may name alternatives: ``{"any_of": [...]}``."""

    def encode_known(self, value):
        if isinstance(value, dict):
            if 'all_of' in value:  # co-existing classes do not fit one choice: kept in the json, masked here
                [self.index(word) for word in value['all_of']]
                return self.unknown()
            value = value['any_of']
        words = [value] if isinstance(value, str) else value
        return self.membership(map(self.index, words)) if words else self.unknown()

    def probabilities(self, logits):
        return logits.float().softmax(-1)

    def known_entries(self, targets):
        alternatives = (targets.sum(-1, keepdims=True) > 1) & (targets == 1)
        return np.where(alternatives, np.nan, targets)

    def logit_terms(self, p):
        return np.log(np.clip(np.asarray(p, np.float64), *CERTAIN))[..., None, :]

    def sample(self, p):
        return F.one_hot(p.multinomial(1)[:, 0], self.num_outputs).float()

    def loss(self, logits, targets, weigh=None):
        return losses.softmax_set_loss(logits, targets, weigh)

    def weights(self, targets, prior):
        return (targets / (len(self.classes) * prior)).sum(-1) / targets.sum(-1)


class Multilabel(Task):
    """Any number of classes. A list is complete, unless ``{"all_of": [...], "partial": true}``."""

    exclusive = False
    least_classes = 1

    def sample(self, p):
        return (torch.rand_like(p) < p).float()

    def encode_known(self, value):
        partial = isinstance(value, dict) and value.get('partial', False)
        words = value['all_of'] if isinstance(value, dict) else value
        target = self.membership(self.index(word) for word in ([words] if isinstance(words, str) else words))
        return np.where(target > 0, target, np.nan).astype(np.float32) if partial else target


class Binary(Task):
    """Yes or no: ``true``/``false`` or one of the two class words, by default ``no``, ``yes``."""

    most_classes = 2

    def __post_init__(self):
        object.__setattr__(self, 'classes', tuple(self.classes) or ('no', 'yes'))
        super().__post_init__()

    @property
    def num_outputs(self):
        return 1

    @property
    def outputs(self):
        return self.classes[1:]

    def encode_known(self, value):
        return np.float32([value if isinstance(value, bool) else self.index(value)])

    def class_probabilities(self, p):
        return _concatenate([1 - p, p])


class OrdinalOutput(nn.Module):
    """Cumulative logits ``score - threshold_k`` with ordered thresholds (McCullagh, JRSS B 1980)."""

    def __init__(self, in_features, num_thresholds):
        super().__init__()
        self.score = nn.Linear(in_features, 1)
        self.first = nn.Parameter(torch.tensor([-(num_thresholds - 1) / 2]))
        self.steps = nn.Parameter(torch.full((num_thresholds - 1,), 0.5413))  # softplus(0.5413) = 1

    def forward(self, x):
        thresholds = torch.cat([self.first, self.first + F.softplus(self.steps).cumsum(0)])
        return self.score(x) - thresholds


class Ordinal(Task):
    """Graded classes, least first; predicted as P(grade > k)."""

    ordered = True

    @property
    def num_outputs(self):
        return len(self.classes) - 1

    @property
    def outputs(self):
        return tuple(f'above {word}' for word in self.classes[:-1])

    @property
    def free_outputs(self):
        return 1  # with scales of their own P(grade > k) would not fall with k

    def encode_known(self, value):
        return (self.index(value) > np.arange(self.num_outputs)).astype(np.float32)

    def output(self, in_features):
        return OrdinalOutput(in_features, self.num_outputs)

    def decide(self, p):
        """The median grade, which scores are of: the most probable one would hardly ever be in the middle."""
        return (p > 0.5).sum(-1)[..., None] == np.arange(len(self.classes))

    def say(self, p):
        """The most probable grade: beside its probability a reader expects no other. (The median may be the least
        probable of all: of 0.45, 0.1, 0.45 it is the middle.)"""
        return super().decide(p)

    def class_probabilities(self, p):
        above = _concatenate([p[..., :1] * 0 + 1, p])
        below = _concatenate([p, p[..., :1] * 0])
        return above - below


class Mask(Task):
    """A region drawn on the photograph; ``name`` is a category of the json, ``lesion`` for the outline."""

    least_classes = 0

    @property
    def num_outputs(self):
        return 1

    def encode_known(self, value):
        raise ValueError(f'task {self.name} is a mask: it is drawn, not written among the attributes')

    def loss(self, logits, targets):
        """Logits ``[B, h, w]``, map ``[B, h, w]`` of 0, 1, 255 -> ``Loss`` ``[B]``."""
        return losses.mask_loss(logits, targets)


KINDS = {'binary': Binary, 'multiclass': Multiclass, 'multilabel': Multilabel, 'ordinal': Ordinal, 'mask': Mask}


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
        return Tasks((name, task) for name, task in self.items() if not isinstance(task, Mask))

    @property
    def masks(self):
        """Those that are drawn; the first is the outline."""
        return Tasks((name, task) for name, task in self.items() if isinstance(task, Mask))

    def of(self, level):
        """Those with words that are asked of a lesion, or of a photograph (``image``)."""
        return Tasks((name, task) for name, task in self.with_words.items() if task.level == level)

    def but(self, names):
        """Those that are not named."""
        return Tasks((name, task) for name, task in self.items() if name not in names)


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


def _concatenate(parts):
    return torch.cat(parts, -1) if torch.is_tensor(parts[0]) else np.concatenate(parts, -1)
