"""How much of the diagnosis passes through the features."""
import numpy as np

from lopm.pictures.style import BLUE, INK, ORANGE, picture

TITLES = {'inputs': 'what a reader is given', 'leakage': 'leakage', 'removal': 'without a feature'}
SAYS = {'inputs': 'AUROC, 95 % interval', 'leakage': 'change of log loss, 95 % interval; below 0: something slips past',
        'removal': 'change of log loss, 95 % interval; above 0: it is missed'}


def draw_bottleneck(lines, path, note=''):
    """AUROC of each set of inputs; differences of log loss for leakage and removal.

    Args:
        lines: ``[Line]`` of ``study.bottleneck.study_bottleneck``.
    """
    sections = {name: [line for line in lines if line.section == name] for name in TITLES}
    heights = [len(each) + 1.2 for each in sections.values()]
    with picture(path, 'Is the bottleneck honest?', (8, 1.4 + 0.33 * sum(heights)), note) as figure:
        axes = figure.subplots(len(sections), 1, height_ratios=heights)
        for axis, (name, own) in zip(axes, sections.items()):
            place = range(len(own))[::-1]
            score = 'auroc' if name == 'inputs' else 'log_loss'
            value, low, high = np.array([getattr(line, score) for line in own]).T
            axis.errorbar(value, place, xerr=np.abs([value - low, high - value]), fmt='o',
                          color=BLUE if name == 'inputs' else ORANGE)
            axis.set(yticks=list(place), yticklabels=[line.what for line in own], title=TITLES[name],
                     xlabel=SAYS[name], ylim=(-0.6, len(own) - 0.4))
            if name != 'inputs':
                axis.axvline(0, color=INK, lw=0.8, ls=':')
