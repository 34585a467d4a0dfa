"""How names and labels are written for people, the same in pictures, pages and reports."""
import numpy as np

NONE, UNKNOWN = 'none of the words', '?'
UNDEFINED, DASH = 'not defined', '\N{EN DASH}'
WHY_UNDEFINED = {  # of scores, what leaves them undefined where something is labelled
    **dict.fromkeys(('auroc', 'accuracy', 'macro_f1', 'balanced_accuracy', 'kappa'), 'one class alone'),
    'r2': 'all labels are alike',
    'concordance': 'no pair of whom one is known to have had the event first',
    'ppv': 'nobody lies above the threshold', 'referred_per_found': 'nobody above the threshold has it',
    'npv': 'nobody lies below the threshold'}


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
    if isinstance(value, float):
        return f'{value:g}' if is_defined(value) else DASH
    return str(value)


def is_defined(value):
    """Whether there is such a number: it is neither None nor nan."""
    return value is not None and value == value


def decimal(value, sign=''):
    """A number with three digits after the point, a dash where it is not defined; ``sign``: '+' to always write it.

    >>> decimal(0.5), decimal(0.5, '+'), decimal(float('nan')), decimal(None)
    ('0.500', '+0.500', '–', '–')
    """
    return f'{value:{sign}.3f}' if is_defined(value) else DASH


def undefined(score):
    """What is said of a score that is not defined: that, and what it lacks where one knows."""
    return f'{UNDEFINED}: {WHY_UNDEFINED[score]}' if score in WHY_UNDEFINED else UNDEFINED


def score_in_words(score, value, low, high, sign=''):
    """A score with its 95 % interval, as far as it has one; of one that is not defined what ``undefined`` says.

    >>> score_in_words('auroc', 0.8, 0.7, 0.9), score_in_words('auroc', *[float('nan')] * 3)
    ('0.800 (0.700 to 0.900)', 'not defined: one class alone')
    """
    if not is_defined(value):
        return undefined(score)
    known = is_defined(low) or is_defined(high)
    return decimal(value, sign) + (f' ({decimal(low, sign)} to {decimal(high, sign)})' if known else '')


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
