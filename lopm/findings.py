"""What a model says of one region, in words with the numbers behind them, and again with the words of a clinician."""
import dataclasses
import difflib
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from lopm.evaluation.doubt import Doubt
from lopm.models.correcting import contributions, diagnose, given_by
from lopm.reasons import what_would_change
from lopm.tasks import NOT_ASSESSABLE, Tasks, arises

# Why a model abstains.
FLAGGED, NOTHING_SUITS, NOTHING_RULED_OUT = ABSTAINS = (
    'the photograph is flagged', 'none of the words that it knows suits what it sees',
    'it can rule out none of the words')
Probabilities = dict[str, dict[str, float | None]]


@dataclass
class Findings:
    """What is said of one region.

    Attributes:
        words: ``{task: {word: probability}}`` of what is said, surest first, of the tasks whose question arises; an
            empty dict says that none of a multilabel task's words holds.
        probabilities: ``{task: {word: probability}}`` of all words of all tasks.
        numbers: ``{task: {'value', 'low', 'high', 'unit'}}`` of what is answered by a number and whose question arises;
            nine of ten lie between low and high.
        times: ``{task: {'by_1': probability, ...}}``, that an event comes by so many years, of what is answered by a
            time and whose question arises.
        because: ``{task: {feature: {output: number}}}``, what each feature adds to the logits of a diagnosis, before
            they are scaled, where its reader is a sum; an output is a word, or of grades "above <word>".
        possible: ``{task: [word]}``, likeliest first, the words of an exclusive task that a pack cannot rule out (it
            says how often the truth is among them).
        abstains: ``{task: reason}`` where the model should not be asked.
        changes: ``{task: {'smallest', 'strongest'}}`` of a diagnosis: which other words for its features change it
            (``lopm.reasons.Change`` as a dict, or None).
        corrected: ``{task: word, words or number}`` that a person gave in the place of a prediction; also
            ``not_assessable``, which is then what ``words`` says, and no number stands for it.
    """

    words: Probabilities = field(default_factory=dict)
    probabilities: Probabilities = field(default_factory=dict)
    numbers: dict[str, dict[str, Any]] = field(default_factory=dict)
    times: dict[str, dict[str, float]] = field(default_factory=dict)
    because: dict[str, Probabilities] = field(default_factory=dict)
    possible: dict[str, list[str]] = field(default_factory=dict)
    abstains: dict[str, str] = field(default_factory=dict)
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    corrected: dict[str, Any] = field(default_factory=dict)
    read: Any = field(default=None, repr=False, compare=False)  # ``Read``; not data: what corrections start from

    @property
    def said(self) -> dict[str, dict]:
        """``{task: words or reading}`` of all tasks whose question arises."""
        return {**self.words, **self.numbers, **self.times}


@dataclass
class Read:
    """What findings were made from: ``{task: [K]}``, the ``Task`` objects, a ``Reading`` of one row for each meta head
    that was asked, and what says how sure they are: a ``Doubt``, the record, and the flags that were raised."""

    rows: dict[str, np.ndarray]
    tasks: Tasks
    readings: list = field(default_factory=list)
    doubt: Doubt = field(default_factory=Doubt)
    record: dict[str, Any] = field(default_factory=dict)
    flags: tuple = ()
    maps: dict[str, np.ndarray] = field(default_factory=dict)  # ``[h, w]`` over the photograph, where each head looked


def findings_of(rows, tasks, **more):
    """``Findings`` of ``{task: probabilities [K]}``, as a network gives them.

    Args:
        tasks: ``{name: Task}``. more: Of ``Read``: without ``readings`` there are no reasons, and no corrections of a
            diagnosis; without ``doubt`` probabilities stay as they are.
    """
    tasks, given = Tasks(tasks), {name: np.asarray(rows[name], float) for name in tasks if name in rows}
    read = Read(given, tasks, **more)
    said = _said(given, read)
    return Findings(read=read, **said, because=_because(read.readings), changes=_changes(given, read, said))


