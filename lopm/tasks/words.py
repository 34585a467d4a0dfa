"""The kinds that are answered in words: one class of several, any number of them, yes or no, grades."""
import difflib

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from lopm import losses
from lopm.tasks import choices
from lopm.tasks.task import Task

CERTAIN = 1e-7, 1 - 1e-7  # the least and the largest probability that a logit is taken of


class WordTask(Task):
    """Base: classes that have names, and a probability for each."""

    exclusive = True  # one class per lesion
    ordered = False
    least_classes, most_classes = 2, None
    score_names = choices.SCORE_NAMES
    judge = 'auroc'

    @property
    def outputs(self):
        return self.classes

    @property
    def details(self):
        return self.classes

    def index(self, word):
        """Position of a class word; an unknown word is an error that names the nearest known one."""
        if word in self.classes:
            return self.classes.index(word)
        near = difflib.get_close_matches(str(word), self.classes, n=1, cutoff=0)
        raise ValueError(f'task {self.name}: unknown word {word!r}; did you mean {near[0]!r}? Known: '
                         + ', '.join(self.classes))

    def membership(self, indices):
        target = np.zeros(len(self.classes), np.float32)
        target[list(indices)] = 1
        return target

    def probabilities(self, logits):
        return logits.float().sigmoid()

    def logit_terms(self, p):
        """For and against: the terms that add up to the logits of probabilities ``[..., K]``, float64 numpy
        ``[..., T, K]``; finite also at 0 and 1."""
        p = np.clip(np.asarray(p, np.float64), *CERTAIN)
        return np.stack([np.log(p), -np.log1p(-p)], -2)

    def logits(self, p):
        """The reverse of ``probabilities``, float64 numpy ``[..., K]``; finite also at 0 and 1."""
        return self.logit_terms(p).sum(-2)

    def consistent(self, p):
        """Probabilities ``[..., K]`` whose entries were changed one by one, as an answer again."""
        return p

    @property
    def free_outputs(self):
        """Of how many logits the scale may be changed apart from each other."""
        return self.num_outputs

    def uncertainty(self, p):
        """Mean entropy of the outputs, in nats."""
        p = p.clamp(1e-6, 1 - 1e-6)
        return -(p * p.log() + (1 - p) * (1 - p).log()).mean(1)

    def sample(self, p):
        return (torch.rand_like(p[:, :1]) < p).float()

    def loss(self, logits, targets, weigh=None):
        """As every task's; ``weigh``: what a loss for rare classes multiplies by (``lopm.losses``)."""
        return losses.sigmoid_loss(logits, targets, weigh)

    def weights(self, targets, prior):
        """Factors of ``loss`` by which what is rare counts as much, from how often each entry holds, ``[K]``."""
        return targets / (2 * prior) + (1 - targets) / (2 * (1 - prior))

    def class_probabilities(self, p):
        """``[..., K]`` probabilities (or complete targets) -> ``[..., C]``, one per class; numpy or torch."""
        return p

    def decide(self, p):
        """Which classes count as said in scores, bool ``[..., C]``, from numpy probabilities ``[..., K]``."""
        p = self.class_probabilities(p)
        return p == p.max(-1, keepdims=True)

    def say(self, p):
        """Which classes are shown to people as said, as ``decide``: of exclusive ones the most probable."""
        return self.decide(p)

    def words(self, p):
        """The prediction ``[K]`` in words, with its probability: ``[(word, probability), ...]``, surest first."""
        probs = self.class_probabilities(p)
        chosen = np.flatnonzero(self.say(p))
        return [(self.classes[i], float(probs[i])) for i in sorted(chosen, key=lambda i: -probs[i])]

    def as_json(self, words):
        """The answer of a json from the words that are said."""
        return next(iter(words))

    def uniform_prior(self):
        return np.mean([self.encode(word) for word in self.classes], 0)

    def prior(self, answers, weights):
        """How often each entry holds; of one that nobody answered, as often as in ``uniform_prior``."""
        answers, weights = self.known_entries(answers), weights[:, None]
        total = (weights * ~np.isnan(answers)).sum(0)
        holds = (weights * (np.nan_to_num(answers) > 0.5)).sum(0)
        return np.where(total > 0, holds / np.maximum(total, 1e-9), self.uniform_prior())

    def count(self, targets, weights):
        there = self.class_probabilities(np.nan_to_num(targets)) > 0.5
        return dict(zip(self.classes, (weights[:, None] * there).sum(0).tolist()))

    def choices(self, targets, answers):
        """What was to be decided, ``choices.Choice`` of rows ``[M, K]``: one decision among the classes."""
        truth = self.class_probabilities(targets)
        return [choices.Choice(truth.argmax(-1), self.decide(answers).argmax(-1), ~np.isnan(truth).any(-1))]

    def decidable(self, targets):
        return (~np.isnan(self.class_probabilities(self.known_entries(targets)))).all(-1).any(-1)

    def confidences(self, truth, answers):
        """Of class memberships ``[M, C]`` and answers ``[M, K]`` ``(confidence [D], right [D], row [D])``: the most
        probable class (grades: the median) and whether a rater named it."""
        row = np.flatnonzero(~np.isnan(truth).any(1))
        top = self.decide(answers[row]).argmax(1)
        return self.class_probabilities(answers)[row, top], truth[row, top], row

    def score_draws(self, targets, answers, drawn):
        return choices.score_draws(self, targets, answers, drawn)

    def rater_scores(self, targets):
        return {'rater_kappa': choices.rater_kappa(self, targets)}


