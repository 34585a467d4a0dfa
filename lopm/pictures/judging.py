"""Pictures of how far probabilities can be trusted, and of what acting on them is worth."""
import numpy as np
from matplotlib.ticker import PercentFormatter
from sklearn.metrics import auc, roc_curve

from lopm.pictures.style import BLUE, COLORS, GREY, INK, ORANGE, SKY, picture
from lopm.wording import words

PLACES = {'predicted outlines': (BLUE, 0.1), 'predicted outlines or whole photographs': (SKY, 0.1),
          'whole photographs': (ORANGE, 0.1), 'true outlines': (GREY, -0.1)}  # color and shift


def draw_scores(results, path, note=''):
    """AUROC of every task by where its answers were read, with intervals: as predicted, and on true outlines.

    Args:
        results: ``[Result]`` of the section ``words``.
    """
    found = [each for each in results if each.score == 'auroc']
    places = sorted({each.of for each in found}, key=list(PLACES).index)
    tasks = list(dict.fromkeys(each.task for each in results))
    with picture(path, 'AUROC of every task', (7.5, 1.7 + 0.4 * len(tasks)), note) as figure:
        axis = figure.subplots()
        for side in places:
            color, shift = PLACES[side][0], PLACES[side][1] * (len(places) > 1)
            own = {each.task: each for each in found if each.of == side}
            place = [len(tasks) - 1 - i - shift for i, task in enumerate(tasks) if task in own]
            value, low, high = np.array([(e.value, e.low, e.high) for e in own.values()]).reshape(-1, 3).T
            error = np.abs([value - low, high - value])
            axis.errorbar(value, place, xerr=error, fmt='o', color=color, label=f'on {side}')
        axis.set(yticks=range(len(tasks)), yticklabels=[words(task) for task in reversed(tasks)],
                 xlabel='95 % interval')
        axis.axvline(0.5, color=INK, lw=0.8, ls=':')
        axis.legend(frameon=False, fontsize=8.5, ncols=2, loc='lower left', bbox_to_anchor=(0, 1))


def draw_twins(results, path, note=''):
    """What each task gains by the others, with intervals; nothing where there were no twins.

    Args:
        results: ``[Result]`` of ``study.twins.twin_results``.
    """
    found = [each for each in results if each.of == 'difference']
    if not found:
        return
    with picture(path, 'Learned together, minus learned alone', (7.5, 1.6 + 0.35 * len(found)), note) as figure:
        axis = figure.subplots()
        place = range(len(found))[::-1]
        value, low, high = np.array([(each.value, each.low, each.high) for each in found]).T
        axis.errorbar(value, place, xerr=np.abs([value - low, high - value]), fmt='o', color=BLUE)
        axis.set(yticks=list(place), yticklabels=[f'{words(each.task)}, {each.score}' for each in found],
                 xlabel='difference, 95 % interval; above 0 the other tasks help')
        axis.axvline(0, color=INK, lw=0.8, ls=':')


def draw_roc(classes, unit, path, note=''):
    """Receiver operating characteristic of each class against the rest.

    Args:
        classes: ``{class: (probabilities [N], whether it is there [N])}``, counted in ``unit``.
    """
    with picture(path, 'How well is each class told from the rest?', (7.4, 4.4), note) as figure:
        axis = figure.subplots()
        for (word, (probs, truth)), color in zip(classes.items(), COLORS):
            wrong, found, _ = roc_curve(truth, probs)
            label = f'{words(word)}: {auc(wrong, found):.3f} ({int(truth.sum())} of {len(truth)})'
            axis.plot(wrong, found, color=color, label=label)
        axis.plot([0, 1], [0, 1], color=INK, lw=0.8, ls=':')
        axis.set(xlabel='false positive rate', ylabel='sensitivity', xlim=(0, 1), ylim=(0, 1), aspect='equal')
        axis.legend(frameon=False, fontsize=8.5, loc='upper left', bbox_to_anchor=(1.01, 1), alignment='left',
                    title=f'AUROC ({unit})', title_fontsize=8.5)


def draw_reliability(curves, path, note=''):
    """How often answers are right against how sure they are, before scaling and after it; nothing without labels.

    Args:
        curves: ``{task: {'before': [bins, 3], 'after': [bins, 3]}}`` of ``calibration.reliability``.
    """
    if not curves:
        return
    columns = min(4, len(curves))
    lines = -(-len(curves) // columns)
    with picture(path, 'Are they as often right as they say?', (3 * columns, 1.2 + 2.9 * lines), note) as figure:
        axes = np.atleast_1d(figure.subplots(lines, columns, squeeze=False)).ravel()
        for axis in axes[len(curves):]:
            axis.set_visible(False)
        for axis, (task, sides) in zip(axes, curves.items()):
            axis.plot([0, 1], [0, 1], color=INK, lw=0.8, ls=':')
            for (when, table), color in zip(sides.items(), (GREY, BLUE)):
                axis.plot(table[:, 0], table[:, 1], 'o-', color=color, ms=3.5, label=f'{when} scaling')
            axis.set(title=words(task), xlim=(0, 1), ylim=(0, 1), xlabel='confidence', ylabel='share right')
        axes[0].legend(frameon=False, fontsize=8)


def draw_risk(curves, path, note=''):
    """How wrong the surest answers are, as more are given; nothing without labels. ``curves``: ``{task: (coverage,
    risk)}``."""
    if not curves:
        return
    with picture(path, 'How wrong are the answers that are given?', (7, 4), note) as figure:
        axis = figure.subplots()
        for (task, (covered, risk)), color in zip(curves.items(), COLORS):
            axis.plot(covered, risk, color=color, label=words(task))
        axis.set(xlabel='answers that are given, the surest first', ylabel='share wrong', xlim=(0, 1), ylim=(0, None))
        axis.xaxis.set_major_formatter(PercentFormatter(1))
        axis.legend(frameon=False, fontsize=8.5, loc='upper left', bbox_to_anchor=(1.01, 1))


def draw_net_benefit(curves, thresholds, path, note=''):
    """Net benefit of acting by the model, for everybody, for nobody. ``curves``: ``{class: dict of net_benefit}``."""
    columns = min(3, len(curves))
    lines = -(-len(curves) // columns)
    with picture(path, 'What is acting on it worth?', (3.6 * columns, 1.2 + 2.7 * lines), note) as figure:
        axes = np.atleast_1d(figure.subplots(lines, columns, squeeze=False)).ravel()
        for axis in axes[len(curves):]:
            axis.set_visible(False)
        for axis, (word, each) in zip(axes, curves.items()):
            for name, color in (('model', BLUE), ('all', ORANGE), ('none', INK)):
                axis.plot(thresholds, each[name], color=color, label=name)
            top = max(0.01, np.max(each['model']), each['all'][0])
            axis.set(title=words(word), ylim=(-0.3 * top, 1.1 * top), xlabel='threshold', ylabel='net benefit')
        axes[0].legend(frameon=False, fontsize=8)
