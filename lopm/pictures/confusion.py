"""What was said of the lesions, against what the raters said: one picture per task."""
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from lopm.evaluation.rows import stack_task, unit_of
from lopm.pictures.style import BLUE, INK, ORANGE, PALE, SKY, picture
from lopm.statistics.raters import rater_rows
from lopm.wording import words

COUNTED = 'Where raters differ, each counts as a part of a {}.'
SHARES = LinearSegmentedColormap.from_list('shares', ['#F1F4F7', SKY, BLUE])


def draw_confusion(rows, task, path, note=''):
    """On true outlines and on predicted ones, where a lesion that was not found is counted as such.

    Shares are of what the raters said; a (lesion, rater) pair counts 1/raters. A task without a label is not drawn.
    """
    answers = stack_task(rows, task)
    labelled = answers.labelled
    sides = {'On true outlines': (answers.on_true, labelled & answers.outlined),
             'As predicted': (answers.on_pred, labelled)}
    tables = {name: count(task, answers.targets[chosen], probs[chosen])
              for name, (probs, chosen) in sides.items() if chosen.any()}
    if not tables:
        return
    unit = unit_of(task, rows)
    shown = {name: table.sum() if task.exclusive else sides[name][1].sum() for name, table in tables.items()}
    undecided = labelled.sum() - shown['As predicted']
    if undecided > 0.05:
        note = f'Not shown: {_number(undecided)} of {labelled.sum()}, of which no single class was said. {note}'
    tables = {f'{name}: {_number(shown[name])} {unit}': table for name, table in tables.items()}
    draw, size = (_draw_matrices, _matrix_size(task)) if task.exclusive else (_draw_bars, _bars_size(task))
    size = 0.5 + size[0] * len(tables), size[1]
    with picture(path, words(task.name).capitalize(), size, f'{COUNTED.format(unit[:-1])} {note}') as figure:
        draw(figure, task, tables)


def count(task, targets, probs):
    """``[D, C, C + 1]`` lesions, for each of D decisions: what was true, what was said; the last column: not found.

    An exclusive task is one decision among its classes, a multilabel task one between no and yes per class.
    """
    targets, lesion, weights = rater_rows(task.known_entries(targets))
    probs = probs[lesion]
    found = ~np.isnan(probs).any(1)
    classes = len(task.classes) if task.exclusive else 2
    tables = []
    for truth, said, known in task.choices(targets, np.nan_to_num(probs)):
        table = np.zeros((classes, classes + 1))
        said = np.where(found, said, classes)
        np.add.at(table, (truth[known].astype(int), said[known]), weights[known])
        tables.append(table)
    return np.stack(tables)


def _matrix_size(task):
    return 2.2 + 0.85 * len(task.classes), 2.6 + 0.6 * len(task.classes)


def _draw_matrices(figure, task, tables):
    names = [words(name) for name in task.classes]
    axes = figure.subplots(1, len(tables), sharey=True, squeeze=False)[0]
    for axis, (side, (table,)) in zip(axes, tables.items()):
        missed = table[:, -1].any()
        table = table if missed else table[:, :-1]
        totals = table.sum(1, keepdims=True)
        shares = table / np.maximum(totals, 1e-9)
        axis.imshow(shares, cmap=SHARES, vmin=0, vmax=1, aspect='auto')
        for (i, j), share in np.ndenumerate(shares):
            if table[i, j]:
                axis.text(j, i, f'{share:.0%}\n{_number(table[i, j])}', ha='center', va='center', fontsize=8.5,
                          color='white' if share > 0.55 else INK, linespacing=1.15)
        axis.set_title(side)
        axis.set_xticks(range(table.shape[1]), names + ['not found'] * bool(missed), rotation=35, ha='right',
                        rotation_mode='anchor')
        axis.set_yticks(range(len(names)), [f'{name}  ({_number(n)})' for name, n in zip(names, totals[:, 0])])
        axis.set_xlabel('said')
        axis.grid(False)
        axis.spines[:].set_visible(False)
        axis.set_xticks(np.arange(table.shape[1] + 1) - 0.5, minor=True)
        axis.set_yticks(np.arange(len(names) + 1) - 0.5, minor=True)
        axis.grid(True, which='minor', color='white', linewidth=2)
    axes[0].set_ylabel('raters')


def _bars_size(task):
    return 5.2, 2.1 + 0.36 * len(task.classes)


def _draw_bars(figure, task, tables):
    """Per class two bars: of those the raters named, how many were named; of the others, how many wrongly were."""
    axes = figure.subplots(1, 2 * len(tables), sharey=True, squeeze=False)[0]
    for pair, (side, table) in zip(axes.reshape(-1, 2), tables.items()):
        for axis, row, color, label in ((pair[0], 1, BLUE, 'rightly named'), (pair[1], 0, ORANGE, 'wrongly named')):
            totals = table[:, row].sum(-1)
            shares = table[:, row] / np.maximum(totals, 1e-9)[:, None]
            axis.barh(range(len(totals)), shares[:, 1], color=color, height=0.62)
            axis.barh(range(len(totals)), 1 - shares[:, 1], left=shares[:, 1], color=PALE, height=0.62)
            for i, (share, total) in enumerate(zip(shares[:, 1], totals)):
                axis.text(1.03, i, f'{share:.0%} of {_number(total)}' if total else 'none', va='center', fontsize=8.5)
            axis.set(xlim=(0, 1), xticks=[])
            axis.text(0, len(totals) - 0.35, label, color=color, va='top', weight='bold')
            axis.grid(False)
            axis.spines[:].set_visible(False)
        pair[0].set_title(side)
    axes[0].set_yticks(range(len(task.classes)), [words(name) for name in task.classes], color=INK)
    axes[0].invert_yaxis()


def _number(weight):
    """A count of lesions; raters who disagree share one."""
    return f'{weight:.0f}' if abs(weight - round(weight)) < 0.05 else f'{weight:.1f}'
