"""Curves of the diagnosis against the number of corrected features."""
from lopm.pictures.style import BLUE, GREY, ORANGE, VERMILION, picture
from lopm.wording import is_defined, undefined, words

COLORS = {'random': GREY, 'uncertainty': ORANGE, 'expected_gain': BLUE}
SCORES = {'auroc': 'AUROC', 'accuracy': 'accuracy', 'gain': 'fall of the log loss'}


def draw_interventions(steps, path, limits=None, note=''):
    """Three panels with a line per order; intervals as bands.

    Args:
        steps: ``{name of the photographs: [Step]}``, solid for the first, dashed for the next.
        limits: ``{'auroc', 'accuracy'}`` that any reader of the true features can reach.
    """
    first = next(iter(steps.values()))[0]
    most = max(step.corrected for each in steps.values() for step in each)
    title = f'Diagnosis of {first.lesions} lesions as features are corrected'
    with picture(path, title, (12.5, 3.9), note) as figure:
        axes = figure.subplots(1, 3)
        for axis, (score, label) in zip(axes, SCORES.items()):
            for line, (name, each) in zip(('-', '--', ':'), steps.items()):
                for order, color in COLORS.items():
                    own = [step for step in each if step.order == order]
                    if own:
                        label_of = f'{words(order)}, {name}' if len(steps) > 1 else words(order)
                        _line(axis, own, score, color, line, label_of)
            if not any(is_defined(getattr(step, score)[0]) for each in steps.values() for step in each):
                axis.text(0.5, 0.5, undefined(score), transform=axis.transAxes, ha='center', color=GREY)
                axis.set_yticks([])
            if limits and score in limits:
                axis.axhline(limits[score], color=VERMILION, linewidth=1, linestyle=':')
                axis.text(0, limits[score], ' limit', color=VERMILION, va='bottom', fontsize=8)
            fewer = score == 'accuracy' and first.decided < first.lesions
            axis.set(title=label + f', {first.decided} lesions' * fewer, xlabel='corrected features',
                     xticks=range(most + 1))
        axes[-1].legend(frameon=False, fontsize=8, loc='upper left', bbox_to_anchor=(1.02, 1))


def _line(axis, steps, score, color, style, label):
    places = [step.corrected for step in steps]
    values, low, high = zip(*(getattr(step, score) for step in steps))
    axis.plot(places, values, style, color=color, label=label, marker='o', markersize=3)
    axis.fill_between(places, low, high, color=color, alpha=0.08, linewidth=0)
