"""What corrections are worth: the diagnosis as more and more features are corrected, in several orders."""
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from lopm.engine.config import load_config
from lopm.engine.parts import annotations
from lopm.engine.runner import LesionRunner
from lopm.engine.testing import load_trained
from lopm.evaluation.calibration import log_loss
from lopm.files import write_table
from lopm.models.correcting import diagnose
from lopm.models.heads.meta import one_rater
from lopm.registry import METRICS
from lopm.statistics.draws import interval, resample
from lopm.statistics.means import weighted_mean
from lopm.statistics.ranking import auroc
from lopm.statistics.raters import rater_rows
from lopm.study.concepts import collect, refuse_unlabelled
from lopm.study.refit import pick_rows

ORDERS = ('random', 'uncertainty', 'expected_gain')
INTERVALS = ('auroc', 'accuracy', 'gain')
COUNTS = ('lesions', 'decided', 'patients')
DRAWS = 16  # answers that are tried of each feature, to see what a correction might change


class Step(NamedTuple):
    """The diagnosis after ``corrected`` features; intervals over patients.

    ``worse``: share of lesions whose true diagnosis became less probable than before any correction. ``gain``: by how
    much the log loss fell since then, on average. Accuracy rests on ``decided`` lesions: of those with alternatives no
    answer is right.
    """

    order: str
    corrected: int
    auroc: tuple
    accuracy: tuple
    log_loss: float
    gain: tuple
    worse: float
    lesions: int
    patients: int
    decided: int


def true_answers(table, head, ann_file, seed=0):
    """What a correction says, ``{task: [N, K]}`` with nan where there is none to say.

    Of built-in photographs the features that they were drawn with; of others, and of tasks that the drawings do not
    know, what one rater said, drawn anew for each lesion.
    """
    file = Path(ann_file).with_name('truth.json')
    truth = json.loads(file.read_text(encoding='utf-8')) if file.is_file() else {}
    drawn = {name for lesion in truth.values() for name in lesion['features']} & head.concepts.keys()
    torch.manual_seed(seed)
    said = one_rater({name: torch.as_tensor(table.targets[name]) for name in head.concepts})
    told = {name: np.where(known[:, None], answers, np.nan) for name, (answers, known) in said.items()}
    for name in drawn:
        encode = head.concepts[name].encode
        told[name] = np.stack([encode(truth[lesion]['features'].get(name)) for lesion in table.lesions])
    return told


def curves(head, inputs, truth, targets, patients, prior, orders=ORDERS, draws=1000, seed=0):
    """``[Step]`` of every order, from none to all features corrected.

    Args:
        head: The meta head. inputs: A side of a ``ConceptTable``.
        truth: ``{task: answers [N, K]}``, what a correction says; nan rows cannot be corrected.
        targets: Of the diagnosis, ``[N, R, K]``.
        patients: ``[N]``. prior: ``[K]``, the diagnosis of a lesion that has no outline; no correction changes it.
    """
    known = ~np.isnan(targets).all((1, 2))
    inputs, truth = pick_rows(inputs, known), {name: torch.as_tensor(each)[known] for name, each in truth.items()}
    targets, drawn = targets[known], resample(np.asarray(patients)[known], draws, seed)
    steps = []
    for order in orders:
        torch.manual_seed(seed)
        probs = [each.numpy() for each in correct_in_order(head, inputs, truth, order)]
        missed = np.isnan(probs[0]).any(1)[:, None]
        probs = [np.where(missed, prior, each) for each in probs]
        steps += [_score(head.task, order, i, each, probs[0], targets, drawn) for i, each in enumerate(probs)]
    return steps


def correct_in_order(head, inputs, truth, order):
    """Yield the diagnosis' probabilities ``[N, K]`` with 0, 1, ... features of each lesion corrected."""
    names = list(head.concepts)
    done = {name: torch.zeros(len(truth[name]), dtype=torch.bool) for name in names}
    for _ in names:
        given = _given(truth, done)
        now = diagnose(head, inputs, given)
        yield now
        score = torch.stack([torch.where(done[name], -torch.inf, PRIORITY[order](head, inputs, given, now, name))
                             for name in names])
        chosen = score.argmax(0)
        for i, name in enumerate(names):
            done[name] = done[name] | (chosen == i)
    yield diagnose(head, inputs, _given(truth, done))


