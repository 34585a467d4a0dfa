"""The number by which a run picks its best checkpoint and decides to stop."""
import difflib
import math


def monitored(metrics, names):
    """One metric by its name, or the mean of those of several that are known; nan where none is.

    Whether a score is known depends on the labels of the validation part, which do not change while a model trains.
    """
    known = [metrics[name] for name in split(metrics, names)[0]]
    return float(sum(known) / len(known)) if known else math.nan


def split(metrics, names):
    """Which of the named metrics are known, and which are nan (nobody in the part has a label): two lists."""
    names = [names] if isinstance(names, str) else names
    for name in names:
        if name not in metrics:
            near = difflib.get_close_matches(name, metrics, n=1, cutoff=0)
            raise ValueError(f'monitor {name!r} is no metric of the validation'
                           + (f'; did you mean {near[0]!r}?' if near else ' (it gave none)'))
    known = [name for name in names if math.isfinite(metrics[name])]
    return known, [name for name in names if name not in known]


def is_better(value, best, min_delta=0.):
    """Whether ``value`` is larger than ``best`` by more than ``min_delta``; a number is better than None or nan."""
    return not math.isnan(value) and (best is None or math.isnan(best) or value > best + min_delta)
