"""The kind that is yes or no."""
import numpy as np

from lopm.tasks.words import WordTask, concatenate


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
        return concatenate([1 - p, p])
