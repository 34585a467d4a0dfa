"""What a model says of one photograph, as plain data; what persons have changed of it stands beside it."""
import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from lopm.files import read_json
from lopm.findings import Findings, corrected


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
