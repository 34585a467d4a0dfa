"""What a model says of one photograph, as plain data: in words first, with the numbers behind them."""
import dataclasses
import difflib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import torch

from lopm.evaluation.doubt import Doubt
from lopm.files import read_json
from lopm.models.correcting import contributions, diagnose, given_by
from lopm.reasons import what_would_change
from lopm.tasks import Tasks, arises

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
        because: ``{task: {feature: {output: number}}}``, what each feature adds to the logits of a diagnosis, before
            they are scaled, where its reader is a sum; an output is a word, or of grades "above <word>".
        possible: ``{task: [word]}``, likeliest first, the words of an exclusive task that a pack cannot rule out (it
            says how often the truth is among them).
        abstains: ``{task: reason}`` where the model should not be asked.
        changes: ``{task: {'smallest', 'strongest'}}`` of a diagnosis: which other words for its features change it
            (``lopm.reasons.Change`` as a dict, or None).
        corrected: ``{task: word, words or number}`` that a person gave in the place of a prediction.
    """

    words: Probabilities = field(default_factory=dict)
    probabilities: Probabilities = field(default_factory=dict)
    numbers: dict[str, dict[str, Any]] = field(default_factory=dict)
    because: dict[str, Probabilities] = field(default_factory=dict)
    possible: dict[str, list[str]] = field(default_factory=dict)
    abstains: dict[str, str] = field(default_factory=dict)
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    corrected: dict[str, Any] = field(default_factory=dict)
    read: Any = field(default=None, repr=False, compare=False)  # ``Read``; not data: what corrections start from

    @property
    def said(self) -> dict[str, dict]:
        """``{task: words or reading}`` of all tasks whose question arises."""
        return {**self.words, **self.numbers}


@dataclass
class Lesion(Findings):
    """A lesion that was found.

    Attributes:
        score: Mean probability of the pixels inside to be lesion; None where a person has outlined it.
        outline: ``polygons`` ``[[x0, y0, x1, y1, ...]]`` in pixels of the upright photograph (the largest first, holes
            filled, corners within a pixel left out), ``rle`` (COCO's compressed RLE: exact), ``box`` ``[x, y, width,
            height]``.
        measured: ``{name: {'value': number, 'unit': text}}`` on the pixels of the photograph itself.
        alike: ``{word: [{'lesion', 'similarity', 'words', 'photograph'}]}``, of the likeliest diagnosis and of the next
            the training lesions most like it, as a pack may show them.
        looked: ``{task: share}``, how much of what speaks for its word each head has found inside of the lesion, of a
            predictor that was asked for it.
    """

    score: float | None = 0.
    outline: dict[str, Any] = field(default_factory=dict)
    measured: dict[str, dict[str, Any]] = field(default_factory=dict)
    alike: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    looked: dict[str, float] = field(default_factory=dict)


@dataclass
class Case:
    """A photograph and what is said of it; ``to_json`` gives it as json holds it, and ``read_case`` reads that again.

    Attributes:
        name: The file's name, or what the caller calls it.
        size: ``[width, height]``, upright.
        bad: Why it could not be read, else ``''``; there is then nothing else.
        lesions: ``[Lesion]``.
        photograph: ``Findings`` of the photograph as a whole: tasks of level ``image``, and those of lesions over all
            that is outlined, or over the whole photograph where nothing is.
        masks: ``{name: RLE}`` of the other masks.
        record: What was given of the patient, as it was given.
        flags: ``{flag: p}`` that were raised: reasons not to ask a model about this photograph (None: not looked for).
        model: What said it: names, versions, hashes.
        history: What persons have changed, a dict each: ``at`` (when), ``by`` (whom), ``before`` (what was there), and
            of words ``lesion`` and ``words``.
    """

    name: str
    size: list[int] = field(default_factory=list)
    bad: str = ''
    lesions: list[Lesion] = field(default_factory=list)
    photograph: Findings = field(default_factory=Findings)
    masks: dict[str, dict[str, Any]] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    flags: dict[str, float] | None = None
    model: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)

    def correct(self, words: dict[str, Any], lesion: int | str = 0, by: str = '') -> 'Case':
        """The case with features of one lesion as a clinician names them, its diagnosis read again from them.

        The network is not run again: the meta head reads the corrected features, and what else it had read.

        Args:
            words: ``{task: word, [words], number or {"any_of": [...]}}``, as in the json of a data set.
            lesion: Its number, or ``'photograph'``.
            by: Who says so; it goes into the history, with the time and what was said before.

        Raises:
            ValueError: There is no such lesion, task or word; the case comes from a file.
        """
        if lesion == 'photograph':
            return dataclasses.replace(self, photograph=corrected(self.photograph, words),
                                       history=[*self.history, changed(self.photograph, words, lesion, by)])
        if lesion not in range(len(self.lesions)):
            raise ValueError(f'{self.name}: no lesion {lesion}; {len(self.lesions)} were found, counted from 0. What '
                             "is said of the whole photograph is corrected with lesion='photograph'")
        lesions = list(self.lesions)
        history = [*self.history, changed(lesions[lesion], words, lesion, by)]
        lesions[lesion] = corrected(lesions[lesion], words)
        return dataclasses.replace(self, lesions=lesions, history=history)

    def to_json(self) -> dict[str, Any]:
        """Dicts, lists, texts and numbers; what is not known is None."""
        return _plain(self)


def noted(by, **what):
    """An entry of a history: who did what, now."""
    return {'at': datetime.now(UTC).isoformat(timespec='seconds'), 'by': by, **what}


def changed(findings, words, lesion, by):
    """The entry of a history for words that take the place of what is said."""
    asked = {*words, *findings.because}
    return noted(by, lesion=lesion, words=words, before={name: said for name, said in findings.said.items()
                                                         if name in asked})


def read_case(path) -> Case:
    """The ``Case`` of a json file. It is not corrected any more, since that needs the model.

    Raises:
        ValueError: No json, or no case.
    """
    return read_json(path, Case)


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


def _said(rows, read, corrected=()):
    """``words``, ``probabilities``, ``numbers``, ``possible`` and ``abstains`` of ``{task: [K]}``; what a person
    ``corrected`` is not scaled, and nothing of it is doubted."""
    tasks, doubt = read.tasks, read.doubt
    spoken, counted = tasks.with_words, tasks.numbers
    rows = {name: doubt.scaled(tasks[name], row) if name in spoken and name not in corrected else row
            for name, row in rows.items()}
    probabilities = {name: dict(zip(spoken[name].classes, spoken[name].class_probabilities(row).tolist()))
                     for name, row in rows.items() if name in spoken}
    asked = {name: row for name, row in rows.items() if arises(tasks[name], rows, tasks)}
    words = {name: dict(spoken[name].words(row)) for name, row in asked.items() if name in spoken}
    numbers = {name: counted[name].reading(row.tolist()) for name, row in asked.items() if name in counted}
    possible = {name: doubt.possible(spoken[name], spoken[name].class_probabilities(rows[name]), read.record)
                for name in words if name not in corrected}
    possible = {name: held for name, held in possible.items() if held is not None}
    abstains = {name: reason for name in words if name not in corrected
                if (reason := _abstains(spoken[name], possible.get(name), read.flags))}
    return dict(words=words, probabilities=probabilities, numbers=numbers, possible=possible, abstains=abstains)


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


def _plain(value):
    if dataclasses.is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)
                if each.name != 'read'}
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not np.isfinite(value) else value
