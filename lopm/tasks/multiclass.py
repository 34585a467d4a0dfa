"""The kind that is one class out of several."""
import numpy as np
import torch.nn.functional as F

from lopm import losses
from lopm.tasks.words import CERTAIN, WordTask


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
