"""The table of checks. A check is one small function with a name, a severity, why it matters and what to do."""
from dataclasses import dataclass

ERROR, REMARK = 'error', 'remark'  # an error makes results untrue; a remark is for a person to look at


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and where.

    ``photographs``: those it concerns, as ``(part, file name)``; none where it concerns a part as a whole.
    ``annotations``: their ids. ``pair``: the two photographs are to be seen side by side.
    """

    words: str
    photographs: tuple = ()
    annotations: tuple = ()
    pair: bool = False


@dataclass(frozen=True)
class Check:
    """``find`` takes a ``doctor.dataset.Base`` and yields each ``Finding``; ``why`` and ``fix`` are for the report."""

    name: str
    severity: str
    why: str
    fix: str
    find: callable
    needs_tasks: bool


CHECKS = {}


def check(severity, why, fix, needs_tasks=False):
    """Registers a function as a check of its own name.

    Args:
        needs_tasks: It cannot run where nobody says which words there are.
    """
    def register(find):
        CHECKS[find.__name__] = Check(find.__name__, severity, why, fix, find, needs_tasks)
        return find
    return register


def place(photograph):
    return photograph.part, photograph.name


def of_photograph(photograph, words, *annotations):
    """A finding on one photograph and some of its annotations."""
    return Finding(words, (place(photograph),), tuple(each['id'] for each in annotations))