def _given(truth, done):
    return {name: (answers, done[name] & ~answers.isnan().any(1)) for name, answers in truth.items()}


def by_chance(head, inputs, given, now, name):
    return torch.rand(len(now))


def by_uncertainty(head, inputs, given, now, name):
    """How unsure the feature is: of words the mean entropy of its outputs (Shin et al., ICML 2023, UCP)."""
    return head.concepts[name].uncertainty(inputs['probabilities'][name])


def by_expected_gain(head, inputs, given, now, name):
    """How far the diagnosis is expected to move: the mean, over answers drawn from the feature's own probabilities, of
    the total variation between the diagnosis with that answer and the one now (Shin et al., ICML 2023, ECTP)."""
    p, moved = inputs['probabilities'][name].nan_to_num(0.5), 0
    everywhere = torch.ones(len(p), dtype=torch.bool)
    for _ in range(DRAWS):
        answer = head.concepts[name].sample(p)
        moved = moved + (diagnose(head, inputs, {**given, name: (answer, everywhere)}) - now).abs().sum(1) / 2
    return moved / DRAWS


PRIORITY = dict(zip(ORDERS, (by_chance, by_uncertainty, by_expected_gain)))


def _score(task, order, count, probs, before, targets, drawn):
    """A ``Step``."""
    rows, lesion, share = rater_rows(task.known_entries(targets))
    answers = probs[lesion]
    weights = drawn.of(lesion).weights * share
    right = (rows * task.decide(answers)).sum(1)
    own, earlier = ((np.nan_to_num(rows) * each[lesion]).sum(1).clip(1e-7) for each in (probs, before))
    gain = np.log(own) - np.log(earlier)
    return Step(order, count, interval(auroc(answers, weights, rows)), interval(weighted_mean(right, weights)),
                log_loss(task, targets, probs), interval(weighted_mean(gain, weights)),
                float(np.average(gain < -1e-6, weights=share)), len(probs), drawn.number,
                int(task.decidable(targets).sum()))


def curves_of(config, checkpoint, options, base, folder, side, orders):
    """``([Step], test part's json)`` of a checkpoint on the test part in ``folder``, or (None) of its own data.

    The prior of lesions without an outline is the one that the checkpoint brings, else that of the training part of its
    own data in either case: of the config's, or of ``base``, the folder that stands in for them.

    Raises:
        ValueError: No meta head; no photograph of the part can be read, or no lesion has a diagnosis.
    """
    own = load_config(config, options=options, folder=base, checkpoint=checkpoint)
    cfg = load_config(config, options=options, folder=folder, checkpoint=checkpoint) if folder else own
    if not cfg.model.get('meta_head'):
        raise ValueError(f'{config}: no meta head in it, so there is nothing to correct')
    cfg.predict_with = None  # corrections are of what one network read
    model = load_trained(cfg, checkpoint)
    loader = LesionRunner.build_dataloader(cfg.test_dataloader)
    head, part = model.meta_head, annotations(cfg.test_dataloader.dataset)
    table = collect(model, loader, part)
    refuse_unlabelled(table.targets[head.task.name], head.task.name, part)
    prior = METRICS.build(own.test_evaluator).read_prior()[head.task.name]
    return curves(head, table.inputs[side], true_answers(table, head, part), table.targets[head.task.name],
                  table.patients, prior, orders), part


def write_steps(path, steps):
    """A csv with a line per step of ``{name of the photographs: [Step]}``."""
    scores = [f'{score}{end}' for score in INTERVALS for end in ('', '_low', '_high')]
    write_table(path, ['photographs', 'order', 'corrected', *scores, 'log_loss', 'worse', *COUNTS], (
        [name, step.order, step.corrected, *(value for score in INTERVALS for value in getattr(step, score)),
         step.log_loss, step.worse, *(getattr(step, count) for count in COUNTS)]
        for name, each in steps.items() for step in each))
