"""The pictures of the report, drawn from findings."""
from contextlib import contextmanager

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import PercentFormatter

from lopm.analysis.findings import percent, pick
from lopm.analysis.ratings import NOT_SEEN, STATUS
from lopm.pictures.style import BLUE, GREEN, GREY, INK, ORANGE, PALE, PINK, SKY, VERMILION, picture
from lopm.wording import words

LINE = 0.21  # inches of a line of a picture
RISING = LinearSegmentedColormap.from_list('rising', ['#F7F9FB', SKY, BLUE, '#002B4A'])
OPPOSED = LinearSegmentedColormap.from_list('opposed', [VERMILION, '#F7F9FB', BLUE])
FALSE_DISCOVERIES = 0.05
TREATMENT = dict(zip(STATUS[:NOT_SEEN], (BLUE, PINK, ORANGE, GREY, PALE)))


def draw_treatment(findings, path, note):
    """Per task, what share of the questions was answered."""
    tasks = list(dict.fromkeys(finding.feature for finding in pick(findings, 'prevalence', 'answered')))
    with picture(path, 'Was the question answered?', (7.5, 1.7 + 0.3 * len(tasks)), note) as figure:
        axis = figure.subplots()
        left = np.zeros(len(tasks))
        for status, color in TREATMENT.items():
            shares = np.nan_to_num([finding.value for finding in pick(findings, 'prevalence', status)])
            axis.barh(range(len(tasks)), shares, left=left, color=color, height=0.68, label=words(status))
            left += shares
        _name_lines(axis, tasks)
        axis.set(xlim=(0, 1), xlabel='share of the questions that were put to a rater')
        axis.xaxis.set_major_formatter(PercentFormatter(1))
        axis.legend(ncols=5, loc='lower left', bbox_to_anchor=(0, 1), frameon=False, fontsize=8.5, handlelength=1)


def draw_prevalence(findings, task, path):
    """Share of lesions per class with its interval; of photographs and patients with at least one such lesion."""
    lesions, photographs, patients = (pick(findings, 'prevalence', f'share_of_{unit}', feature=task)
                                      for unit in ('lesions', 'photographs', 'patients'))
    with picture(path, words(task).capitalize(), (6.6, 1.75 + 0.27 * len(lesions))) as figure:
        axis = figure.subplots()
        y = np.arange(len(lesions))
        axis.barh(y, _values(lesions), color=SKY, height=0.62, label='lesions')
        _intervals(axis, lesions, y, INK)
        axis.plot(_values(photographs), y, 'o', color=ORANGE, ms=5, label='photographs')
        if _said(patients):
            axis.plot(_values(patients), y, 'D', color=GREEN, ms=4.5, label='patients')
        _name_lines(axis, [finding.word for finding in lesions])
        axis.set(xlim=(0, 1))
        axis.xaxis.set_major_formatter(PercentFormatter(1))
        axis.legend(ncols=3, loc='lower left', bbox_to_anchor=(-0.02, 1), frameon=False, fontsize=8.5, handlelength=1,
                    columnspacing=1.2)


def draw_agreement(findings, path, note):
    """Krippendorff's alpha of every variable with its interval, and Cohen's kappa beside it."""
    alphas = _said(pick(findings, 'agreement', 'krippendorff_alpha'))
    kappas = {finding.name: finding.value for statistic in ('cohen_kappa', 'weighted_kappa')
              for finding in pick(findings, 'agreement', statistic, against='mean of pairs')}
    with _forest(path, 'Agreement between raters', alphas, BLUE, "Krippendorff's alpha, 95 % interval", note) as axis:
        axis.plot([kappas[finding.name] for finding in alphas], range(len(alphas)), 'D', color=ORANGE, ms=6, mfc='none',
                  zorder=4, label="Cohen's kappa")
        axis.set(xlim=(min(0, axis.get_xlim()[0]), 1.02), xlabel='0: what chance gives. 1: always the same answer')
        _legend_above(axis)


def draw_association(findings, path, note):
    """Cramer's V of every feature with the diagnosis, strongest first; faint where chance may explain it."""
    found = sorted(_said(pick(findings, 'association', 'cramers_v')), key=lambda finding: -finding.value)
    sure = [finding.q is not None and finding.q < FALSE_DISCOVERIES for finding in found]
    colors = [BLUE if each else '#A9B4BD' for each in sure]
    label = "Cramer's V, 95 % interval"
    with _forest(path, f'What a feature tells of the {words(found[0].against)}', found, colors, label, note) as axis:
        axis.set(xlim=(0, 1), xlabel='0: nothing. 1: the feature settles it')
        _legend_above(axis)


def draw_profiles(findings, path, note):
    """How often each class is named, by diagnosis."""
    shares = pick(findings, 'association', 'share_given_diagnosis')
    columns = list(dict.fromkeys(finding.against for finding in shares))
    rows = list(dict.fromkeys(finding.name for finding in shares))
    matrix = np.array(_values(shares)).reshape(len(rows), len(columns))
    size = 3.2 + 0.62 * len(columns), 2.6 + LINE * len(rows)
    with picture(path, 'Features of each diagnosis', size, note) as figure:
        axis = figure.subplots()
        _heat(figure, axis, matrix, rows, columns, RISING, (0, 1), 'share of the lesions of this diagnosis')
        for (i, j), value in np.ndenumerate(matrix):
            if value == value:
                axis.text(j, i, f'{value:.0%}', ha='center', va='center', fontsize=7.5,
                          color='white' if value > 0.5 else INK)