def corrected(findings, words):
    """``Findings`` with a clinician's words in the place of predictions, those of earlier corrections kept."""
    read = findings.read
    if read is None:
        raise ValueError('this case was read from a file; predict the photograph again to correct it')
    for name in words:
        if name not in read.rows:
            near = difflib.get_close_matches(name, read.rows, n=1, cutoff=0)
            raise ValueError(f'there is no task {name!r} to correct' + (f'; did you mean {near[0]!r}?' if near else ''))
    words = {**findings.corrected, **words}
    given = given_by(words, read.tasks, 1)
    rows = {**read.rows, **{name: answer[0].numpy().astype(float) for name, (answer, _) in given.items()}}
    because = findings.because
    for task, readings in _by_task(read.readings).items():
        own = {name: each for name, each in given.items() if name in readings[0].head.concepts}
        if own and task not in words:
            rows[task] = np.mean([diagnose(head, inputs, own)[0].numpy() for head, inputs in readings], 0)
            because = {**because, **_because(readings, own)}
    said = _said(rows, read, words)
    return dataclasses.replace(findings, **said, because=because, changes=_changes(rows, read, said, words),
                               corrected=words)


def _said(rows, read, corrected=MappingProxyType({})):
    """``words``, ``probabilities``, ``numbers``, ``times``, ``possible`` and ``abstains`` of ``{task: [K]}``; what a
    person ``corrected`` is not scaled, and nothing of it is doubted."""
    tasks, doubt = read.tasks, read.doubt
    spoken, counted = tasks.with_words, tasks.numbers
    rows = {name: doubt.scaled(tasks[name], row) if name in spoken and name not in corrected else row
            for name, row in rows.items()}
    probabilities = {name: dict(zip(spoken[name].classes, spoken[name].class_probabilities(row).tolist()))
                     for name, row in rows.items() if name in spoken}
    asked = {name: row for name, row in rows.items() if arises(tasks[name], rows, tasks)}
    words = {name: dict(spoken[name].words(row)) for name, row in asked.items() if name in spoken}
    silent = {name for name in corrected if corrected[name] == NOT_ASSESSABLE}
    words.update({name: {NOT_ASSESSABLE: 1.} for name in silent & words.keys()})
    numbers = {name: counted[name].reading(row.tolist()) for name, row in asked.items()
               if name in counted and name not in silent}
    times = {name: tasks[name].reading(row) for name, row in asked.items() if name in tasks.times}
    possible = {name: doubt.possible(spoken[name], spoken[name].class_probabilities(rows[name]), read.record)
                for name in words if name not in corrected}
    possible = {name: held for name, held in possible.items() if held is not None}
    abstains = {name: reason for name in words if name not in corrected
                if (reason := _abstains(spoken[name], possible.get(name), read.flags))}
    return dict(words=words, probabilities=probabilities, numbers=numbers, times=times, possible=possible,
                abstains=abstains)


def _abstains(task, possible, flags):
    """Why a model should not be asked for a word, of ``ABSTAINS``; '' where it may be."""
    if flags:
        return FLAGGED
    if possible is None:
        return ''
    if not possible:
        return NOTHING_SUITS
    return NOTHING_RULED_OUT if len(possible) == len(task.classes) else ''


def _because(readings, given=None):
    """What each feature adds, the mean over the meta heads that were asked; nothing of a reader that is no sum."""
    found = {}
    for task, own in _by_task(readings).items():
        if all(hasattr(head.reader, 'contributions') for head, _ in own):
            added = [contributions(head, inputs, given) for head, inputs in own]
            names = own[0].head.task.outputs
            found[task] = {feature: dict(zip(names, torch.stack([each[feature][0] for each in added]).mean(0).tolist()))
                           for feature in added[0]}
    return found


def _changes(rows, read, said, corrected=()):
    """What would change each diagnosis that is one of several words and that no person gave."""
    found = {}
    for name in _by_task(read.readings):
        if name in said['words'] and name not in corrected and read.tasks[name].exclusive:
            changes = what_would_change(read, read.tasks[name], rows, said['probabilities'], corrected)
            found[name] = {key: each and each._asdict() for key, each in changes.items()}
    return found


def _by_task(readings):
    found = {}
    for reading in readings:
        found.setdefault(reading.head.task.name, []).append(reading)
    return found
