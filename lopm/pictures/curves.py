"""The curves of a training: losses, how outlines get better, how words get better."""
import json
import math
from pathlib import Path

from matplotlib.ticker import MaxNLocator

from lopm.pictures.style import COLORS, GREY, INK, picture
from lopm.wording import words

JUDGES = '/auroc', '/r2'  # by which a task is judged, of words and of numbers
OUTLINE_SCORES = ('jaccard', 'dice', 'sensitivity', 'ap50')


def draw_curves(work_dir, path, note=''):
    """One picture from the logs of a work directory: a panel for each of these that was logged, and no picture where
    nothing was. A model without an outline head has no panel of outlines."""
    train, val = read_logs(work_dir)
    if not train:
        return
    losses = {key[:-5]: key for entry in train for key in entry if key.endswith('.loss')}
    tasks = {key.partition('/')[0]: key for entry in val for key in entry
             if key.count('/') == 1 and key.endswith(JUDGES)}
    outlines = {key: f'outline/{key}' for key in OUTLINE_SCORES}
    colors = {'outline': INK, **dict(zip(sorted({*losses, *tasks} - {'outline'}), COLORS * 9))}
    unit = 'epoch' if 'epoch' in train[0] else 'iteration'
    panels = [(train, losses, lambda axis: _draw_losses(axis, train, losses, colors)),
              (val, outlines, lambda axis: _draw_outlines(axis, unit, val, outlines)),
              (val, tasks, lambda axis: _draw_tasks(axis, unit, val, tasks, colors))]
    panels = [draw for entries, keys, draw in panels if any(series(entries, key)[0] for key in keys.values())]
    width = 5 * max(2, len(panels))  # inches; the note below takes two panels
    with picture(path, f'Training of {Path(work_dir).name}', (width, 5), note) as figure:
        figure.set_layout_engine('none')  # the labels beside the lines are placed by hand
        for i, draw in enumerate(panels):
            axis = figure.add_axes(((0.6 + 5 * i) / width, 0.17, 3.08 / width, 0.62))
            draw(axis)
            label_ends(axis)


def draw_learning(points, path, note=''):
    """Every task's score against the number of training photographs, with its interval.

    Args:
        points: ``[Point]`` of ``study.learning_curve.learning_curve``.
    """
    tasks = list(dict.fromkeys(point.task for point in points))
    columns = min(4, len(tasks))
    lines = -(-len(tasks) // columns)
    counted = (f'{points[0].seeds} seeds averaged; 95 % intervals over {max(point.tested for point in points)} test '
               'patients (photographs, if unknown)')
    note = '\n'.join(filter(None, (counted, note)))
    with picture(path, 'What more photographs bring', (3 * columns, 1.1 + 2.7 * lines), note) as figure:
        axes = figure.subplots(lines, columns, squeeze=False).ravel()
        for axis in axes[len(tasks):]:
            axis.set_visible(False)
        for axis, task in zip(axes, tasks):
            own = [point for point in points if point.task == task]
            sizes = [point.photographs for point in own]
            axis.fill_between(sizes, [point.low for point in own], [point.high for point in own], alpha=0.2, lw=0)
            axis.plot(sizes, [point.value for point in own], 'o-', ms=4)
            axis.set(xscale='log', title=words(task), ylabel=own[0].score, xlabel='training photographs')
            axis.set_xticks(sizes, [f'{size:,}' for size in sizes])
            axis.minorticks_off()


def read_logs(work_dir):
    """Training and validation entries, by step; a run that went on or began anew replaces what came after its start."""
    train, val = {}, {}
    for path in sorted(Path(work_dir).glob('*/vis_data/scalars.json')):
        entries = [json.loads(line) for line in path.read_text().splitlines() if line.endswith('}')]  # one was cut off
        for kept, trained in ((train, True), (val, False)):
            kind = [entry for entry in entries if ('iter' in entry) == trained]
            start = min((entry['step'] for entry in kind), default=math.inf)
            for step in [step for step in kept if step >= start]:
                del kept[step]
            kept.update({entry['step']: entry for entry in kind})
    return [train[step] for step in sorted(train)], [val[step] for step in sorted(val)]


def series(entries, key):
    """Steps and values of one logged scalar, without nan."""
    points = [(entry['step'], entry[key]) for entry in entries if not math.isnan(entry.get(key, math.nan))]
    return [step for step, _ in points], [value for _, value in points]


def label_ends(axis, size=8.5):
    """The name of every line beside its right end, in its color, moved apart where two would overlap."""
    axis.figure.draw_without_rendering()  # settles the limits of the axes
    to_axes = axis.transData + axis.transAxes.inverted()
    lines = [line for line in axis.lines if not line.get_label().startswith('_') and len(line.get_xdata())]
    ends = sorted((to_axes.transform((line.get_xdata()[-1], line.get_ydata()[-1]))[1], i)
                  for i, line in enumerate(lines))
    gap = 1.35 * size / 72 / (axis.get_position().height * axis.figure.get_figheight())
    heights = spread([height for height, _ in ends], gap)
    for height, (end, i) in zip(heights, ends):
        color = lines[i].get_color()
        leader = dict(arrowstyle='-', color=color, linewidth=0.6, relpos=(0, 0.5), shrinkA=1, shrinkB=1)
        axis.annotate(lines[i].get_label(), (1, end), (1.06, height), 'axes fraction', 'axes fraction', va='center',
                      fontsize=size, color=color, annotation_clip=False, arrowprops=leader)


def spread(heights, gap):
    """Sorted heights moved apart to at least ``gap``, each cluster about its own mean."""
    clusters = []
    for height in heights:
        clusters.append([height])
        while len(clusters) > 1 and _bottom(clusters[-1], gap) < _bottom(clusters[-2], gap) + gap * len(clusters[-2]):
            clusters[-2:] = [clusters[-2] + clusters[-1]]
    return [_bottom(cluster, gap) + gap * i for cluster in clusters for i in range(len(cluster))]


def _bottom(cluster, gap):
    return sum(cluster) / len(cluster) - gap * (len(cluster) - 1) / 2


def _draw_losses(axis, train, losses, colors):
    _draw(axis, 'Loss per task', 'iteration', train, losses, colors)
    axis.set_ylim(bottom=0)


def _draw_outlines(axis, unit, val, outlines):
    _draw(axis, 'Outlines in validation', unit, val, outlines, dict(zip(outlines, COLORS)))
    _, ceiling = series(val, 'outline/rater_jaccard')
    if ceiling:
        axis.axhline(ceiling[-1], color=GREY, linestyle='--', linewidth=1, label='jaccard of raters')


def _draw_tasks(axis, unit, val, tasks, colors):
    title = 'AUROC per task in validation' + ', of numbers R2' * any(key.endswith('/r2') for key in tasks.values())
    _draw(axis, title, unit, val, tasks, colors)
    dotted = {task: on_true for task, key in tasks.items() if (on_true := series(val, f'true_outline/{key}'))[0]}
    for task, on_true in dotted.items():
        axis.plot(*on_true, ':', color=colors[task], linewidth=1.2)
    if dotted:
        axis.set_xlabel(f'{unit}   (dotted: on true outlines)')


def _draw(axis, title, x, entries, keys, colors):
    axis.set_title(title)
    axis.set_xlabel(x)
    for name, key in keys.items():
        steps, values = series(entries, key)
        axis.plot(steps, values, color=colors[name], label=words(name), marker='o' if len(steps) == 1 else None)
    axis.margins(x=0)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
