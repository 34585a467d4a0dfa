"""The number by which a run picks its best checkpoint and decides to stop."""
import difflib
import math


def monitored(metrics, names):
    """One metric by its name, or the mean of several; nan where one of them is nan."""
    names = [names] if isinstance(names, str) else names
    for name in names:
        if name not in metrics:
            near = difflib.get_close_matches(name, metrics, n=1, cutoff=0)
            raise KeyError(f'monitor {name!r} is no metric of the validation'
                           + (f'; did you mean {near[0]!r}?' if near else ' (it gave none)'))
    return float(sum(metrics[name] for name in names) / len(names))


def is_better(value, best, min_delta=0.):
    """Whether ``value`` is larger than ``best`` by more than ``min_delta``; anything is better than None and nan."""
    return best is None or math.isnan(best) or value > best + min_delta
