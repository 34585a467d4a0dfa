"""The picture of an operating point: what acting by the model is worth at each threshold, and at the chosen one."""
from lopm.pictures.style import BLUE, INK, ORANGE, picture
from lopm.wording import words


def draw_point(point, path):
    """Net benefit of an ``OperatingPoint`` against referring all and nobody; its threshold as a line."""
    limits, top = point.curve['threshold'], max(0.01, *point.curve['model'], point.curve['all'][0])
    counted = (f'{point.test.positives} of {point.test.positives + point.test.negatives} {point.test.unit} are to be '
               f'found, of {point.test.patients} patients')
    note = '\n'.join(filter(None, (counted, point.note)))
    with picture(path, f'What is referring by it worth? {words(point.task)}, from {words(point.word)} on', (7.4, 4.2),
                 note) as figure:
        axis = figure.subplots()
        for name, color, style in (('model', BLUE, '-'), ('all', ORANGE, '--')):
            axis.plot(limits, point.curve[name], style, color=color, label='refer by the model' if name == 'model'
                      else 'refer all')
        axis.axhline(0, color=INK, lw=1, label='refer nobody')
        axis.axvline(point.threshold, color=INK, lw=0.8, ls=':', label=f'chosen: {point.threshold:.3g}')
        axis.set(xlim=(0, 1), ylim=(-0.3 * top, 1.1 * top), xlabel='threshold', ylabel='net benefit')
        axis.legend(frameon=False, fontsize=8.5)
