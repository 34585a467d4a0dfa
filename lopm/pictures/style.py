"""How all pictures look, and what stands under those of synthetic photographs."""
from contextlib import contextmanager
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from lopm.datasets.index import read_info
from lopm.files import whole_file

# Okabe and Ito, Color Universal Design (2008): told apart with every kind of color vision.
BLUE, ORANGE, GREEN, PINK, SKY, VERMILION, YELLOW = (
    '#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00', '#F0E442')
COLORS = (BLUE, ORANGE, GREEN, PINK, SKY, VERMILION, '#8C6BB1', YELLOW)
INK, GREY, PALE = '#222222', '#6B6B6B', '#E4E4E4'

SYNTHETIC = 'Synthetic photographs: they show that the software works, and nothing about patients.'
FROM_DRAWINGS = ('The model learned from drawings: what it says shows that the software works, and nothing about '
                 'patients.')

RC = {
    'font.size': 9, 'font.family': 'DejaVu Sans', 'text.color': INK, 'axes.labelcolor': GREY, 'axes.edgecolor': PALE,
    'xtick.color': GREY, 'ytick.color': GREY, 'xtick.major.size': 0, 'ytick.major.size': 0, 'xtick.minor.size': 0,
    'ytick.minor.size': 0, 'axes.grid': True, 'grid.color': PALE, 'grid.linewidth': 0.7, 'axes.axisbelow': True,
    'axes.spines.top': False, 'axes.spines.right': False, 'axes.titlelocation': 'left', 'axes.titlesize': 10.5,
    'axes.titleweight': 'bold', 'lines.linewidth': 1.8, 'savefig.facecolor': 'white', 'savefig.dpi': 110}


@contextmanager
def picture(path, title, size, note=''):
    """A figure of ``size`` (width, height) in inches, to be filled with axes; saved as ``path`` when done.

    Constrained layout keeps the axes and their words apart, and clear of the title above and the note below.
    """
    with rc_context(RC):
        figure = Figure(figsize=size)
        width, height = size
        below = 0.17 + 0.18 * len(note.splitlines()) if note else 0.1
        figure.set_layout_engine(
            'constrained', rect=(0.1 / width, below / height, 1 - 0.2 / width, 1 - (below + 0.6) / height))
        figure.text(0.2 / width, 1 - 0.2 / height, title, fontsize=14, weight='bold', va='top')
        figure.text(0.2 / width, 0.12 / height, note, fontsize=9, color=GREY, va='bottom', style='italic')
        yield figure
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as partial:
            figure.savefig(partial, format=Path(path).suffix[1:])


def note_on(ann_file):
    """What has to stand under pictures of the photographs of a part, named by its json or index."""
    return SYNTHETIC if str(read_info(ann_file).get('source', '')).startswith('synthetic') else ''
