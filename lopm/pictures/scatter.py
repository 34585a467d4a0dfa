"""Numbers that were said, against what the raters said: one picture per task."""
import numpy as np

from lopm.evaluation.rows import stack_task, unit_of
from lopm.pictures.style import BLUE, GREY, ORANGE, SKY, picture
from lopm.statistics.raters import rater_rows
from lopm.wording import words

SIDE = 4.2  # inches of one square


def draw_scatter(rows, task, path, note=''):
    """On true outlines and as predicted: a point a (lesion, rater) pair, a line from the 5 to the 95 % quantile, orange
    where it misses what the rater said. A lesion that was not found is not drawn. Without a label there is no picture.
    """
    answers = stack_task(rows, task)
    sides = {'On true outlines': (answers.on_true, answers.labelled & answers.outlined),
             'As predicted': (answers.on_pred, answers.labelled)}
    sides = {name: pairs_of(answers.targets[chosen], said[chosen]) for name, (said, chosen) in sides.items()}
    sides = {name: pairs for name, pairs in sides.items() if len(pairs[0])}
    if not sides:
        return
    unit, size = f' ({task.unit})' if task.unit else '', (SIDE * len(sides) + 0.6, SIDE + 1)
    note = '\n'.join(filter(None, ['Lines hold nine of ten by what the model says of its doubt.', note]))
    with picture(path, words(task.name).capitalize() + unit, size, note) as figure:
        axes = figure.subplots(1, len(sides), sharex=True, sharey=True, squeeze=False)[0]
        for axis, (side, (truth, said)) in zip(axes, sides.items()):
            _draw(axis, task, truth, said)
            axis.set_title(f'{side}: {len(truth)} labels of {unit_of(task, rows)}')
        axes[0].set_ylabel('said')


def pairs_of(targets, said):
    """What raters and model said, ``[M]`` and quantiles ``[M, K]``, of what was found."""
    found = ~np.isnan(said).any(1)
    truth, lesion, _ = rater_rows(targets[found])
    return truth[:, 0], said[found][lesion]


def _draw(axis, task, truth, said):
    reading = task.reading(said.T)
    held = (reading['low'] <= truth) & (truth <= reading['high'])
    for chosen, color, line in ((held, BLUE, SKY), (~held, ORANGE, ORANGE)):
        low, high = reading['low'][chosen], reading['high'][chosen]
        axis.vlines(truth[chosen], low, high, color=line, linewidth=0.8, alpha=0.6)
        axis.scatter(truth[chosen], reading['value'][chosen], s=10, color=color, zorder=3)
    ends = [truth.min(), truth.max()]
    axis.plot(ends, ends, ':', color=GREY, linewidth=1.2)
    axis.set_xlabel('raters')
