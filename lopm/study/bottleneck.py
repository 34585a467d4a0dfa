"""Is the bottleneck honest? What a reader learns of the diagnosis from the features, and from what slips past them.

Every line is a multinomial logistic regression on one set of inputs, cross-validated over patients on photographs that
the network never saw, so that all sets are judged alike, however the network's own meta head was trained. The strength
of its ridge is chosen within each training part.
"""
from typing import NamedTuple

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from lopm.files import write_table
from lopm.measure import NAMES
from lopm.statistics.draws import interval, resample
from lopm.statistics.means import weighted_mean
from lopm.statistics.ranking import auroc
from lopm.statistics.readers import cross_validate, folds_of, say
from lopm.study.concepts import collect

STRENGTHS = (0.003, 0.03, 0.3, 3.)  # inverse ridge of standardized inputs
SCALES = (0., 0.1, 0.3, 1.)  # of what is added to the features: 0 leaves it out, lest more inputs seem to tell less


class Line(NamedTuple):
    """A reader, or the difference of two: scores with 95 % intervals over patients.

    ``log_loss`` of a difference below 0 and ``auroc`` above 0: the first one is better.
    """

    section: str  # inputs, leakage, removal
    what: str
    auroc: tuple
    log_loss: tuple
    lesions: int
    patients: int


class Cases(NamedTuple):
    """N lesions with an outline and a diagnosis: ``{name: [N, S]}``, its shares ``[N, C]``, and ``[N]``."""

    blocks: dict
    diagnosis: np.ndarray
    patients: np.ndarray


def widen(model, record_fields):
    """Give a model a meta head that is handed everything there is: features, record, measured values, feature maps.

    It is not trained; ``collect`` notes what it is handed.
    """
    names = list(model.meta_head.concepts)
    model.meta_head = model.build_meta_head(dict(
        type='MetaHead', task=model.meta_head.task.name, concepts=names, record_fields=record_fields or {},
        measured=len(NAMES), residual=1))
    return model.eval()


@torch.no_grad()
def read_cases(model, loader, truth_of, part='the part'):
    """``Cases`` with blocks ``<feature>`` as predicted, ``true <feature>``, record, measured, maps.

    Args:
        model: Of ``widen``. truth_of: ``table -> {task: [N, K]}``, nan where a feature is not known.
        part: What it is called.

    Raises:
        ValueError: No photograph of it can be read.
    """
    table = collect(model, loader, part)
    head, inputs = model.meta_head, table.inputs['on_pred']
    answers = table.targets[head.task.name]
    targets = np.nan_to_num(answers).sum(1) / np.maximum(1, (~np.isnan(answers).any(2)).sum(1))[:, None]
    truth = {name: torch.as_tensor(np.float32(each)) for name, each in truth_of(table).items()}
    told = {name: each.nan_to_num() for name, each in truth.items()}
    blocks = {f'true {name}': each for name, each in head.blocks(told, **_extras(inputs)).items()
              if name in head.concepts}
    known = torch.stack([~each.isnan().any(1) | bool(head.concepts[name].valid_if) for name, each in truth.items()])
    blocks |= {name: each for name, each in head.blocks(inputs['probabilities'], **_extras(inputs)).items()
               if name != 'residual'}
    blocks['maps'] = inputs['pooled']
    kept = table.found & (targets.sum(1) > 0) & known.all(0).numpy()
    share = targets[kept] / targets[kept].sum(1, keepdims=True)
    return Cases(told_of_someone({name: each.numpy()[kept] for name, each in blocks.items()}), share,
                 table.patients[kept])


