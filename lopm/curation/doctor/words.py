"""What a label says, whatever the form in which the json writes it."""
from dataclasses import dataclass

from lopm.tasks import NOT_ASSESSABLE


@dataclass(frozen=True)
class Said:
    """``words`` that were written; ``sure``: those that surely hold (an alternative is not sure); ``complete``: what is
    not among the words was seen not to be there; ``one``: one of the words holds, and no other."""

    words: frozenset
    sure: frozenset
    complete: bool
    one: bool = False


def said(value):
    """A json value of a task as ``Said``; None where it was not rated, could not be assessed, or is a number or
    a time to an event."""
    if value is None or value == NOT_ASSESSABLE or is_number(value) or isinstance(value, dict) and 'time' in value:
        return None
    if isinstance(value, dict):
        alternatives = 'any_of' in value
        words = frozenset(map(_word, value.get('any_of') or value.get('all_of') or ()))
        sure = frozenset() if alternatives and len(words) > 1 else words
        return Said(words, sure, not value.get('partial', False), alternatives)
    words = frozenset(map(_word, value if isinstance(value, list) else [value]))
    return Said(words, words, True, not isinstance(value, list))


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _word(value):
    return {True: 'yes', False: 'no'}[value] if isinstance(value, bool) else str(value)


def said_of(annotation):
    """``{task: Said}`` of an annotation, what was rated alone."""
    values = {task: said(value) for task, value in (annotation.get('attributes') or {}).items()}
    return {task: value for task, value in values.items() if value is not None}
