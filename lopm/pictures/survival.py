"""Times to an event: what came against what was said, as curves and at the horizons. One picture each per task."""
from typing import NamedTuple

import numpy as np
from matplotlib.ticker import PercentFormatter

from lopm.evaluation.rows import labelled, unit_of
from lopm.pictures.style import BLUE, GREY, ORANGE, SKY, picture
from lopm.statistics import survival
from lopm.statistics.means import weighted_mean
from lopm.statistics.raters import rater_rows
from lopm.wording import words

SIDE = 3.9  # inches of one panel
THIRDS = 'lowest third', 'middle third', 'highest third'
LEAST = 10  # rows of a third, below which there are none
APART = 0.07  # of the axis, between two years with a number below


class Followed(NamedTuple):
    """The M labels of a task that an answer stands beside: probabilities by each cut, what was seen, and the weight of
    each (one over the raters of its lesion). ``count``: of how many lesions, visits or patients."""

    by: np.ndarray  # [M, C]
    time: np.ndarray  # [M], years
    event: np.ndarray  # bool [M]
    weights: np.ndarray  # [1, M]
    count: int
    patients: int

    def of(self, chosen):
        """Those of a bool ``[M]``."""
        return self._replace(by=self.by[chosen], time=self.time[chosen], event=self.event[chosen],
                             weights=self.weights[:, chosen])

    def events(self, until):
        """How many had the event by then."""
        return self.weights[0, self.event & (self.time <= np.float32(until))].sum()


def no_curve(rows, task):
    """The sentence that stands in the place of the pictures where nobody is labelled, or nobody had the event by the
    last cut; '' where there is something to draw."""
    found = followed(rows, task)
    if not found.count:
        return f'nobody with an answer is labelled with {words(task.name)}: no curve is drawn'
    if not found.events(task.cuts[-1]):
        return (f'none of {found.count} {unit_of(task, rows)} had the event within {task.cuts[-1]:g} {task.unit}: no '
                'curve is drawn, and nothing is known of how well it is foretold')
    return ''


def followed(rows, task):
    """The ``Followed`` of rows; what was not found is left out."""
    targets, answers, patients = labelled(rows, task)
    found = ~np.isnan(answers).any(1)
    seen, place, share = rater_rows(targets[found])
    return Followed(answers[found][place, 2:], seen[:, 0], seen[:, 1] > 0.5, share[None], int(found.sum()),
                    len(set(patients[found])))