def told_of_someone(blocks):
    """Blocks without a record that nobody has: to score it would say that a record tells nothing.

    A record ``[N, 2F]`` is its values and a flag for each that is missing (``heads.meta.with_missing``).
    """
    record = blocks.get('record')
    if record is None or not len(record) or not record[:, record.shape[1] // 2:].all():
        return blocks
    return {name: each for name, each in blocks.items() if name != 'record'}


def _extras(inputs):
    return {key: inputs[key].nan_to_num() if key != 'record' else inputs[key]
            for key in ('record', 'measured', 'pooled') if inputs[key] is not None}


def study_bottleneck(cases, features, seed=0):
    """``[Line]``: what each set of inputs tells, what leaks, and what each feature is missed for.

    - ``inputs``: features alone; with measured values, record, feature maps; all; maps alone (a black box); and the
      true features, which is what an honest bottleneck could tell at most.
    - ``leakage``: how much more the predicted features tell than the true ones ("predicted - true": an honest one is
      not better), and how much they tell beside the true ones ("true and predicted - true"; Mahinpei et al., ICML
      workshop 2021; Havasi et al., NeurIPS 2022).
    - ``removal``: without a feature minus with all. Where the interval holds 0 it is not missed.
    """
    true = [f'true {name}' for name in features]
    sets = {'features': (features, ()), 'true features': (true, ()), 'maps alone (black box)': (['maps'], ()),
            'true and predicted features': (true, features)}
    extras = [name for name in ('measured', 'record', 'maps') if name in cases.blocks]
    sets |= {f'features + {name}': (features, [name]) for name in extras}
    sets['features + all'] = features, extras
    without = {f'without {name}': ([other for other in features if other != name], ()) for name in features}
    said = {name: read_blocks(cases, *chosen, seed) for name, chosen in {**sets, **without}.items() if chosen[0]}
    score = Scores(cases)
    lines = [score.line('inputs', name, said[name]) for name in sets]
    for one, other in (('features', 'true features'), ('true and predicted features', 'true features')):
        lines.append(score.line('leakage', f'{one} - {other}', said[one], said[other]))
    return lines + [score.line('removal', f'{name} - all', said[name], said['features'])
                    for name in without if name in said]


def read_blocks(cases, names, added=(), seed=0):
    """Probabilities ``[N, C]`` by readers of the blocks ``names`` and ``added`` who learned from other patients."""
    inputs = np.concatenate([cases.blocks[name] for name in (*names, *added)], 1)
    own = sum(cases.blocks[name].shape[1] for name in names)
    scales = [np.repeat([1, scale], [own, inputs.shape[1] - own]) for scale in (SCALES if added else (1.,))]
    classes, shares, patients = cases.diagnosis.argmax(1), cases.diagnosis, cases.patients

    def read(train, test):
        inner = folds_of(classes[train], patients[train], seed)
        best = min(((strength, scale) for strength in STRENGTHS for scale in scales), key=lambda option: np.mean([
            _loss(_read(inputs[train], shares[train], a, b, *option), shares[train][b]) for a, b in inner]))
        return _read(inputs, shares, train, test, *best)
    return cross_validate(read, folds_of(classes, patients, seed))


def _read(inputs, shares, train, test, strength, scale):
    """Probabilities ``[M, C]`` of the ``test`` rows. Lesions whose raters disagree, or name alternatives, count as a
    part of each class."""
    mean, spread = inputs[train].mean(0), inputs[train].std(0)
    scaled = (inputs - mean) / np.where(spread > 1e-6, spread, 1) * scale
    lesion, named = np.nonzero(shares[train])
    reader = LogisticRegression(C=strength, max_iter=500)
    reader.fit(scaled[train][lesion], named, shares[train][lesion, named])
    said = say(reader, scaled[test], shares.shape[1], least=1e-6)
    return said / said.sum(1, keepdims=True)


def _loss(said, shares):
    return -(shares * np.log(said)).sum(1).mean()


class Scores:
    """AUROC and log loss of answers to the same cases, under the same draws of patients."""

    def __init__(self, cases, draws=1000):
        self.cases = cases
        self.drawn = resample(cases.patients, draws)

    def line(self, section, what, one, other=None):
        """A ``Line`` of one reader, or of one minus another."""
        values = self._score(one)
        if other is not None:
            values = [a - b for a, b in zip(values, self._score(other))]
        return Line(section, what, *map(interval, values), len(one), self.drawn.number)

    def _score(self, said):
        shares = self.cases.diagnosis
        lesion, named = np.nonzero(shares)
        weights = self.drawn.of(lesion).weights * shares[lesion, named]
        return (auroc(said[lesion], weights, np.eye(shares.shape[1])[named]),
                weighted_mean(-(shares * np.log(said.clip(1e-6))).sum(1), self.drawn.weights))


def write_lines(path, lines):
    """A csv with a line per ``Line``."""
    scores = [f'{score}{end}' for score in ('auroc', 'log_loss') for end in ('', '_low', '_high')]
    write_table(path, ['section', 'what', *scores, 'lesions', 'patients'],
                ([line.section, line.what, *line.auroc, *line.log_loss, line.lesions, line.patients] for line in lines))
