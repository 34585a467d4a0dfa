"""What not to take at face value: remarks that say the same stand in one line."""
from typing import NamedTuple


class Remark(NamedTuple):
    """What is the matter, ``says``, and ``where`` it is, with its numbers there; ``''``: of the study as a whole."""

    says: str
    where: str = ''


def grouped(remarks):
    """A sentence for all remarks that say the same: what, of how many, and where; in the order of the first."""
    places = {}
    for remark in remarks:
        places.setdefault(remark.says, []).append(remark.where)
    return [_sentence(says, [each for each in where if each]) for says, where in places.items()]


def _sentence(says, where):
    if not where:
        return says
    return says + (f' ({len(where)} times)' if len(where) > 1 else '') + ': ' + '; '.join(where)
