"""What one photograph contributes to the scores: small, picklable, one row per photograph always."""
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch

from lopm.evaluation.outlines import compare_maps, jaccard_and_dice, pixel_table
from lopm.structures import UNKNOWN


@dataclass
class Row:
    """One photograph, scored.

    Attributes:
        bad: Why it could not be read, else ``''``; all that follows is then empty.
        outline: ``Overlap``, or None where the lesion map is unknown.
        masks: ``{name: (jaccard, dice)}`` of the other mask tasks.
        raters: Names of the photograph's raters; ``targets``: ``{task: [L, R, K]}``, theirs, or one for the photograph.
        on_true, on_pred: ``{task: [L, K]}`` probabilities on true outlines, and on predicted ones; nan where the true
            lesion has no outline, and where no predicted one matches it.
        lesion_ids: Of the L lesions. fold: Number of the model that predicted, where there are several.
        about: What results are divided by: device, center, record, and by lesion the site; as in the json.
    """

    image_id: object
    patient_id: object
    bad: str = ''
    rater_jaccard: float = np.nan
    outline: object = None
    masks: dict = field(default_factory=dict)
    raters: list = field(default_factory=list)
    targets: dict = field(default_factory=dict)
    on_true: dict = field(default_factory=dict)
    on_pred: dict = field(default_factory=dict)
    file_name: str = ''
    lesion_ids: list = field(default_factory=list)
    fold: int = 0
    about: dict = field(default_factory=dict)


def score_photograph(sample, tasks):
    """The ``Row`` of a predicted ``LesionDataSample`` in mmengine's dict form; ``tasks``: those with labels."""
    row = Row(sample['image_id'], sample.get('patient_id'), sample.get('bad', ''),
              file_name=sample.get('file_name') or '', about=sample.get('about') or {})
    if row.bad:
        return row
    maps = {name: as_array(map_) for name, map_ in sample['ori_maps'].items()}
    lesion_map = maps.pop('lesion')
    row.raters, row.lesion_ids = list(sample['raters']), list(sample['lesion_ids'])
    row.rater_jaccard = float(sample['rater_jaccard'])
    row.masks = {name: _score_mask(map_, as_array(sample['pred_masks'][name])) for name, map_ in maps.items()
                 if name in sample.get('pred_masks', {})}
    if (lesion_map != UNKNOWN).any():
        row.outline = compare_maps(lesion_map, as_array(sample['pred_map']), len(sample['lesion_ids']),
                                   as_array(sample['pred_lesions']['scores']))
    for name in tasks.keys() & sample['pred_image'].keys():
        read = _read_image_task if tasks[name].level == 'image' else _read_lesion_task
        row.targets[name], row.on_true[name], row.on_pred[name] = read(sample, name, row.outline)
    return row


def _read_lesion_task(sample, name, outline):
    targets = as_array(sample['gt_lesions'][name])
    nothing = np.full((1, targets.shape[-1]), np.nan)
    if outline is not None:
        on_pred = np.vstack([as_array(sample['pred_lesions'][name]), nothing])
        return targets, as_array(sample['true_lesions'][name]), on_pred[outline.same]
    # Known only per photograph: the words are of its one lesion, answered from the soft outline.
    if len(targets) != 1:
        targets = as_array(sample['gt_image'].get(name, targets[:0]))
    return targets, np.repeat(nothing, len(targets), 0), as_array(sample['pred_image'][name])[:len(targets)]


def _read_image_task(sample, name, outline):
    targets = as_array(sample['gt_image'][name])
    return targets, np.full((len(targets), targets.shape[-1]), np.nan), as_array(sample['pred_image'][name])


class Answers(NamedTuple):
    """One task over all lesions (or photographs) of a test."""

    targets: np.ndarray  # [N, R, K]; a column is one rater, nan where this one did not answer
    on_true: np.ndarray  # [N, K]
    on_pred: np.ndarray  # [N, K]
    matched: np.ndarray  # [N], 1 or 0; nan where there is no true outline to match

    @property
    def labelled(self):
        return ~np.isnan(self.targets).all((1, 2))


def stack_task(rows, task):
    """The ``Answers`` of one task, in the order of the rows."""
    rows = [row for row in rows if len(row.targets.get(task.name, ()))]
    raters = {name: None for row in rows for name in _raters(row, task)} or {'': None}
    raters = {name: column for column, name in enumerate(sorted(raters))}
    size = task.num_outputs
    targets = []
    for row in rows:
        targets.append(np.full((len(row.targets[task.name]), len(raters), size), np.nan))
        targets[-1][:, [raters[name] for name in _raters(row, task)]] = row.targets[task.name]
    return Answers(
        np.concatenate([np.zeros((0, len(raters), size)), *targets]),
        np.concatenate([np.zeros((0, size)), *(row.on_true[task.name] for row in rows)]),
        np.concatenate([np.zeros((0, size)), *(row.on_pred[task.name] for row in rows)]),
        np.concatenate([np.zeros(0), *(matched(row, task) for row in rows)]))


def owners(rows, task):
    """Whose the lesions of ``stack_task`` are: the position of their photograph among the rows, int ``[N]``."""
    return np.repeat(np.arange(len(rows)), [len(row.targets.get(task.name, ())) for row in rows])


def _raters(row, task):
    """Whose the columns of a photograph's targets are; ``''`` where they are the photograph's, and nobody is named."""
    return row.raters if row.targets[task.name].shape[1] == len(row.raters) else ['']


def matched(row, task):
    """Whether each lesion of a photograph was found, ``[L]``: 1, 0, or nan where there is no true outline to match."""
    if row.outline is None or task.level == 'image':
        return np.full(len(row.targets[task.name]), np.nan)
    return (row.outline.same >= 0).astype(float)


def _score_mask(true_map, pred_mask):
    return jaccard_and_dice(pixel_table(true_map, pred_mask.astype(np.uint8), 1, 1))


def as_array(value):
    return value.detach().cpu().numpy() if torch.is_tensor(value) else np.asarray(value)
