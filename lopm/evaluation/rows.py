"""What one photograph contributes to the scores: small, picklable, one row per photograph always."""
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch

from lopm.evaluation.outlines import WHOLE, Overlap, compare_maps, find_same, jaccard_and_dice, pixel_table
from lopm.structures import UNKNOWN
from lopm.tasks import Task
from lopm.tasks.task import GROUPS

PREDICTED, WHOLE_PHOTOGRAPHS = 'predicted outlines', 'whole photographs'
UNITS = {'image': 'photographs', 'visit': 'visits', 'patient': 'patients'}


@dataclass
class Row:
    """One photograph, scored.

    Attributes:
        bad: Why it could not be read, else ``''``; all that follows is then empty.
        outline: ``Overlap``, or None where the lesion map is unknown, or the model draws no outlines.
        outlined: bool ``[L]``, which lesions have an outline, and not a place alone.
        same: int ``[L]``, the predicted lesion that each lesion's words are taken from (``outlines.find_same``).
        masks: ``{name: (jaccard, dice)}`` of the other mask tasks.
        raters: Names of the photograph's raters.
        targets: ``{task: [L, R, K]}``, the raters', or one for the photograph.
        on_true, on_pred: ``{task: [L, K]}`` probabilities on true outlines, and as predicted; nan where the true lesion
            has no outline, and where no predicted one matches it. Of the whole photograph, where nobody says where the
            lesion is or the model draws no outlines. Tasks of a visit or a patient have a row at its first photograph
            and none at the others.
        by_table: ``{task: [1, K]}`` of such tasks: what follows from the lesions' words (``Ordinal.by_table``).
        lesion_ids: Of the L lesions.
        fold: Number of the model that predicted, where there are several.
        about: What results are divided by: device, center, record, and by lesion the site; as in the json.
    """

    image_id: int | str
    patient_id: str | None
    bad: str = ''
    rater_jaccard: float = np.nan
    outline: Overlap | None = None
    outlined: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    same: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    masks: dict[str, tuple[float, float]] = field(default_factory=dict)
    raters: list[str] = field(default_factory=list)
    targets: dict[str, np.ndarray] = field(default_factory=dict)
    on_true: dict[str, np.ndarray] = field(default_factory=dict)
    on_pred: dict[str, np.ndarray] = field(default_factory=dict)
    by_table: dict[str, np.ndarray] = field(default_factory=dict)
    file_name: str = ''
    lesion_ids: list[str] = field(default_factory=list)
    fold: int = 0
    about: dict[str, Any] = field(default_factory=dict)


def score_photograph(sample: dict, tasks: dict[str, Task]) -> Row:
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
    row.outlined, row.same = np.array([box is None for box in sample['boxes']], bool), same_lesions(sample)
    if 'pred_map' in sample and (lesion_map != UNKNOWN).any():
        row.outline = compare_maps(lesion_map, as_array(sample['pred_map']), sample['boxes'],
                                   as_array(sample['pred_lesions']['scores']))
    for name in tasks.keys() & sample['pred_image'].keys():
        read = _read_lesion_task if tasks[name].level == 'lesion' else _read_image_task
        row.targets[name], row.on_true[name], row.on_pred[name] = read(sample, name, row)
    for name in tasks.keys() & sample.get('by_table', {}).keys():
        row.by_table[name] = as_array(sample['by_table'][name])
    for answers in (row.targets, row.on_true, row.on_pred, row.by_table):
        for name in answers:
            if not leads(sample, tasks[name].level):
                answers[name] = answers[name][:0]
    return row


def refuse_unread(rows: list[Row], part: str):
    """Refuse a part of which no photograph is left: nothing can be fitted to it or measured on it.

    Raises:
        ValueError: Names the part, why its first photograph cannot be read, and the fix.
    """
    if all(row.bad for row in rows):
        first = f'. The first: {rows[0].bad}' if rows else ''
        raise ValueError(f'{part}: 0 of its {len(rows)} photographs can be read; put them back, or divide the base '
                         f'anew (lopm split), so that the part has some{first}')


def leads(sample, level):
    """Whether answers of a level stand at this photograph: those of a visit or a patient at its first one alone."""
    return level not in GROUPS or sample['leads'][level]


def same_lesions(sample):
    """``find_same`` of a predicted sample; ``WHOLE`` for all where the model draws no outlines."""
    if 'pred_map' not in sample:
        return np.full(len(sample['boxes']), WHOLE)
    return find_same(as_array(sample['ori_maps']['lesion']), as_array(sample['pred_map']), sample['boxes'],
                     len(sample['pred_lesions']['scores']))


def _read_lesion_task(sample, name, row):
    targets = as_array(sample['gt_lesions'][name])
    nothing = np.full((1, targets.shape[-1]), np.nan)
    on_true = np.where(row.outlined[:, None], as_array(sample['true_lesions'][name]), nothing)
    # In this order WHOLE and NOT_FOUND are the last rows but one and the last.
    said = np.vstack([as_array(sample[rows][name]) for rows in ('pred_lesions', 'pred_image')] + [nothing])
    return targets, on_true, said[row.same]


def _read_image_task(sample, name, _):
    targets = as_array(sample['gt_image'][name])
    return targets, np.full((len(targets), targets.shape[-1]), np.nan), as_array(sample['pred_image'][name])


