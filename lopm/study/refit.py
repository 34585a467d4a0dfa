"""Meta heads fitted to a finished network's results: a table of concepts in, seconds instead of a training.

Sequential and independent training of a bottleneck (Koh et al., ICML 2020) are this; joint training is not.
"""
import copy

import numpy as np
import torch
from rich.progress import track

from lopm.engine.parts import annotations
from lopm.engine.runner import LesionRunner
from lopm.study.concepts import collect, refuse_unlabelled

DECAYS = (0.05, 0.3, 1., 2.)  # a small network on a thousand lesions wants much, a linear reader little


def fit_head(head, inputs, targets, given=None, steps=500, lr=0.02, decay=0.05):
    """Fit a ``MetaHead`` in its own mode, by AdamW on all lesions at once.

    Args:
        inputs: Arguments of its ``forward``, a side of a ``ConceptTable`` (rows of lesions that were found).
        targets: Of the diagnosis ``[N, R, K]``, nan where unknown.
        given: ``{task: [N, R, K]}``, the raters' answers, for the modes that read them; a rater is drawn every step.
    """
    optimizer = torch.optim.AdamW(head.parameters(), lr=lr, weight_decay=decay)
    targets = torch.as_tensor(targets)
    given = given and {name: torch.as_tensor(answers) for name, answers in given.items()}
    for _ in range(steps):
        optimizer.zero_grad()
        logits = head(**inputs, given=head.given(given) if given else None)
        loss, known = head.task.loss(logits, targets)
        ((loss * known).sum() / known.sum().clamp(min=1)).backward()
        optimizer.step()
    return head


def read_training(cfg, model):
    """The ``ConceptTable`` of a config's training photographs, through its test pipeline: without augmentation.

    Raises:
        ValueError: None of them can be read, or no lesion has a diagnosis.
    """
    train = cfg.train_dataloader.dataset
    dataset = {**cfg.test_dataloader.dataset, 'data_root': train.get('data_root', ''), 'ann_file': train.ann_file}
    loader = LesionRunner.build_dataloader(dict(cfg.test_dataloader, dataset=dataset))
    part, name = annotations(train), model.meta_head.task.name
    table = collect(model, track(loader, 'training photographs'), part)
    refuse_unlabelled(table.targets[name], name, part)
    return table


def refit(head, table, mode, decay=0.05):
    """A copy of a head, fitted from scratch in a mode to all lesions of a training part, on true outlines.

    Args:
        table: ``ConceptTable`` of the training part.
    """
    torch.manual_seed(0)
    fresh = copy.deepcopy(head).train()
    fresh.mode = mode
    for module in fresh.modules():
        if hasattr(module, 'reset_parameters'):
            module.reset_parameters()
    inputs, known = table.inputs['on_true'], ~np.isnan(table.targets[head.task.name]).all((1, 2))
    given = {name: table.targets[name][known] for name in head.concepts}
    return fit_head(fresh, pick_rows(inputs, known), table.targets[head.task.name][known], given, decay=decay).eval()


def choose_decay(head, inputs, targets, decays=DECAYS, folds=4, seed=0):
    """The weight decay with which a head of this kind reads lesions best that it was not fitted to.

    Args:
        inputs, targets: As of ``fit_head``; rows are held out at random, a ``folds``-th part at a time.
    """
    part = np.random.default_rng(seed).permutation(len(targets)) % folds

    def loss(decay):
        total = 0.
        for fold in range(folds):
            held = part == fold
            fitted = fit_head(copy.deepcopy(head), pick_rows(inputs, ~held), targets[~held], decay=decay)
            with torch.no_grad():
                each, known = head.task.loss(fitted(**pick_rows(inputs, held)), torch.as_tensor(targets[held]))
                total += float((each * known).sum())
        return total
    return min(decays, key=loss)


@torch.no_grad()
def read_with(head, inputs):
    """The diagnosis' probabilities ``[N, K]``, numpy."""
    return head.task.probabilities(head(**inputs)).numpy()


def pick_rows(inputs, rows):
    """The rows of a side of a ``ConceptTable``, by number or bool."""
    rows = torch.as_tensor(rows)
    return {'probabilities': {name: each[rows] for name, each in inputs['probabilities'].items()},
            **{key: None if each is None else each[rows] for key, each in inputs.items() if key != 'probabilities'}}