def draw_survival(rows, task, path, note=''):
    """The share in whom the event has come, by Kaplan and Meier with a 95 % band, against the mean of what was said;
    of all, and of thirds of the risk that was said. Below each: how many are still followed. Nothing is drawn where
    ``no_curve`` says why."""
    if no_curve(rows, task):
        return
    found = followed(rows, task)
    groups = groups_of(found)
    columns = min(2, len(groups))
    lines = -(-len(groups) // columns)
    note = '\n'.join(filter(None, [
        'The band holds 95 % at each time by itself (Greenwood, log(-log)); before the first event there is none.',
        *remarks(found, groups, unit_of(task, rows)), note]))
    with picture(path, f'{words(task.name).capitalize()}: what came, against what was said',
                 (max(7.6, SIDE * columns + 1), 1.3 + 0.82 * SIDE * lines), note) as figure:
        axes = figure.subplots(lines, columns, sharey=True, squeeze=False)
        for axis, (title, own) in zip(axes.ravel(), groups.items()):
            _draw_curve(axis, task, own)
            axis.set_title(f'{title.capitalize()}: {count(own.events(task.cuts[-1]))} of '
                           f'{count(own.weights.sum())} had it')
        for axis in axes[:, 0]:
            axis.set_ylabel('share in whom the event has come')
        axes[0, 0].legend(frameon=False, fontsize=8.5, loc='upper left')
        axes[0, 0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes[0, 0].set_ylim(bottom=0)


def draw_calibration(rows, task, path, note=''):
    """At each horizon the mean probability that was said, and the share in whom the event came with its 95 % interval;
    of all, and of thirds of the risk that was said. Nothing is drawn where ``no_curve`` says why."""
    if no_curve(rows, task):
        return
    found = followed(rows, task)
    groups = groups_of(found)
    lines = [(horizon, title, own) for horizon in task.horizons for title, own in groups.items()]
    place = [-(i + i // len(groups)) for i in range(len(lines))]  # a line is free between two horizons
    note = '\n'.join(filter(None, [
        'Came: Kaplan-Meier (Greenwood, log(-log)); where none had it, the exact limit of those followed so long.',
        *remarks(found, groups, unit_of(task, rows)), note]))
    with picture(path, f'{words(task.name).capitalize()}: said, and came', (7.6, 1.9 - 0.24 * place[-1]),
                 note) as figure:
        axis = figure.subplots()
        said = [weighted_mean(own.by[:, task.cuts.index(horizon)], own.weights)[0] for horizon, _, own in lines]
        came = [survival.observed_between(np.float32(horizon), own.time, own.event, own.weights)
                for horizon, _, own in lines]
        value, low, high = np.array(came)[..., 0].T
        axis.errorbar(value, place, xerr=[value - low, high - value], fmt='o', color=BLUE, clip_on=False,
                      label='came, 95 % interval')
        axis.plot(said, place, 'D', mfc='none', mec=ORANGE, mew=1.6, clip_on=False, label='said, on average')
        axis.set(yticks=place, yticklabels=[f'by year {horizon:g}, {title}' for horizon, title, _ in lines],
                 xlabel='share with the event', ylim=(place[-1] - 0.6, 0.6))
        axis.set_xlim(left=0)
        axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        for y, (horizon, _, own) in zip(place, lines):
            left = survival.at_risk(np.float32(horizon), own.time, own.weights)[0, 0]
            axis.text(1.02, y, f'{count(own.events(horizon))} had it, {count(left)} followed so long', va='center',
                      fontsize=8.5, color=GREY, transform=axis.get_yaxis_transform())
        axis.legend(frameon=False, fontsize=8.5, ncols=2, loc='lower left', bbox_to_anchor=(0, 1))


def groups_of(found):
    """``{title: Followed}``: all, and the thirds of the risk by the last cut where each holds ``LEAST``."""
    thirds = survival.risk_groups(found.by[:, -1], found.weights, 3)
    own = {title: found.of(thirds == number) for number, title in enumerate(THIRDS)}
    return {'all': found, **(own if all(len(each.time) >= LEAST for each in own.values()) else {})}


def remarks(found, groups, unit):
    """Sentences on what the numbers rest on."""
    if len(groups) == 1:
        yield f'No thirds of risk: fewer than {LEAST} of the {unit} would be in one, or the answers are alike.'
    if found.count > found.patients:
        yield (f'{found.count} {unit} of {found.patients} patients: intervals take each for a patient of its own, and '
               'are too narrow.')


def _draw_curve(axis, task, own):
    end = task.cuts[-1]
    band = survival.kaplan_meier_band(own.time, own.event, own.weights)
    when = np.unique([0, *own.time[own.time <= end], min(end, own.time.max())])
    came, high, low = (1 - curve.at(when)[0] for curve in band)
    axis.fill_between(when, low, high, step='post', color=SKY, alpha=0.3, lw=0)
    axis.step(when, came, where='post', color=BLUE, label='came, with 95 % band')
    said = [weighted_mean(column, own.weights)[0] for column in own.by.T]
    axis.plot([0, *task.cuts], [0, *said], 's--', color=ORANGE, ms=4, lw=1.5, clip_on=False, label='said, on average')
    ticks = apart([0, *task.cuts])
    left = survival.at_risk(np.float32(ticks), own.time, own.weights)[0]
    axis.set_xticks(ticks, [f'{year:g}\n{count(number)}' for year, number in zip(ticks, left)])
    axis.set(xlim=(0, end), xlabel=f'{task.unit}; below, how many are still followed')


def apart(years):
    """Those of some years, the first and the last among them, whose numbers do not lie upon each other."""
    first, *between, last = years
    kept, gap = [last], APART * (last - first)
    for year in reversed(between):
        if min(kept[-1] - year, year - first) >= gap:
            kept.append(year)
    return [first, *kept[::-1]]


def count(number):
    """A sum of weights in words: "1,000"."""
    return f'{number:,.0f}'