class Outcomes(NamedTuple):
    """One task over all lesions (or photographs) of a test."""

    targets: np.ndarray  # [N, R, K]; a column is one rater, nan where this one did not answer
    on_true: np.ndarray  # [N, K]
    on_pred: np.ndarray  # [N, K]
    outlined: np.ndarray  # bool [N]
    matched: np.ndarray  # [N], 1 or 0; nan where there is nothing to match

    @property
    def labelled(self) -> np.ndarray:
        return ~np.isnan(self.targets).all((1, 2))


def stack_task(rows: list[Row], task: Task) -> Outcomes:
    """The ``Outcomes`` of one task, in the order of the rows."""
    rows = [row for row in rows if len(row.targets.get(task.name, ()))]
    raters = {name: None for row in rows for name in _raters(row, task)} or {'': None}
    raters = {name: column for column, name in enumerate(sorted(raters))}
    size = task.num_outputs
    targets = []
    for row in rows:
        targets.append(np.full((len(row.targets[task.name]), len(raters), size), np.nan))
        targets[-1][:, [raters[name] for name in _raters(row, task)]] = row.targets[task.name]
    return Outcomes(
        np.concatenate([np.zeros((0, len(raters), size)), *targets]),
        np.concatenate([np.zeros((0, size)), *(row.on_true[task.name] for row in rows)]),
        np.concatenate([np.zeros((0, size)), *(row.on_pred[task.name] for row in rows)]),
        np.concatenate([np.zeros(0, bool), *(outlined(row, task) for row in rows)]),
        np.concatenate([np.zeros(0), *(matched(row, task) for row in rows)]))


def unit_of(task: Task, rows: list[Row]) -> str:
    """What the answers to a task are counted in: ``lesions``, ``photographs`` (also of lesions, where each answer is of
    a photograph as a whole), ``visits``, ``patients``."""
    answers, owner = _labelled(task, rows)
    whole = np.isnan(answers.matched) & ~answers.outlined
    one_each = len(np.unique(owner)) == len(owner)
    if task.level != 'lesion':
        return UNITS[task.level]
    return 'photographs' if len(whole) and whole.all() and one_each else 'lesions'


def place_of(task: Task, rows: list[Row]) -> str:
    """Where a task's answers were read as predicted: on predicted outlines, on whole photographs, or on either."""
    nowhere = np.isnan(_labelled(task, rows)[0].matched)
    if not nowhere.any():
        return PREDICTED
    return WHOLE_PHOTOGRAPHS if nowhere.all() else f'{PREDICTED} or {WHOLE_PHOTOGRAPHS}'


def _labelled(task, rows):
    """The ``Outcomes`` that are labelled, all of them where none is, and whose they are."""
    answers, owner = stack_task(rows, task), owners(rows, task)
    chosen = answers.labelled if answers.labelled.any() else np.ones(len(owner), bool)
    return Outcomes(*(each[chosen] for each in answers)), owner[chosen]


def owners(rows: list[Row], task: Task) -> np.ndarray:
    """Whose the lesions of ``stack_task`` are: the position of their photograph among the rows, int ``[N]``."""
    return np.repeat(np.arange(len(rows)), [len(row.targets.get(task.name, ())) for row in rows])


def patient_of(row: Row) -> str:
    return str(row.patient_id)


def labelled(rows: list[Row], task: Task, of=patient_of):
    """``(targets [N, R, K], probabilities as predicted [N, K], [N])`` of the labelled lesions of rows.

    Args:
        of: What is asked of the row that a lesion is of, for the third.
    """
    answers, owner = stack_task(rows, task), owners(rows, task)
    known, said = answers.labelled, np.array([of(row) for row in rows], object)
    return answers.targets[known], answers.on_pred[known], said[owner[known]]


def decided(rows: list[Row], task: Task, of=patient_of):
    """``(class probabilities [N, C], class numbers [N], [N])`` of lesions of which the raters name one class; ``of`` as
    of ``labelled``."""
    targets, probs, said = labelled(rows, task, of)
    number, one = named_class(task, targets)
    return task.class_probabilities(probs)[one], number[one], said[one]


def named_class(task: Task, targets: np.ndarray):
    """The class number ``[N]`` that most raters of labelled targets ``[N, R, K]`` name, and whether they name one."""
    if not len(targets):
        return np.zeros(0, int), np.zeros(0, bool)
    members = task.class_probabilities(np.nanmean(targets, 1)) > 0.5
    return members.argmax(1), members.sum(1) == 1


def _raters(row, task):
    """Whose the columns of a photograph's targets are; ``''`` where they are the photograph's, and nobody is named."""
    return row.raters if row.targets[task.name].shape[1] == len(row.raters) else ['']


def outlined(row, task):
    """Which answers of a photograph are of a lesion with an outline, bool ``[L]``."""
    return row.outlined if task.level == 'lesion' else np.zeros(len(row.targets[task.name]), bool)


def matched(row, task):
    """Whether each lesion of a photograph was found, ``[L]``: 1, 0, or nan where there is nothing to match."""
    if task.level != 'lesion':
        return np.full(len(row.targets[task.name]), np.nan)
    return np.where(row.same == WHOLE, np.nan, row.same >= 0)


def _score_mask(true_map, pred_mask):
    return jaccard_and_dice(pixel_table(true_map, pred_mask.astype(np.uint8), 1, 1))


def as_array(value):
    return value.detach().cpu().numpy() if torch.is_tensor(value) else np.asarray(value)
