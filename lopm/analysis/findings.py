"""What an analysis hands to the csv and to the report: one number, of how much, with its interval."""
from typing import NamedTuple

from lopm.files import write_table


class Finding(NamedTuple):
    """One statistic. Empty fields do not apply; nan in ``value``: cannot be said, and ``note`` says why.

    Attributes:
        section: ``prevalence``, ``agreement``, ``association``, ``redundancy``, ``ceiling`` or ``measured``.
        statistic: Its name; ``feature``: the task; ``word``: its class, where it is about one.
        against: The other side: a pair of raters, a diagnosis, another feature, a measured value.
        low, high: 95 % interval, patients resampled (photographs where no patient is named).
        lesions, photographs, patients: Of how much; a lesion that is photographed twice counts twice.
        p, q: Of independence; q after Benjamini and Hochberg over all features.
    """

    section: str
    statistic: str
    feature: str = ''
    word: str = ''
    against: str = ''
    value: float = float('nan')
    low: float = float('nan')
    high: float = float('nan')
    lesions: int = 0
    photographs: int = 0
    patients: int | None = None
    p: float | None = None
    q: float | None = None
    note: str = ''

    @property
    def name(self):
        return f'{self.feature}: {self.word}' if self.word else self.feature


def pick(findings, section, statistic, **fields):
    """The findings of one statistic, in order; further fields narrow the choice."""
    wanted = dict(section=section, statistic=statistic, **fields)
    return [finding for finding in findings if all(getattr(finding, key) == value for key, value in wanted.items())]


def percent(value):
    """A share in words: whole percents, but never "0%" or "100%" of what is not; nothing for nan."""
    if value != value:
        return ''
    return f'{value:.1%}' if 0 < value < 0.095 or 0.99 < value < 1 else f'{value:.0%}'


def write_csv(path, findings):
    """All findings, a line each; the file appears complete or not at all."""
    write_table(path, Finding._fields, findings)