class Multiclass(WordTask):
    """One class out of several; a label may name alternatives: ``{"any_of": [...]}``."""

    def encode_known(self, value):
        if isinstance(value, dict):
            if 'all_of' in value:  # co-existing classes do not fit one choice: kept in the json, masked here
                [self.index(word) for word in value['all_of']]
                return self.unknown()
            value = value['any_of']
        words = [value] if isinstance(value, str) else value
        return self.membership(map(self.index, words)) if words else self.unknown()

    def probabilities(self, logits):
        return logits.float().softmax(-1)

    def known_entries(self, targets):
        alternatives = (targets.sum(-1, keepdims=True) > 1) & (targets == 1)
        return np.where(alternatives, np.nan, targets)

    def logit_terms(self, p):
        return np.log(np.clip(np.asarray(p, np.float64), *CERTAIN))[..., None, :]

    def sample(self, p):
        return F.one_hot(p.multinomial(1)[:, 0], self.num_outputs).float()

    def loss(self, logits, targets, weigh=None):
        return losses.softmax_set_loss(logits, targets, weigh)

    def weights(self, targets, prior):
        return (targets / (len(self.classes) * prior)).sum(-1) / targets.sum(-1)


class Multilabel(WordTask):
    """Any number of classes. A list is complete, unless ``{"all_of": [...], "partial": true}``."""

    exclusive = False
    least_classes = 1

    def sample(self, p):
        return (torch.rand_like(p) < p).float()

    def encode_known(self, value):
        partial = isinstance(value, dict) and value.get('partial', False)
        words = value['all_of'] if isinstance(value, dict) else value
        target = self.membership(self.index(word) for word in ([words] if isinstance(words, str) else words))
        return np.where(target > 0, target, np.nan).astype(np.float32) if partial else target

    def decide(self, p):
        return p > 0.5

    def as_json(self, words):
        return list(words)

    def choices(self, targets, answers):
        """One yes or no (bool) per class."""
        said, known = self.decide(answers), ~np.isnan(targets)
        return [choices.Choice(*each) for each in zip((targets > 0.5).T, said.T, known.T)]

    def decidable(self, targets):
        return (~np.isnan(targets)).any((1, 2))

    def confidences(self, truth, answers):
        """Every class: how probable it was, and whether it was there."""
        row, column = np.nonzero(~np.isnan(truth))
        return answers[row, column], truth[row, column], row


class Binary(WordTask):
    """Yes or no: ``true``/``false`` or one of the two class words, by default ``no``, ``yes``."""

    most_classes = 2

    def __post_init__(self):
        object.__setattr__(self, 'classes', tuple(self.classes) or ('no', 'yes'))
        super().__post_init__()

    @property
    def outputs(self):
        return self.classes[1:]

    def encode_known(self, value):
        return np.float32([value if isinstance(value, bool) else self.index(value)])

    def class_probabilities(self, p):
        return _concatenate([1 - p, p])


class OrdinalOutput(nn.Module):
    """Cumulative logits ``score - threshold_k`` with ordered thresholds (McCullagh, JRSS B 1980)."""

    def __init__(self, in_features, num_thresholds):
        super().__init__()
        self.score = nn.Linear(in_features, 1)
        self.first = nn.Parameter(torch.tensor([-(num_thresholds - 1) / 2]))
        self.steps = nn.Parameter(torch.full((num_thresholds - 1,), 0.5413))  # softplus(0.5413) = 1

    def forward(self, x):
        thresholds = torch.cat([self.first, self.first + F.softplus(self.steps).cumsum(0)])
        return self.score(x) - thresholds


class Ordinal(WordTask):
    """Graded classes, least first; predicted as P(grade > k)."""

    ordered = True

    @property
    def outputs(self):
        return tuple(f'above {word}' for word in self.classes[:-1])

    @property
    def free_outputs(self):
        return 1  # with scales of their own P(grade > k) would not fall with k

    def encode_known(self, value):
        return (self.index(value) > np.arange(self.num_outputs)).astype(np.float32)

    def output(self, in_features):
        return OrdinalOutput(in_features, self.num_outputs)

    def decide(self, p):
        """The median grade, which scores are of: the most probable one would hardly ever be in the middle."""
        return (p > 0.5).sum(-1)[..., None] == np.arange(len(self.classes))

    def say(self, p):
        """The most probable grade: beside its probability a reader expects no other. (The median may be the least
        probable of all: of 0.45, 0.1, 0.45 it is the middle.)"""
        return super().decide(p)

    def consistent(self, p):
        """P(grade > k) falls with k."""
        return np.minimum.accumulate(p, -1)

    def class_probabilities(self, p):
        above = _concatenate([p[..., :1] * 0 + 1, p])
        below = _concatenate([p, p[..., :1] * 0])
        return above - below


def _concatenate(parts):
    return torch.cat(parts, -1) if torch.is_tensor(parts[0]) else np.concatenate(parts, -1)
