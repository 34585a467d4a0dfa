"""What is kept of a tested photograph until it is drawn: two small maps, and what was said in words."""
from dataclasses import dataclass

import cv2
import numpy as np

from lopm.evaluation.outlines import SAME, lesion_ious, match, pixel_table
from lopm.evaluation.rows import as_array
from lopm.pictures.style import words
from lopm.tasks import arises

LONGEST = 560  # pixels of the longer side of what is kept


@dataclass
class Line:
    """One task of one lesion: ``right`` is whether a rater said the same, None where no rater answered."""

    task: str
    said: str
    right: bool | None = None
    raters: str = ''


@dataclass
class Panel:
    """One photograph. ``lesions``: the lines of each predicted lesion; ``missed``: true lesions without a match."""

    img_path: str
    true_map: np.ndarray
    pred_map: np.ndarray
    lesions: list
    missed: int


def make_panel(sample, tasks):
    """The ``Panel`` of a predicted ``LesionDataSample``; ``tasks`` ``{name: Task}`` are those with words."""
    true_map, pred_map = as_array(sample.ori_maps['lesion']), as_array(sample.pred_map)
    num_true, num_pred = len(sample.lesion_ids), int(pred_map.max(initial=0))
    truth = match(lesion_ious(pixel_table(true_map, pred_map, num_true, num_pred)).T, SAME)
    lesions = [describe(sample, i, truth[i], tasks) for i in range(num_pred)]
    return Panel(sample.img_path, shrink(true_map), shrink(pred_map), lesions, num_true - int((truth >= 0).sum()))


def describe(sample, i, partner, tasks):
    """The ``Line``s of predicted lesion i, judged by the raters of true lesion ``partner`` (-1: there is none)."""
    said = {name: as_array(sample.pred_lesions[name])[i] for name in tasks if name in sample.pred_lesions}
    lines = []
    for name, probs in said.items():
        if not arises(tasks[name], said, tasks):
            continue
        targets = as_array(sample.gt_lesions[name])[partner] if partner >= 0 else np.empty((0, len(probs)))
        lines.append(judge(tasks[name], probs, targets))
    return lines


def judge(task, probs, targets):
    """A prediction ``[K]`` beside what the raters said, ``[R, K]``."""
    said = [f'{words(word)} {p:.0%}'.replace(' ', '\N{NO-BREAK SPACE}') for word, p in task.words(probs)]
    said = ', '.join(said) or 'none of the words'
    decided = task.decide(probs)
    answers = [answer for answer in task.class_probabilities(targets) if not np.isnan(answer).all()]
    if not answers:
        return Line(words(task.name), said)
    if any(agrees(task, decided, answer) for answer in answers):
        return Line(words(task.name), said, True)
    named = [[words(task.classes[c]) for c in np.flatnonzero(answer > 0.5)] for answer in answers]
    raters = dict.fromkeys(', '.join(each) or 'none of the words' for each in named)
    return Line(words(task.name), said, False, '; '.join(raters))


def agrees(task, decided, answer):
    """An exclusive task: the class is among those named; else every class that was rated is rightly said or not."""
    if task.exclusive:
        return bool((answer[decided] > 0.5).all())
    known = ~np.isnan(answer)
    return bool((decided[known] == (answer[known] > 0.5)).all())


def shrink(image):
    """A map or photograph of at most ``LONGEST`` pixels a side."""
    height, width = image.shape[:2]
    scale = min(1, LONGEST / max(height, width))
    method = cv2.INTER_NEAREST if image.ndim == 2 else cv2.INTER_AREA
    return cv2.resize(image, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=method)
