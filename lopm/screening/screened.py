"""A session that was screened, as plain data."""
from dataclasses import asdict, dataclass, field
from typing import Any

from lopm.screening.views import MISSING, UNUSABLE


@dataclass
class Photo:
    """A photograph: which view it shows, by what that is known, why it is unusable (nothing: it is not), and how many
    lesions were found on it."""

    name: str
    view: str
    view_by: str
    unusable: list[str]
    lesions: int


@dataclass
class Spot:
    """A lesion that was found.

    Attributes:
        number: In the session, from 1 on. photograph: Its name.
        site: Words; [] where neither the model nor the view says. site_by: ``model``, ``view`` or ''.
        diagnosis: ``{word: probability}`` of what is said, surest first.
        features: ``{task: [word]}`` of all else that is said in words.
        grades: ``{grade: probability}`` of the referral, as its table has it.
        abstains: Why no diagnosis should be read, or ''.
    """

    number: int
    photograph: str
    site: list[str]
    site_by: str
    diagnosis: dict[str, float]
    features: dict[str, list[str]]
    grades: dict[str, float] = field(default_factory=dict)
    abstains: str = ''


@dataclass
class Referral:
    """What is said of referring: read of the whole visit, and by the table from the lesions' diagnoses ({}: no table,
    or no lesion). ``abstains``: why the first should not be read, or ''. ``possible``: the words that a pack cannot
    rule out, likeliest first; None where it does not know."""

    task: str
    probabilities: dict[str, float]
    by_table: dict[str, float]
    abstains: str = ''
    possible: list[str] | None = None

    @property
    def word(self):
        return max(self.probabilities, key=self.probabilities.get)

    @property
    def table_word(self):
        return max(self.by_table, key=self.by_table.get) if self.by_table else ''

    @property
    def more_urgent(self):
        """Of the word that is read directly and that of the table the higher one."""
        return max((self.word, self.table_word or self.word), key=list(self.probabilities).index)

    @property
    def differ(self):
        return bool(self.by_table) and self.word != self.table_word


@dataclass
class Decision:
    """At an operating point: whether the score, the network's own probability of ``word`` (``above``: or above it),
    reaches the threshold."""

    word: str
    above: bool
    score: float
    threshold: float
    refer: bool


@dataclass
class Person:
    """What is said of the patient as a whole, from the record and the usable photographs of the session alone.

    Attributes:
        words: ``{task: {word: probability}}`` of what is said, surest first.
        numbers, times: As of ``lopm.findings.Findings``.
        abstains: ``{task: why its words should not be read}``.
        possible: ``{task: [word]}``, likeliest first, that a pack cannot rule out; nothing of a task that it does not
            know.
    """

    words: dict[str, dict[str, float]]
    numbers: dict[str, dict[str, Any]]
    times: dict[str, dict[str, float]]
    abstains: dict[str, str]
    possible: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Screened:
    """A session that was screened; it never says that a mouth is healthy.

    Attributes:
        session, patient, visit: What it is called, whose it is, and of which day.
        views: ``{view: shown, unusable or missing}``, in the order of the protocol.
        photographs, lesions: ``[Photo]``, ``[Spot]`` on those that are usable.
        sites: ``{site: [numbers of lesions]}``, most lesions first; '' is a site that nobody knows. A lesion that two
            photographs show stands there twice.
        referral, decision: None where the model has no such task, or no operating point is given.
        reason: Number of the lesion that weighs most, or None; ``reason_by``: the table, its diagnosis, its outline.
        distribution: ``{word: probability}`` of how lesions are spread, where the model says it; {} elsewhere.
        model: What said it.
        person: ``Person``; None where the model is asked nothing of a patient.
    """

    session: str
    patient: str
    visit: str
    views: dict[str, str]
    photographs: list[Photo]
    lesions: list[Spot]
    sites: dict[str, list[int]]
    referral: Referral | None
    decision: Decision | None
    reason: int | None
    reason_by: str
    distribution: dict[str, float]
    model: dict[str, Any] = field(default_factory=dict)
    person: Person | None = None

    @property
    def again(self):
        """The views that have to be photographed, for the first time or again."""
        return [view for view, state in self.views.items() if state in (MISSING, UNUSABLE)]

    def to_json(self) -> dict[str, Any]:
        """As json holds it."""
        more = {'word': self.referral.word, 'table_word': self.referral.table_word,
                'differ': self.referral.differ} if self.referral else {}
        plain = asdict(self)
        return {**plain, 'referral': {**plain['referral'], **more} if self.referral else None, 'again': self.again}
