"""The kind that is any number of classes."""
import numpy as np
import torch

from lopm.tasks import choices
from lopm.tasks.words import WordTask


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
