"""``Task``: what a thing to predict is asked by everything else, whatever its kind."""
from dataclasses import dataclass, field

import numpy as np
from torch import nn

from lopm.statistics.draws import once

NOT_ASSESSABLE = 'not_assessable'
GROUPS = ('visit', 'patient')  # levels that several photographs answer together
LEVELS = ('lesion', 'image', *GROUPS)


@dataclass(frozen=True)
class Task:
    """One thing to predict. A kind is a class that derives from it, and says what it does otherwise.

    Args:
        name: Key in the json, in the logs and in the metrics. Must not contain ``loss`` (mmengine would add what
            is logged under it to the loss).
        classes: Its words, in order (ordinal: from least to most); of a kind that is not answered in words, none.
        level: Of what it is asked: a ``lesion``, a photograph (``image``), all photographs of a patient at one
            ``visit``, or all of a ``patient``. Words of a visit or a patient stand with its photographs.
        valid_if: ``{task: class}`` of a multilabel task: elsewhere the label is masked, and the meta head reads
            "not applicable".
        sensitive_to: Changes of a photograph that change the label: ``hue``, ``blur``, ``scale``. A
            config that augments with one of them is refused.
        needs_rim: Judged along the lesion's border: a lesion of whose rim less than 30 % lies on known background
            (cut by a crop, wedged between neighbors) is masked.
    """

    name: str
    classes: tuple = ()
    level: str = 'lesion'
    valid_if: dict = field(default_factory=dict)
    sensitive_to: tuple = ()
    needs_rim: bool = False

    least_classes, most_classes = 0, 0
    details = ()  # what a table says of an answer besides the answer itself
    score_names = ()  # of ``score_draws``
    judge = None  # the score by which it is judged where a config does not say; higher is better

    def __post_init__(self):
        object.__setattr__(self, 'classes', tuple(self.classes))
        object.__setattr__(self, 'sensitive_to', tuple(self.sensitive_to))
        if 'loss' in self.name or '.' in self.name:
            raise ValueError(f'task name {self.name!r} may contain neither "loss" nor "."; rename the task')
        if self.level not in LEVELS:
            raise ValueError(f'task {self.name}: level {self.level!r} is none of {", ".join(LEVELS)}')
        if len(set(self.classes)) != len(self.classes):
            raise ValueError(f'task {self.name}: a class stands twice in {self.classes}')
        most = len(self.classes) if self.most_classes is None else self.most_classes
        if not self.least_classes <= len(self.classes) <= most:
            raise ValueError(f'task {self.name}: {len(self.classes)} classes in {self.classes}; its kind needs '
                             f'{self.least_classes or "none"}' + (' or more' if self.most_classes is None else ''))

    @property
    def num_outputs(self) -> int:
        """K, how many numbers an answer has."""
        return len(self.outputs)

    @property
    def outputs(self) -> tuple:
        """What each of the K entries is called."""
        raise NotImplementedError

    def encode(self, value) -> np.ndarray:
        """A json value (``None``: not rated) as a target ``[K]``.

        Raises:
            ValueError: It is no answer to this task.
        """
        return self.unknown() if value is None or value == NOT_ASSESSABLE else self.encode_known(value)

    def encode_known(self, value):
        """A json value that says something, as a target ``[K]``."""
        raise NotImplementedError

    def unknown(self) -> np.ndarray:
        return np.full(self.num_outputs, np.nan, np.float32)

    def output(self, in_features) -> nn.Module:
        """The module that maps a lesion's descriptor ``[L, D]`` to logits ``[L, K]``."""
        return nn.Linear(in_features, self.num_outputs)

    def probabilities(self, logits):
        """Logits ``[..., K]`` as answers ``[..., K]``; torch."""
        raise NotImplementedError

    def loss(self, logits, targets):
        """Logits ``[L, K]``, targets ``[L, R, K]`` -> ``Loss`` per lesion ``[L]``."""
        raise NotImplementedError

    def inputs(self, p):
        """What a meta head reads of an answer ``[L, K]``, in numbers of about 1: ``[L, K]``; torch."""
        return p

    def uncertainty(self, p):
        """How unsure an answer is, ``[L]`` of torch answers ``[L, K]``; comparable among tasks only by its order."""
        raise NotImplementedError

    def sample(self, p):
        """Answers drawn from torch answers ``[L, K]``, in the form of targets ``[L, K]``."""
        raise NotImplementedError

    def known_entries(self, targets):
        """Targets ``[..., K]`` for counting and scoring: where a label names alternatives, which of them holds is
        unknown (nan)."""
        return targets

    def decidable(self, targets):
        """The lesions of targets ``[N, R, K]`` on which a score can tell right from wrong, bool ``[N]``."""
        return ~np.isnan(self.known_entries(targets)).all((1, 2))

    def uniform_prior(self) -> np.ndarray:
        """What is said, ``[K]``, where nothing is known of the photograph, nor of the base."""
        raise NotImplementedError

    def prior(self, answers, weights):
        """What is said, ``[K]``, where nothing is known but the answers ``[N, K]`` of a part, each of which counts
        ``weights`` ``[N]``."""
        raise NotImplementedError

    def count(self, targets, weights):
        """How much of the weight ``[N]`` of targets ``[N, K]`` lies with each class, ``{class: float}``."""
        return {}

    def score_draws(self, targets, answers, drawn):
        """``{score: [1 + B]}`` of ``score_names`` under every draw of the lesions; nan where nothing is labelled.

        Args:
            targets: ``[N, R, K]``. answers: ``[N, K]``. drawn: ``lopm.statistics.draws.Draws`` of the N lesions.
        """
        raise NotImplementedError

    def score(self, targets, answers):
        """``{score: float}``: ``score_draws`` of the sample alone; nan, too, where an answer is nan."""
        if np.isnan(answers).any():
            return dict.fromkeys(self.score_names, np.nan)
        drawn = self.score_draws(targets, answers, once(len(answers)))
        return {name: float(values[0]) for name, values in drawn.items()}

    def rater_scores(self, targets):
        """How far raters agree with each other, ``{score: float}``, from targets ``[N, R, K]``: what a model's scores
        can be compared with."""
        raise NotImplementedError
