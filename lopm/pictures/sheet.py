"""A sheet of photographs: true and predicted outlines, and each lesion's features in words."""
import textwrap

import numpy as np

from lopm.datasets.photographs import read_photograph
from lopm.pictures.panel import shrink
from lopm.pictures.style import BLUE, GREEN, GREY, INK, ORANGE, SKY, VERMILION, YELLOW, picture
from lopm.structures import UNKNOWN

LESIONS = (SKY, YELLOW, GREEN, ORANGE, BLUE)  # seen on red and on white mucosa
COLUMNS, MOST = 2, 4  # photographs in a row; lesions of a photograph that are put in words
PHOTOGRAPH, TEXT, GAP = (4.3, 3.25), 4.3, 0.25  # inches; GAP between cells
LINE, INDENT, WIDEST = 0.148, 1.28, 50  # height of a line and left edge of the words in inches, characters of a line
KEY = 'White: outlined by raters.  Color: predicted, with its probability.  ✓ a rater said so too.  ✗ no rater did.'


def draw_sheet(panels, path, title, note=''):
    """All ``panels`` on one picture, two in a row, each photograph beside its words."""
    texts = [write(panel) for panel in panels]
    heights = [max(PHOTOGRAPH[1], *(LINE * len(text) for text in texts[i:i + COLUMNS])) + GAP
               for i in range(0, len(panels), COLUMNS)]
    width = COLUMNS * (PHOTOGRAPH[0] + TEXT + GAP) + GAP
    height = sum(heights) + 1.2
    with picture(path, title, (width, height), note) as figure:
        figure.set_layout_engine('none')
        figure.text(0.2 / width, 1 - 0.52 / height, KEY, fontsize=9, color=GREY, va='top')
        for i, (panel, text) in enumerate(zip(panels, texts)):
            left = GAP + (i % COLUMNS) * (PHOTOGRAPH[0] + TEXT + GAP)
            top = height - 0.85 - sum(heights[:i // COLUMNS])
            box = left / width, (top - PHOTOGRAPH[1]) / height, PHOTOGRAPH[0] / width, PHOTOGRAPH[1] / height
            image = shrink(read_photograph(panel.img_path))
            draw_photograph(figure.add_axes(box), image, panel.pred_map, len(panel.lesions), panel.true_map)
            draw_text(figure, text, left + PHOTOGRAPH[0] + 0.15, top)


def write(panel):
    """The lines of text beside a photograph: ``[(head, body, color)]``."""
    text = write_lesions(panel.lesions)
    if panel.whole:
        text += [('Photograph', '', INK), *write_lines(panel.whole)]
    elif not panel.lesions:
        text.append(('No lesion found', '', INK))
    if panel.missed:
        text.append((f'✗ {panel.missed} lesion{"s" * (panel.missed > 1)} of the raters not found', '', VERMILION))
    return text


def write_lesions(lesions):
    """What was said of the first of them, ``[[Line]]``."""
    text = []
    for i, lines in enumerate(lesions[:MOST]):
        text += [(f'Lesion {i + 1}', '', lesion_color(i)), *write_lines(lines), ('', '', INK)]
    if len(lesions) > MOST:
        text.append((f'and {len(lesions) - MOST} smaller ones', '', INK))
    return text


def write_lines(lines):
    """What was said of a lesion or of a photograph: ``[(head, body, color)]``."""
    text = []
    for line in lines:
        mark = {True: '✓', False: '✗', None: ' '}[line.right]
        body = textwrap.wrap(line.said, WIDEST)
        if line.raters:
            body += textwrap.wrap(f'raters: {line.raters}', WIDEST)
        color = {True: GREEN, False: VERMILION, None: INK}[line.right]
        text += [(f'{mark} {line.task}' if first else '', part, color) for first, part in zip([1] + [0] * 9, body)]
    return text


def draw_text(figure, text, left, top):
    """Lines of text from ``left``, ``top`` (inches) downward: head in the left column, body in the right one."""
    width, height = figure.get_size_inches()
    for i, (head, body, color) in enumerate(text):
        y = 1 - (height - top + LINE * i) / height
        if color in LESIONS and not body:
            figure.text(left / width, y, head, color=INK, fontsize=8, va='top', weight='bold',
                        bbox=chip(LESIONS.index(color)))
            continue
        figure.text(left / width, y, head, color=color, fontsize=8, va='top')
        figure.text((left + INDENT) / width, y, body, color=INK if color == GREEN else color, fontsize=8, va='top')


def draw_photograph(axis, image, pred_map, count, true_map=None):
    """A photograph, BGR, with true outlines in white, and ``count`` predicted ones numbered and in color."""
    axis.imshow(image[..., ::-1], extent=(0, 1, 1, 0), aspect='auto')
    height, width = pred_map.shape
    axis.set_box_aspect(height / width)
    axis.set_anchor('NW')
    axis.axis('off')
    for i in range(1, int(true_map[true_map != UNKNOWN].max(initial=0)) + 1) if true_map is not None else ():
        draw_outline(axis, true_map == i, 'white')
    for i in range(count):
        mask = pred_map == i + 1
        if mask.any():
            draw_outline(axis, mask, lesion_color(i))
            row, column = np.argwhere(mask)[0]
            axis.text((column + 0.5) / width, max(row / height - 0.01, 0.06), str(i + 1), color=INK, fontsize=8,
                      weight='bold', ha='center', va='bottom', bbox=chip(i))


def draw_outline(axis, mask, color):
    """The contour of a mask on an axis from 0 to 1, on a dark line that shows it on any mucosa."""
    height, width = mask.shape
    padded = np.pad(mask, 1).astype(float)
    x, y = (np.arange(width + 2) - 0.5) / width, (np.arange(height + 2) - 0.5) / height
    for shade, line_width in (('#00000080', 2.8), (color, 1.5)):
        axis.contour(x, y, padded, [0.5], colors=[shade], linewidths=line_width)


def chip(i):
    """The colored box behind a lesion's number."""
    return dict(facecolor=lesion_color(i), edgecolor='none', pad=1.2)


def lesion_color(i):
    return LESIONS[i % len(LESIONS)]
