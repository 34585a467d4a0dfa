"""``WordTask``: what the kinds that are answered in words have in common."""
import difflib

import numpy as np
import torch

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


def concatenate(parts):
    """Arrays or tensors side by side along the last axis."""
    return torch.cat(parts, -1) if torch.is_tensor(parts[0]) else np.concatenate(parts, -1)
