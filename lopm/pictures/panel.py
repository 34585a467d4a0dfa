"""What is kept of a tested photograph until it is drawn: two small maps, and what was said in words."""
from dataclasses import dataclass, replace

import cv2
import numpy as np

from lopm.evaluation.outlines import NOT_FOUND, WHOLE
from lopm.evaluation.rows import as_array, same_lesions
from lopm.findings import findings_of
from lopm.wording import joined, label, number_in_words, time_in_words, words

LONGEST = 560  # pixels of the longer side of what is kept


@dataclass
class Line:
    """One task of one lesion: ``right`` is whether a rater said the same (of a number: one between low and high), None
    where no rater answered."""

    task: str
    said: str
    right: bool | None = None
    raters: str = ''


@dataclass
class Panel:
    """One photograph. ``lesions``: the lines of each predicted lesion; ``missed``: true lesions without a match;
    ``whole``: the lines of the photograph as a whole, where its lesion is nowhere in particular."""

    img_path: str
    true_map: np.ndarray
    pred_map: np.ndarray
    lesions: list
    missed: int
    whole: list


def make_panel(sample, tasks):
    """The ``Panel`` of a predicted ``LesionDataSample``; ``tasks``: those that are not drawn."""
    true_map, same = as_array(sample.ori_maps['lesion']), same_lesions(sample.to_dict())
    pred_map = as_array(sample.pred_map) if 'pred_map' in sample else np.zeros_like(true_map)
    of_lesions = tasks.of('lesion')
    lesions = [describe(sample, sample.pred_lesions, i, np.flatnonzero(same == i), of_lesions)
               for i in range(len(sample.pred_lesions))]
    whole = np.flatnonzero(same == WHOLE)
    return Panel(sample.img_path, shrink(true_map), shrink(pred_map), lesions, int((same == NOT_FOUND).sum()),
                 describe(sample, sample.pred_image, 0, whole, of_lesions) if len(whole) else [])


def describe(sample, rows, i, partners, tasks):
    """The ``Line``s of row i of the predictions, judged by the raters of the true lesions ``partners``."""
    said = findings_of({name: as_array(rows[name])[i] for name in tasks if name in rows}, tasks)
    lines = []
    for name, answer in said.said.items():
        targets = as_array(sample.gt_lesions[name])[partners]
        judged = judge if name in said.words else judge_number if name in said.numbers else judge_time
        lines.append(judged(tasks[name], answer, targets.reshape(-1, targets.shape[-1])))
    return lines


def judge(task, named, targets):
    """A prediction ``{word: probability}`` beside what the raters said, ``[R, K]``."""
    line, decided = line_of(task, named), np.array([word in named for word in task.classes])
    answers = [answer for answer in task.class_probabilities(targets) if not np.isnan(answer).all()]
    if not answers:
        return line
    if any(agrees(task, decided, answer) for answer in answers):
        return replace(line, right=True)
    raters = dict.fromkeys(label(task, target) for target in targets if not np.isnan(target).all())
    return replace(line, right=False, raters='; '.join(raters))


def judge_number(task, reading, targets):
    """A ``Number.reading`` beside what the raters said, ``[R, K]``."""
    line, answers = line_of(task, reading), targets[~np.isnan(targets).any(1), 0]
    if not len(answers):
        return line
    right = bool(((reading['low'] <= answers) & (answers <= reading['high'])).any())
    return replace(line, right=right, raters='' if right else '; '.join(f'{each:.3g}' for each in answers))


def judge_time(task, reading, targets):
    """A ``Time.reading`` beside what the raters said, ``[R, K]``; of one time alone a probability is not right or
    wrong."""
    return replace(line_of(task, reading), raters='; '.join(label(task, each) for each in targets
                                                            if not np.isnan(each).all()))


def line_of(task, named):
    """A prediction ``{word: probability}``, or the reading of a ``Number`` or ``Time``, as text."""
    if not task.classes:
        return Line(words(task.name), number_in_words(named) if 'value' in named else time_in_words(named))
    said = [f'{words(word)} {p:.0%}'.replace(' ', '\N{NO-BREAK SPACE}') for word, p in named.items()]
    return Line(words(task.name), joined(said, task.exclusive))


def agrees(task, decided, answer):
    """An exclusive task: the class is among those named; else every class that was rated is rightly said or not."""
    if task.exclusive:
        return bool((answer[decided] > 0.5).all())
    known = ~np.isnan(answer)
    return bool((decided[known] == (answer[known] > 0.5)).all())


def shrink(image, longest=LONGEST):
    """A map or photograph of at most so many pixels a side."""
    height, width = image.shape[:2]
    scale = min(1, longest / max(height, width))
    method = cv2.INTER_NEAREST if image.ndim == 2 else cv2.INTER_AREA
    return cv2.resize(image, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=method)
