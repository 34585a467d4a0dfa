"""How names and labels are written for people, the same in pictures, pages and reports."""
import numpy as np

NONE, UNKNOWN = 'none of the words', '?'


def words(name):
    """A class or task name as a person writes it."""
    return name.replace('_', ' ')


def in_words(value):
    """A value of a config or of a record: yes or no, a number, a word, several with commas.

    >>> in_words([True, 2.50, 'left'])
    'yes, 2.5, left'
    """
    if isinstance(value, (list, tuple)):
        return ', '.join(map(in_words, value))
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    return f'{value:g}' if isinstance(value, float) else str(value)


def number_in_words(reading):
    """A ``Number.reading``: "12.5 mm (8.1 to 19)"."""
    unit = f' {reading["unit"]}' if reading['unit'] else ''
    return f'{reading["value"]:.3g}{unit} ({reading["low"]:.3g} to {reading["high"]:.3g})'


def time_in_words(reading):
    """A ``Time.reading``, the probability of an event by each year.

    >>> time_in_words({'by_1': 0.02, 'by_2.5': 0.1})
    'by year 1: 2%, 2.5: 10%'
    """
    return 'by year ' + ', '.join(f'{name.removeprefix("by_")}: {p:.0%}' for name, p in reading.items())


def joined(names, alternatives):
    """The classes of one answer: ``a or b`` where one of them holds, ``a + b`` where all do, ``NONE`` without any.

    >>> joined(['white', 'red'], alternatives=False), joined(['white', 'red'], alternatives=True), joined([], True)
    ('white + red', 'white or red', 'none of the words')
    """
    return (' or ' if alternatives else ' + ').join(names) or NONE


def label(task, target):
    """A label ``[K]`` of a ``Task`` in words; ``?`` where nothing is known, ``a + ?`` where there may be more."""
    known = ~np.isnan(target)
    if not known.any():
        return UNKNOWN
    if not task.classes:
        return task.written(target)
    named = [words(task.classes[c]) for c in np.flatnonzero(task.class_probabilities(target) > 0.5)]
    return joined(named + [UNKNOWN] * (not known.all()), task.exclusive)