def draw_redundancy(findings, path, note):
    """Cramer's V of every pair of features."""
    pairs = pick(findings, 'redundancy', 'cramers_v')
    names = list(dict.fromkeys([finding.name for finding in pairs] + [finding.against for finding in pairs]))
    matrix = np.full((len(names), len(names)), np.nan)
    for finding in pairs:
        i, j = names.index(finding.name), names.index(finding.against)
        matrix[i, j] = matrix[j, i] = finding.value
    side = 3.2 + LINE * len(names)
    with picture(path, 'Features that go together', (side + 0.6, side), note) as figure:
        _heat(figure, figure.subplots(), matrix, names, names, RISING, (0, 1), "Cramer's V (white: not defined)")


def draw_ceiling(findings, path, note):
    """How often a reader of the features is right: by chance, on new patients, at most on these lesions."""
    bars = [('always the most usual diagnosis', *pick(findings, 'ceiling', 'most_usual_diagnosis'), GREY),
            *((f'{finding.feature}, on new patients', finding, BLUE)
              for finding in pick(findings, 'ceiling', 'cross_validated') if finding.feature),
            ('best reader of these very lesions', *pick(findings, 'ceiling', 'resubstitution_ceiling'), ORANGE),
            ('the same, diagnoses dealt at random', *pick(findings, 'ceiling', 'shuffled_ceiling'), PALE)]
    names, found, colors = zip(*bars)
    with picture(path, 'How often is a reader of the features right?', (7.5, 1.5 + 0.36 * len(bars)), note) as figure:
        axis = figure.subplots()
        axis.barh(range(len(bars)), _values(found), color=colors, height=0.62)
        _intervals(axis, found, np.arange(len(bars)), INK)
        for y, finding in enumerate(found):
            axis.text(1.01, y, percent(finding.value), va='center')
        _name_lines(axis, names)
        axis.set(xlim=(0, 1))
        axis.xaxis.set_major_formatter(PercentFormatter(1))


def draw_each_feature(findings, path, note):
    """What one feature gives by itself, and what is lost without it, on new patients."""
    alone, lost = pick(findings, 'ceiling', 'alone'), pick(findings, 'ceiling', 'lost_without')
    usual, = pick(findings, 'ceiling', 'most_usual_diagnosis')
    with picture(path, 'Each feature by itself, and all without it', (8.5, 1.6 + 0.3 * len(alone)), note) as figure:
        left, right = figure.subplots(1, 2, sharey=True)
        left.axvline(usual.value, color=GREY, lw=1, ls='--')
        for axis, found, title in ((left, alone, 'right with this feature alone'), (right, lost, 'lost without it')):
            y = np.arange(len(found))
            _intervals(axis, found, y, BLUE)
            axis.plot(_values(found), y, 'o', color=BLUE, ms=5)
            axis.set_title(title)
            axis.xaxis.set_major_formatter(PercentFormatter(1))
        right.axvline(0, color=GREY, lw=1, ls='--')
        _name_lines(left, [finding.feature for finding in alone])


def draw_measured(findings, path, note):
    """How well every measured value follows every word: blue rises with it, red falls."""
    found = [finding._replace(value=2 * finding.value - 1 if finding.statistic == 'auroc' else finding.value)
             for finding in findings if finding.section == 'measured']
    rows = list(dict.fromkeys(finding.name for finding in found))
    columns = list(dict.fromkeys(finding.against for finding in found))
    matrix = np.array(_values(found)).reshape(len(rows), len(columns))
    size = 3.2 + LINE * len(columns), 3 + LINE * len(rows)
    with picture(path, 'Measured values against words', size, note) as figure:
        _heat(figure, figure.subplots(), matrix, rows, columns, OPPOSED, (-1, 1),
              'rank correlation (ordered classes), 2 AUROC - 1 (others)')


def _said(findings):
    return [finding for finding in findings if finding.value == finding.value]


def _values(findings):
    return [finding.value for finding in findings]


def _intervals(axis, findings, y, colors):
    ends = np.array([[finding.low for finding in findings], [finding.high for finding in findings]], float)
    axis.hlines(y, *ends, colors=colors, lw=1.5)


def _name_lines(axis, names):
    axis.set_yticks(range(len(names)), [words(name) for name in names], color=INK)
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.grid(False, axis='y')


def _legend_above(axis):
    axis.legend(loc='lower left', bbox_to_anchor=(-0.02, 1), frameon=False, fontsize=8.5, ncols=2, handlelength=1)


@contextmanager
def _forest(path, title, findings, colors, label, note):
    """A picture with a line per finding, its value and interval; gives the axis."""
    with picture(path, title, (8, 1.7 + LINE * len(findings)), note) as figure:
        axis = figure.subplots()
        y = np.arange(len(findings))
        _intervals(axis, findings, y, colors)
        axis.scatter(_values(findings), y, c=colors, s=28, zorder=3, label=label)
        _name_lines(axis, [finding.name for finding in findings])
        yield axis


def _heat(figure, axis, matrix, rows, columns, colormap, limits, label):
    image = axis.imshow(matrix, cmap=colormap, vmin=limits[0], vmax=limits[1], aspect='auto')
    axis.set_xticks(range(len(columns)), [words(name) for name in columns], rotation=55, ha='right',
                    rotation_mode='anchor', color=INK)
    axis.set_yticks(range(len(rows)), [words(name) for name in rows], color=INK)
    axis.grid(False)
    axis.spines[:].set_visible(False)
    figure.colorbar(image, ax=axis, location='top', shrink=0.6, aspect=40, label=label).outline.set_visible(False)
