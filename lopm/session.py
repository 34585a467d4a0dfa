"""What a model says of the photographs of one patient: of each, of every visit, and of the patient as a whole."""
from dataclasses import dataclass, field

import torch

from lopm.case import Case
from lopm.evaluation.rows import as_array
from lopm.findings import Findings, Probabilities, findings_of
from lopm.models.answers import Answer
from lopm.models.predict import attach_groups


@dataclass
class Together(Findings):
    """What is said of a visit or a patient, by all lesions on all its photographs.

    Attributes:
        photographs: Names of those that it was read from.
        by_table: ``{task: {word: probability}}`` of what follows from the lesions' words (``Ordinal.by_table``).
    """

    photographs: list[str] = field(default_factory=list)
    by_table: Probabilities = field(default_factory=dict)


@dataclass
class Session:
    """``cases``: the ``Case`` of each photograph, of one that cannot be read with its ``bad``. ``visits``: ``{visit:
    Together}``, in the order of the photographs; none of a visit of which no photograph can be read. ``patient``:
    ``Together`` over all visits. Empty findings are those of a model without tasks of this level."""

    cases: list[Case]
    visits: dict[str, Together]
    patient: Together


def session_of(predictor, cases, seen, names, record=None):
    """The ``Session`` of photographs that were predicted.

    Args:
        predictor: The ``Predictor``. cases: ``[Case]``.
        seen: ``[(sample, Answer, count of lesions)]`` of those that count for a visit, each with its ``visit``.
        names: Of the same photographs. record: What is known of the patient.
    """
    samples = [sample for sample, _, _ in seen]
    if samples and predictor.network.group_heads:
        attach_groups(predictor.network, {'pred_lesions': (joined([answer for _, answer, _ in seen]),
                                                           [count for *_, count in seen])}, samples)
    visits = {}
    for i, sample in enumerate(samples):
        visits.setdefault(sample.visit, []).append(i)
    return Session(cases, {visit: together(predictor, 'visit', own, samples, names, record)
                           for visit, own in visits.items()},
                   together(predictor, 'patient', range(len(samples)), samples, names, record))


def together(predictor, level, places, samples, names, record=None):
    """What is said of the visit or patient that the photographs at some places are of; a pack scales it, and says what
    it cannot rule out, as of lesions."""
    tasks = predictor.network.tasks.of(level)
    if not places:
        return Together()
    first = samples[places[0]]
    rows = {name: as_array(first.pred_image[name][0]) for name in tasks if name in first.pred_image}
    said = findings_of(rows, tasks, doubt=predictor.doubt, record=record or {})
    tables = {name: as_array(first.by_table[name][0]) for name in tasks if name in first.get('by_table', {})}
    return Together(**vars(said), photographs=[names[i] for i in places], by_table={
        name: dict(zip(tasks[name].classes, tasks[name].class_probabilities(row).tolist()))
        for name, row in tables.items()})


def joined(answers):
    """The ``Answer``s to photographs of several batches, as one to all of them; what diagnoses were read from is not
    kept."""
    def rows(values):
        return None if values[0] is None else torch.cat(values)
    return Answer({name: rows([each.probabilities[name] for each in answers]) for name in answers[0].probabilities},
                  [], *(rows([getattr(each, name) for each in answers]) for name in ('pooled', 'photographs', 'areas')),
                  tuple(map(joined, zip(*(each.passes for each in answers)))))


def split(answer, counts):
    """An ``Answer`` to a batch as one to each of its photographs, ``counts`` lesions on them."""
    def rows(values, sizes):
        return [None] * len(counts) if values is None else values.split(sizes)
    once = [1] * len(counts)
    words = {name: each.split(counts) for name, each in answer.probabilities.items()}
    passes = list(zip(*(split(each, counts) for each in answer.passes))) or [()] * len(counts)
    more = zip(rows(answer.pooled, counts), rows(answer.photographs, once), rows(answer.areas, counts), passes)
    return [Answer({name: each[i] for name, each in words.items()}, [], *own) for i, own in enumerate(more)]
