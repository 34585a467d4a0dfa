"""What is usual of each measured value among the training lesions of each word."""
import numpy as np

from lopm.measure import NAMES
from lopm.pack.format import Range

LEAST = 5  # lesions, below which nothing is called usual
USUAL = (0.05, 0.5, 0.95)


def ranges_of(part, tasks):
    """``{task: {word: {measured value: Range}}}`` of a ``Part``."""
    said = [words for _, words in words_of(part, tasks)]
    found = {}
    for name, task in tasks.of('lesion').items():
        for word in task.classes:
            values = part.measured[[word in as_list(words.get(name)) for words in said]]
            ranges = {measure: _range(own[~np.isnan(own)]) for measure, own in zip(NAMES, values.T)}
            if ranges := {measure: each for measure, each in ranges.items() if each}:
                found.setdefault(name, {})[word] = ranges
    return found


def _range(values):
    return Range(*map(float, np.quantile(values, USUAL)), len(values)) if len(values) >= LEAST else None


def words_of(part, tasks):
    """Yield of each lesion of a ``Part``, in its order, the photograph's ``Row``, and what most raters say of it,
    ``{task: word or words}``."""
    for row in part.rows:
        for i in range(len(row.lesion_ids)):
            yield row, {name: said for name, task in tasks.of('lesion').items()
                        if (said := _majority(task, row.targets[name][i])) is not None}


def _majority(task, targets):
    """What most raters ``[R, K]`` say; None where nobody does, or an exclusive word has no majority."""
    known = targets[~np.isnan(targets).all(1)]
    if not len(known):
        return None
    share = task.class_probabilities(np.nanmean(known, 0))
    held = [word for word, p in zip(task.classes, share) if p > 0.5]
    return (held[0] if held else None) if task.exclusive else held


def as_list(said):
    return [said] if isinstance(said, str) else said or []
