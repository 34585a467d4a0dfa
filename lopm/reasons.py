"""What would change a proposed diagnosis: other words for its features, fewest first.

The search asks the meta head itself, for all candidates at once: every other word of one feature, of two, of three, the
rest as predicted. Time grows with the product of the words of the features that are changed together: the five features
of configs/multitask.py are 567 candidates, a few milliseconds.
"""
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np
import torch

from lopm.models.correcting import EXTRAS, diagnose

TOGETHER = 3  # features that are changed at once
MOST = 20_000  # candidates beyond which more features are not tried


class Change(NamedTuple):
    """Other words for some features, ``{feature: word or words}``, the diagnosis that follows with its probability, and
    by how much the probability of the present one falls."""

    words: dict[str, Any]
    diagnosis: str
    probability: float
    fall: float


class Other(NamedTuple):
    """Another answer to one feature: as json, as a target ``[K]``, and how probable the network holds it."""

    word: Any
    target: np.ndarray
    probability: float


def what_would_change(read, task, rows, said, corrected=()):
    """``{'smallest': Change or None, 'strongest': Change or None}`` of a diagnosis, one of several words.

    ``smallest``: of the corrections of fewest features that lead to another diagnosis the likeliest by what the network
    says of them; None where no correction of up to three does. ``strongest``: of single features the one that lowers
    the probability of the present diagnosis most; None without features in words.

    Args:
        read: ``lopm.findings.Read``. task: The diagnosis' ``Task``. rows: ``{task: [K]}`` as they are read now.
        said: ``{task: {word: probability}}`` of all words, as it is said now. corrected: Features that a person named;
            they stay.
    """
    readings = [each for each in read.readings if each.head.task.name == task.name]
    now = max(said[task.name], key=said[task.name].get)
    others = {name: found for name, concept in read.tasks.with_words.items()
              if name in readings[0].head.concepts and name not in corrected and name in rows
              if (found := other_answers(concept, said[name]))}
    smallest = strongest = None
    for count in range(1, min(TOGETHER, len(others)) + 1):
        tried = [dict(zip(names, each)) for names in combinations(others, count)
                 for each in product(*(others[name] for name in names))]
        if len(tried) > MOST:
            break
        probs = ask(read, task, readings, tried, corrected, rows)
        if count == 1:
            strongest = change(task, tried, probs, now, probs[:, task.classes.index(now)].argmin(), said)
        turned = np.flatnonzero(probs.argmax(1) != task.classes.index(now))
        if len(turned):
            odds = [np.prod([each.probability for each in tried[i].values()]) for i in turned]
            smallest = change(task, tried, probs, now, turned[int(np.argmax(odds))], said)
            break
    return {'smallest': smallest, 'strongest': strongest}


def other_answers(task, said):
    """``[Other]`` of a feature of which ``{word: probability}`` is said: of exclusive words each but the present; of
    words of which several may hold each present one taken away, and each other one added."""
    if task.exclusive:
        now = max(said, key=said.get)
        return [Other(word, task.encode(word), said[word]) for word in task.classes if word != now]
    held = [word for word in task.classes if said[word] > 0.5]
    sets = [([each for each in held if each != word], 1 - said[word]) if word in held else ([*held, word], said[word])
            for word in task.classes]
    return [Other(words, task.encode(words), p) for words, p in sets]


def ask(read, task, readings, tried, corrected, rows):
    """The diagnosis' class probabilities ``[N, C]``, scaled, for each ``{feature: Other}`` that is tried."""
    names = sorted({name for each in tried for name in each} | set(corrected) & set(readings[0].head.concepts))
    given = {}
    for name in names:
        own = np.stack([each[name].target if name in each else rows[name] for each in tried])
        known = [name in each or name in corrected for each in tried]
        given[name] = torch.as_tensor(own, dtype=torch.float32), torch.tensor(known)
    probs = np.mean([diagnose(head, repeated(inputs, len(tried)), given).numpy() for head, inputs in readings], 0)
    return task.class_probabilities(read.doubt.scaled(task, probs))


def repeated(inputs, count):
    """What a meta head has read of one lesion, as that of so many."""
    def rows(values):
        return None if values is None else values.expand(count, -1)
    return {'probabilities': {name: rows(each) for name, each in inputs['probabilities'].items()},
            **{key: rows(inputs[key]) for key in EXTRAS}}


def change(task, tried, probs, now, i, said):
    k = int(probs[i].argmax())
    return Change({name: each.word for name, each in tried[i].items()}, task.classes[k], float(probs[i, k]),
                  float(said[task.name][now] - probs[i, task.classes.index(now)]))
