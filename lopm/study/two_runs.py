"""Two runs on the same photographs, side by side, and their difference in pairs."""
from lopm.evaluation.intervals import compare_outlines, compare_words, estimate_outlines, estimate_words
from lopm.evaluation.predictions import fill_missed, read_predictions
from lopm.evaluation.rows import unit_of
from lopm.models.assignment import OUTLINE
from lopm.study.results import Result, in_unit
from lopm.tasks import build_tasks


def compare_runs(one, other, names=None, section='comparison', called=('first', 'second'), outlines='on_true'):
    """``[Result]`` of each task: both runs, and the first minus the second with the interval of the difference.

    Outlines: Jaccard. Words: AUROC; numbers: R2.

    Args:
        one, other: Files of predictions (``evaluation.predictions``).
        names: Tasks, and ``outline``; None: all that both answer.
        outlines: ``on_true`` or ``on_pred``, where words of lesions are scored; without any true outline as predicted.

    Raises:
        ValueError: They are of other photographs or lesions, or ask for other words.
    """
    (first, about), (second, said) = (read_predictions(path) for path in (one, other))
    tasks, theirs = build_tasks(about['tasks']), build_tasks(said['tasks'])
    first, second = fill_missed(first, about), fill_missed(second, said)
    if names is None:
        both = set.intersection(*({name for row in rows for name in row.on_pred} for rows in (first, second)))
        names = [*([OUTLINE] if drawn(first) and drawn(second) else []),
                 *(name for name in tasks.answered if name in both)]
    results = []
    for name in names:
        if name != OUTLINE and (name not in tasks or tasks[name] != theirs.get(name)):
            raise ValueError(f'{other}: task {name!r} is {theirs.get(name)} there and {tasks.get(name)} in {one}; '
                             'compare runs that ask for the same words')
        score, found = _outlines(first, second) if name == OUTLINE else _answers(tasks[name], first, second, outlines)
        unit = 'lesions' if name == OUTLINE else unit_of(tasks[name], first)
        results += [in_unit(Result(section, name, score, of, *each), unit)
                    for of, each in zip((*called, 'difference'), found)]
    return results


def drawn(rows):
    """Whether there are outlines to compare: true ones, and a model that draws them."""
    return any(row.outline for row in rows)


def _outlines(first, second):
    if not (drawn(first) and drawn(second)):
        raise ValueError('one of the runs has no outlines to compare: leave "outline" out of the tasks')
    found = estimate_outlines(first), estimate_outlines(second), compare_outlines(first, second)
    return 'jaccard', [each['jaccard'] for each in found]


def _answers(task, first, second, outlines):
    outlined = task.level == 'lesion' and any(row.outlined.any() for row in first)
    side = outlines if outlined else 'on_pred'
    found = (estimate_words(task, first, side), estimate_words(task, second, side),
             compare_words(task, first, second, side))
    return task.judge, [each[task.judge] for each in found]
