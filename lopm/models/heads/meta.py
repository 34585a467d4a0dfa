"""The meta head: from the features' results to the diagnosis, and the one function by which results are replaced."""
import torch
from mmengine.model import BaseModule
from torch import nn

from lopm.datasets.record import record_size
from lopm.registry import MODELS

MODES = ('joint', 'detached', 'independent', 'intervention', 'correction')


def substitute(predicted, given, known, mode='joint', odds=0.25):
    """What the meta head reads of one task: the prediction, the truth, or a clinician's word.

    Args:
        predicted: Probabilities ``[L, K]``.
        given: Truth or correction ``[L, K]``, of the same form.
        known: Where ``given`` holds, bool ``[L]``.
        mode: ``joint``: the prediction. ``detached``: the prediction without gradient back (the first run of
            sequential training; the second is ``lopm.study.refit``). ``independent``: the truth where it is known.
            ``intervention``: the truth for a random share ``odds`` of the known ones (RandInt: Espinosa Zarlenga et
            al., NeurIPS 2022). ``correction``: at test time, what a clinician gave. Bottleneck schedules: Koh et al.,
            ICML 2020.
    """
    if mode not in MODES:
        raise ValueError(f'substitute: mode {mode!r} is none of {", ".join(MODES)}')
    if mode == 'joint':
        return predicted
    if mode == 'detached':
        return predicted.detach()
    if mode == 'intervention':
        known = known & (torch.rand(known.shape, device=known.device) < odds)
    base = predicted.detach() if mode == 'independent' else predicted
    return torch.where(known[:, None], given.nan_to_num(), base)


def one_rater(targets):
    """One rater's answers for each lesion, the same rater for every task: ``{task: (given [L, K], known [L])}``.

    Corrections are one-hot; so is what one rater said, unlike the raters' mean.
    """
    answered = torch.stack([~rows.isnan().all(-1) for rows in targets.values()]).any(0).float()
    rater = torch.multinomial(answered + 1e-6, 1)[:, 0] if len(answered) else answered.new_zeros(0).long()
    lesion = torch.arange(len(rater), device=rater.device)
    given = {name: rows[lesion, rater] for name, rows in targets.items()}
    return {name: (value, ~value.isnan().any(-1)) for name, value in given.items()}


@MODELS.register_module()
class MetaHead(BaseModule):
    """Which diagnosis do the features suggest? Reads the features' probabilities, and nothing else unless told to.

    Args:
        task: The ``Task`` it answers.
        concepts: The ``Task`` objects it reads, in order. A task with ``valid_if`` is read as its probabilities
            times the probability that it applies, with one more input, "not applicable".
        mode: How concepts are passed in training, see ``substitute``; ``odds`` belongs to ``intervention``.
        reader: ``LinearReader``, whose weights say what each feature adds; ``AdditiveReader``, ``MLPReader``.
        record_fields: Record fields to read, as in the data set; empty: none. Missing values are 0 with
            an input that says so.
        measured: Number of measured values to read; 0: none.
        residual: Width of a projection of the pooled feature maps ``[L, residual_channels]``; 0: none.
    """

    def __init__(self, task, concepts, mode='joint', odds=0.25, reader=None, record_fields=None, measured=0,
                 residual=0, residual_channels=0, init_cfg=None):
        super().__init__(init_cfg)
        if mode not in MODES[:-1]:
            raise ValueError(f'MetaHead: mode {mode!r} is none of {", ".join(MODES[:-1])}')
        self.task, self.concepts, self.mode, self.odds = task, {c.name: c for c in concepts}, mode, odds
        self.record_fields, self.measured = record_fields or {}, measured
        sizes = {c.name: c.num_outputs + bool(c.valid_if) for c in concepts}
        extra = {'record': 2 * record_size(self.record_fields), 'measured': measured, 'residual': residual}
        sizes.update({name: size for name, size in extra.items() if size})
        self.residual = nn.Sequential(
            nn.LayerNorm(residual_channels), nn.Linear(residual_channels, residual)) if residual else None
        self.reader = MODELS.build({'type': 'LinearReader', **(reader or {}), 'task': task, 'sizes': sizes})

    def forward(self, probabilities, given=None, mode=None, record=None, measured=None, pooled=None):
        """Diagnosis logits ``[L, K]``.

        Args:
            probabilities: ``{task: [L, K]}``, the concepts' answers.
            given: ``{task: ([L, K], known [L])}`` for the modes that replace some of them.
            mode: See ``substitute``; the head's own when None.
            record, measured: ``[L, F]`` with nan where missing.
            pooled: ``[L, residual_channels]``.
        """
        return self.reader(self.blocks(probabilities, given, mode or self.mode, record, measured, pooled))

    def contributions(self, probabilities, **inputs):
        """What each feature adds to the logits, ``{name: [L, K]}``; arguments as of ``forward``.

        Raises:
            ValueError: The reader is no sum of what features add.
        """
        if not hasattr(self.reader, 'contributions'):
            raise ValueError(f'{type(self.reader).__name__} does not say what each feature adds; take LinearReader or '
                             'AdditiveReader')
        parts = self.reader.contributions(self.blocks(probabilities, **{'mode': self.mode, **inputs}))
        return {name: part.expand(-1, self.task.num_outputs) for name, part in parts.items()}  # grades share one score

    def blocks(self, probabilities, given=None, mode='joint', record=None, measured=None, pooled=None):
        """What the reader reads, ``{name: [L, S]}``."""
        if given:
            probabilities = {name: substitute(p, *given[name], mode, self.odds) if name in given else p
                             for name, p in probabilities.items()}
        elif mode == 'detached':
            probabilities = {name: p.detach() for name, p in probabilities.items()}
        blocks = {concept.name: self.read(concept, probabilities) for concept in self.concepts.values()}
        if self.record_fields:
            blocks['record'] = with_missing(record)
        if self.measured:
            blocks['measured'] = measured.nan_to_num()
        if self.residual is not None:  # without a way back for the features, there is none for the residual either
            blocks['residual'] = self.residual(pooled.detach() if mode in ('detached', 'independent') else pooled)
        return blocks

    def given(self, targets):
        """The truth for the modes of training that read it, by ``one_rater``; nothing for the others."""
        return one_rater(targets) if targets and self.mode in ('independent', 'intervention') else None

    def read(self, concept, probabilities):
        """A concept's inputs ``[L, K]``, or ``[L, K + 1]`` where it may not apply."""
        p = concept.inputs(probabilities[concept.name])
        if not concept.valid_if:
            return p
        applies = p.new_ones(len(p), 1)
        for other, word in concept.valid_if.items():
            applies = applies * probabilities[other][:, self.concepts[other].index(word), None]
        return torch.cat([applies * p, 1 - applies], 1)


def with_missing(values):
    """Values with nan as 0, beside a flag for each missing one: ``[L, 2F]``."""
    return torch.cat([values.nan_to_num(), values.isnan().float()], 1)
