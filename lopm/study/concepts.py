"""What the meta head reads of every lesion of a part, as a table on which it is run again, at once, with corrections.

The table holds the meta head's own arguments, noted while the model predicts; nothing of the network is repeated.
"""
from dataclasses import dataclass

import numpy as np
import torch

from lopm.evaluation.outlines import NOT_FOUND, WHOLE
from lopm.evaluation.rows import refuse_unread, score_photograph
from lopm.models.correcting import EXTRAS
from lopm.models.predict import answer_all, attach_answers

SIDES = ('on_pred', 'on_true')


@dataclass
class ConceptTable:
    """N lesions of a part.

    Attributes:
        inputs: Arguments of ``MetaHead.forward``, ``{side: {'probabilities': {task: [N, K]}, 'record', 'measured',
            'pooled': [N, F]}}``, on predicted outlines (``on_pred``, nan where no outline matches) and on true ones;
            on both sides of the whole photograph, where that is all that can be asked.
        targets: ``{task: [N, R, K]}`` of the concepts and of the diagnosis, nan where unknown.
        lesions: ``[N]`` ids; ``patients`` ``[N]``; ``found`` bool ``[N]``, False where no predicted outline matches.
    """

    inputs: dict
    targets: dict
    lesions: np.ndarray
    patients: np.ndarray
    found: np.ndarray


@torch.no_grad()
def collect(model, loader, part='the part'):
    """The ``ConceptTable`` of a part: one prediction of every photograph.

    Args:
        model: One network with a ``meta_head``, in evaluation mode. loader: Of its test pipeline.
        part: What it is called.

    Raises:
        ValueError: The meta head answers no task of lesions; no photograph can be read.
    """
    if model.meta_head.task.level != 'lesion':
        raise ValueError(f'{model.meta_head.task.name!r} is of level {model.meta_head.task.level}, and the table is of '
                         'lesions; give a model whose meta head answers a task of level lesion')
    tasks = model.tasks.answered
    inputs, rows = {side: [] for side in SIDES}, []
    for batch in loader:
        data = model.data_preprocessor(batch, False)
        samples, answers = data['data_samples'], answer_all(model, data['inputs'], data['data_samples'])
        scored = [score_photograph(sample.to_dict(), tasks) for sample in attach_answers(answers, samples)]
        predicted, true, photographs = (answers[field][0].readings[0].inputs
                                        for field in ('pred_lesions', 'true_lesions', 'pred_image'))
        own = {'on_pred': (predicted, [len(sample.pred_lesions) for sample in samples], [row.same for row in scored]),
               'on_true': (true, [len(sample.gt_lesions) for sample in samples],
                           [np.where(row.outlined, np.arange(len(row.same)), WHOLE) for row in scored])}
        for side, (call, counts, numbers) in own.items():
            inputs[side].append(_pick(_join([call, photographs]), _places(counts, numbers)))
        rows += scored
    refuse_unread(rows, part)
    return ConceptTable(
        {side: _join(parts) for side, parts in inputs.items()},
        {name: _stack([row for row in rows if not row.bad], name)
         for name in [*model.meta_head.concepts, model.meta_head.task.name]},
        np.array([lesion for row in rows for lesion in row.lesion_ids]),
        np.repeat([str(row.patient_id) for row in rows], [len(row.lesion_ids) for row in rows]),
        np.concatenate([[], *(row.same != NOT_FOUND for row in rows)]).astype(bool))


def refuse_unlabelled(targets, name, part):
    """Refuse targets ``[N, R, K]`` of a task of which none is known.

    Raises:
        ValueError: Names the part, the task and the fix.
    """
    if np.isnan(targets).all():
        raise ValueError(f'{part}: no lesion has a label of {name!r}; nothing can be fitted or judged: label some')


def _places(counts, numbers):
    """Where each lesion's row stands among those of a batch's lesions, followed by those of its photographs.

    Args:
        counts: Rows of each photograph. numbers: Of its lesions among them, ``WHOLE`` or ``NOT_FOUND`` (gives -1).
    """
    first = np.cumsum([0, *counts])
    places = [np.where(own == WHOLE, first[-1] + i, np.where(own == NOT_FOUND, -1, own + first[i]))
              for i, own in enumerate(numbers)]
    return np.concatenate([[], *places]).astype(int)


def _pick(call, index):
    """Rows of a call by number, nan for -1."""
    index = torch.as_tensor(index)

    def rows(values):
        if values is None:
            return None
        padded = torch.cat([values.cpu().float(), torch.full((1, values.shape[1]), float('nan'))])
        return padded[index]
    return {'probabilities': {name: rows(each) for name, each in call['probabilities'].items()},
            **{key: rows(call[key]) for key in EXTRAS}}


def _join(parts):
    joined = {'probabilities': {name: torch.cat([part['probabilities'][name] for part in parts])
                                for name in parts[0]['probabilities']}}
    for key in EXTRAS:
        joined[key] = None if parts[0][key] is None else torch.cat([part[key] for part in parts])
    return joined


def _stack(rows, name):
    """Targets of all lesions, padded with nan to the most raters."""
    raters = max(row.targets[name].shape[1] for row in rows)
    return np.concatenate([np.pad(row.targets[name], ((0, 0), (0, raters - row.targets[name].shape[1]), (0, 0)),
                                  constant_values=np.nan) for row in rows])
