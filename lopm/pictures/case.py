"""One photograph with the outlines that a model draws on it, beside what it says of each lesion."""
import numpy as np
from pycocotools import mask as coco_mask

from lopm.pictures.panel import line_of, shrink
from lopm.pictures.sheet import GAP, LINE, TEXT, draw_photograph, draw_text, write_lesions, write_lines
from lopm.pictures.style import GREY, INK, VERMILION, picture
from lopm.structures import UNKNOWN

WIDEST, HIGHEST = 6.2, 4.7  # inches of the photograph
LONGEST = 900  # pixels of its longer side
TITLE = 72  # characters of a name that have room above the narrowest photograph


def draw_case(case, image, tasks, path, note='', outlined=True):
    """A picture of a ``Case``.

    Args:
        image: The photograph, uint8 BGR ``[H, W, 3]``. tasks: Those of the model.
        outlined: Whether the model draws outlines; else it speaks of the whole photograph.
    """
    text = write_case(case, tasks, outlined)
    scale = min(WIDEST / case.size[0], HIGHEST / case.size[1])
    width, height = (side * scale for side in case.size)
    full = GAP + width + 0.2 + TEXT + GAP, max(height, LINE * len(text)) + 1.3
    calibrated = 'calibrated by the pack' if 'pack_sha256' in case.model else 'not calibrated'
    title = case.name if len(case.name) <= TITLE else '… ' + case.name[-TITLE:]
    with picture(path, title, full, note) as figure:
        figure.set_layout_engine('none')
        figure.text(0.2 / full[0], 1 - 0.52 / full[1],
                    f'By {case.model["version"]}; each word with its probability, {calibrated}.',
                    fontsize=9, color=GREY, va='top')
        top = full[1] - 0.85
        axis = figure.add_axes((GAP / full[0], (top - height) / full[1], width / full[0], height / full[1]))
        draw_photograph(axis, shrink(image, LONGEST), shrink(map_of(case), LONGEST), len(case.lesions))
        draw_text(figure, text, GAP + width + 0.2, top)


def map_of(case):
    """The lesions of a case as one map, uint8 ``[H, W]``, i for the i-th."""
    lesion_map = np.zeros(case.size[::-1], np.uint8)
    for i, lesion in enumerate(case.lesions[:UNKNOWN - 1], 1):
        lesion_map[coco_mask.decode(lesion.outline['rle']) > 0] = i
    return lesion_map


def write_case(case, tasks, outlined):
    """The lines of text beside a photograph: ``[(head, body, color)]``."""
    text = write_lesions([lines_of(lesion, tasks.of('lesion')) for lesion in case.lesions])
    if outlined and not case.lesions:
        text += [('No lesion found', '', INK), ('', '', INK)]
    whole = lines_of(case.photograph, tasks.of('image') if outlined else tasks.answered)
    text += [('Photograph', '', INK), *write_lines(whole)] if whole else []
    return text + [('Flags' if not i else '', flag, VERMILION) for i, flag in enumerate(case.flags or ())]


def lines_of(findings, tasks):
    return [line_of(tasks[name], said) for name, said in findings.said.items() if name in tasks]
