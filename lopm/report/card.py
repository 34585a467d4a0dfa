"""A page of cards to print, cut out and lay beside a lesion (``lopm.followup.card``); and whether the printer has kept
their size."""
import re
from pathlib import Path
from textwrap import wrap

from matplotlib import rc_context
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from lopm.files import whole_file
from lopm.followup.card_face import HIGH, MARKER, PATCHES, WIDE, boxes
from lopm.pictures.style import RC
from lopm.report.language import NO_BREAK

PAPER = 210, 297  # millimetres: A4
INCH = 25.4
DPI = 600  # of a png
FORMATS = '.pdf', '.svg', '.png'
LEFT, TOP, APART = 19, 136, 12  # millimetres: of the first card, and between cards
ACROSS, DOWN = 4, 5
MARK = 1, 5  # millimetres from a corner to where its cutting marks begin and end
BAR, BAR_TOP = 50, 118  # millimetres
FIRST, LINE, LETTERS = 30, 5, 100  # millimetres to the first line and between lines, letters of a line
TITLE, MUST = 'Cards for a scale and for the light', 'This bar must measure 50 mm.'
SENTENCES = (
    'Print at 100 % (actual size), not fitted to the page, and measure the bar with a ruler: 50 mm, to a quarter of a '
    'millimetre. If it is not, sizes that are read by these cards are as wrong as the bar: print again.',
    'Cut along the marks, not into the white rim: a card measures {wide} x {high} mm, its markers {marker} mm. '
    'Laminate it matt, since gloss mirrors the lamp; clean it as all that touches mucosa; throw away what is bent or '
    'worn.',
    'Lay it beside the lesion, within a centimetre and not upon it, in the plane of the lesion, and turned to the '
    'camera. Sizes hold in the plane of the card alone.',
    'The gray patches give back {dark} and {mid} % of the light of the paper where the printer is right, which nobody '
    'has measured. So light is compared between photographs of the same card: follow a patient with one card, or with '
    'cards of one page.',
    'A printed card is no validated device, and what is measured by it confirms no diagnosis.')
ALL = TITLE, MUST, *SENTENCES


def write_cards(path, language):
    """Write the page as PDF, svg or png, by the ending of ``path``.

    Args:
        language: ``Language`` of what stands above the cards.

    Raises:
        ValueError: Another ending.
    """
    ending = Path(path).suffix.lower()
    if ending not in FORMATS:
        raise ValueError(f'{path}: cards are written as {", ".join(FORMATS)}; name a file that ends so')
    with rc_context({**RC, 'pdf.fonttype': 42}), whole_file(path) as partial:
        figure = Figure(figsize=[side / INCH for side in PAPER])
        axis = figure.add_axes((0, 0, 1, 1), xlim=(0, PAPER[0]), ylim=(PAPER[1], 0))
        axis.set_axis_off()
        _write(axis, language)
        for number in range(ACROSS * DOWN):
            row, column = divmod(number, ACROSS)
            _draw(axis, LEFT + column * (WIDE + APART), TOP + row * (HIGH + APART))
        figure.savefig(partial, format=ending[1:], dpi=DPI)


def _write(axis, language):
    """What has to be known before printing and cutting, and the bar by which the size is checked."""
    dark, _, mid = (round(100 * share) for _, share in PATCHES)
    axis.text(LEFT, FIRST - 8, language.say(TITLE), fontsize=14, weight='bold')
    y = FIRST
    for sentence in SENTENCES:
        said = language.say(sentence, wide=WIDE, high=HIGH, marker=MARKER, dark=dark, mid=mid)
        for line in wrap(re.sub(r'(?<=\d) ', NO_BREAK, said), LETTERS):
            axis.text(LEFT, y, line)
            y += LINE
        y += LINE / 2
    axis.plot([LEFT, LEFT + BAR], [BAR_TOP, BAR_TOP], color='black', lw=.6, solid_capstyle='butt')
    for x in (LEFT, LEFT + BAR):
        axis.plot([x, x], [BAR_TOP - 3, BAR_TOP + 3], color='black', lw=.6)
    axis.text(LEFT + BAR + 4, BAR_TOP + 1, language.say(MUST), weight='bold')


def _draw(axis, left, top):
    """A card with its cutting marks."""
    painted = [(left + x, top + y, left + x + wide, top + y + high, [value / 255] * 3)
               for x, y, wide, high, value in boxes()]
    axis.add_collection(PolyCollection(
        [[(x, y), (right, y), (right, bottom), (x, bottom)] for x, y, right, bottom, _ in painted],
        facecolors=[gray for *_, gray in painted], linewidths=0, antialiaseds=False))
    marks = [line for x, outward in ((left, -1), (left + WIDE, 1)) for y, upward in ((top, -1), (top + HIGH, 1))
             for line in ([(x + outward * end, y) for end in MARK], [(x, y + upward * end) for end in MARK])]
    axis.add_collection(LineCollection(marks, colors='black', linewidths=.3))
