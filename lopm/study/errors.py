"""The lesions that a model was most wrong about, as pictures."""
import base64
from typing import NamedTuple

import cv2
import numpy as np
from pycocotools import mask as coco_mask

from lopm.datasets.photographs import BadPhotograph, read_photograph
from lopm.evaluation.rows import owners, stack_task
from lopm.wording import joined, words

SIDE = 260  # pixels of a picture
GREEN, RED = (80, 200, 60), (40, 40, 230)  # BGR: true outlines, predicted ones


class Error(NamedTuple):
    """A lesion, what was said and what is true, and a data URI. Pages are passed on: no file name, no clinic's id."""

    photograph: str  # its number among the images of the data set
    lesion: str  # its number on the photograph, where that has several
    said: str
    truth: str
    probability: float  # of the truth
    picture: str


def worst_errors(rows, task, folder_of, most=12):
    """``[Error]``: the lesions whose true words got the least probability, the worst first.

    Args:
        folder_of: ``{fold: folder}`` that file names of its rows are relative to.
    """
    answers, owner = stack_task(rows, task), owners(rows, task)
    place = np.concatenate([np.arange(count) for count in np.bincount(owner, minlength=len(rows))]).astype(int)
    truth = task.class_probabilities(np.nan_to_num(np.nanmax(
        np.where(np.isnan(answers.targets), -np.inf, answers.targets), 1), neginf=np.nan))
    said = task.class_probabilities(answers.on_pred)
    held = np.where(truth > 0.5, said, np.inf).min(1)
    held[~answers.labelled | np.isinf(held) | np.isnan(held)] = np.inf
    chosen = [i for i in np.argsort(held)[:most] if np.isfinite(held[i])]
    return [_error(rows[owner[i]], place[i], task, said[i], truth[i], held[i], folder_of) for i in chosen]


def _error(row, place, task, said, truth, held, folder_of):
    top = np.argsort(-said)[:1] if task.exclusive else np.flatnonzero(said > 0.5)
    return Error(f'photograph {row.image_id}', f'lesion {place + 1}' if len(row.lesion_ids) > 1 else '',
                 joined([f'{words(task.classes[c])} {said[c]:.0%}' for c in top], task.exclusive),
                 joined([words(task.classes[c]) for c in np.flatnonzero(truth > 0.5)], task.exclusive), float(held),
                 _picture(folder_of[row.fold] / row.file_name, row.outline))


def _picture(path, outline):
    try:
        pixels = read_photograph(path, at_least=(SIDE, SIDE))
    except BadPhotograph:
        return ''
    scale = min(1, SIDE / max(pixels.shape[:2]))
    pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    for rles, color in ((outline.true_rles, GREEN), (outline.pred_rles, RED)) if outline else ():
        for rle in rles:
            mask = cv2.resize(coco_mask.decode(rle), pixels.shape[1::-1], interpolation=cv2.INTER_NEAREST)
            contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
            cv2.drawContours(pixels, contours, -1, color, 1)
    data = cv2.imencode('.jpg', pixels, [cv2.IMWRITE_JPEG_QUALITY, 82])[1]
    return 'data:image/jpeg;base64,' + base64.b64encode(data).decode()
