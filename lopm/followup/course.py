"""A place in the mouth over many visits: each against the first, a trend, and the visit at which the noise was left."""
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import numpy as np
from scipy.stats import norm

from lopm.followup.card import NO_CARD
from lopm.followup.changes import WORDS, Change
from lopm.followup.comparison import Comparison, compare
from lopm.followup.fates import UNSEEN
from lopm.followup.reading import read_scale
from lopm.followup.scale import Scale
from lopm.sentence import Sentence

YEAR = 365.25  # days
SAME = WORDS[0]
SIZE = 'size'  # the axis
LEAST_DAYS = 3  # visits that a trend takes
FLAGGED, NOT_COMPARED, TURNED, NOTHING, CARD_SAYS, NOT_BY_CARD = NOTES = (
    '{on}: a photograph is flagged and was left out: {flags}',
    '{on}: not compared with {first}: {reason}', '{on}: is a mirror image, and was turned round',
    '{first}: no lesion is outlined that could be compared', '{on}: {reason}',
    '{on}: not brought to the light of {first} by the card: {reason}')


@dataclass(frozen=True)
class Trend:
    """Growth of the area in a year: a factor with its 95 % interval, and the share of lesions that do not change whose
    slope would be smaller."""

    per_year: float
    low: float
    high: float
    probability: float


@dataclass(frozen=True)
class Point:
    """A lesion at a visit, against the first: ``fate``, the ``axes`` (``Change``), its area in square millimetres."""

    on: date
    fate: str
    axes: dict[str, Change] = field(default_factory=dict)
    square_millimetres: float | None = None
    remarks: tuple = ()


@dataclass(frozen=True)
class Track:
    """A lesion of the first visit: its number there, a ``Point`` for each later visit, ``Trend`` of its area or None,
    and per axis the first visit from which on it has been beyond the noise."""

    number: int
    points: list[Point]
    trend: Trend | None
    left: dict[str, date]


@dataclass(frozen=True)
class Course:
    """``first``: date of the first visit. ``tracks``: ``[Track]``. ``appeared``: ``[(date, lesion's number there)]``.
    ``comparisons``: ``{date: Comparison}`` with the first visit. ``scales``: ``{date: Scale}`` of the photographs in
    which one was read. ``notes``: ``[Sentence]``."""

    first: date
    tracks: list[Track]
    appeared: list[tuple]
    comparisons: dict[date, Comparison] = field(repr=False)
    scales: dict[date, Scale] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As json holds it."""
        return _plain({'first': self.first, 'tracks': [asdict(each) for each in self.tracks], 'appeared': self.appeared,
                       'comparisons': {f'{on}': each.to_json() for on, each in self.comparisons.items()},
                       'scales': {f'{on}': each._asdict() for on, each in self.scales.items()},
                       'notes': self.notes})


def course(visits, noise, rulers=True, scales=None, flagged=()) -> Course:
    """Follow a place over its visits.

    Args:
        visits: ``[(date, photograph, outlines)]`` in any order, photograph and outlines as of ``compare``. Of several
            of one day the first stands for the day; the others are repeats (``repeats``).
        noise: ``Noise``.
        rulers: Whether cards and rulers are looked for, two seconds a photograph without a card.
        scales: ``{date: Scale}`` of photographs whose scale is known; nothing is looked for in them.
        flagged: ``[(date, [flag])]`` of photographs that were left out of ``visits``, since they should not be relied
            on; said among the notes.

    Raises:
        ValueError: All are of one day.
    """
    days = by_day(visits)
    left_out = [Sentence(FLAGGED, on=on, flags=[Sentence(flag) for flag in flags]) for on, flags in flagged]
    if len(days) < 2:
        raise ValueError('; '.join([f'{len(visits)} photographs of {len(days)} day: there is nothing to follow; two '
                                    'visits are the fewest', *left_out]))
    of_day = {on: taken[0] for on, taken in days.items()}
    known = scales or {}
    read = {on: read_scale(photograph) for on, (photograph, _) in of_day.items() if on not in known} if rulers else {}
    scales = {on: scale for on in of_day if (scale := known[on] if on in known else read.get(on, (None,))[0])}
    first, *later = of_day
    comparisons = {on: compare(of_day[first], of_day[on], scales=(scales.get(first), scales.get(on)), noise=noise)
                   for on in later}
    notes = [*left_out, *(Sentence(NOT_COMPARED, on=on, first=first, reason=each.refused)
                          for on, each in comparisons.items() if each.refused)]
    notes += [Sentence(TURNED, on=on) for on, each in comparisons.items() if each.mirrored]
    notes += [Sentence(CARD_SAYS, on=on, reason=Sentence(card.reason)) for on, (_, card) in read.items()
              if card.reason not in ('', NO_CARD)]
    notes += [Sentence(NOT_BY_CARD, on=on, first=first, reason=Sentence(each.card_refused))
              for on, each in comparisons.items() if each.card_refused]
    if not any(found.earlier for each in comparisons.values() for found in each.lesions):
        notes.append(Sentence(NOTHING, first=first))
    numbers = sorted({number for each in comparisons.values() for found in each.lesions for number in found.earlier})
    appeared = [(on, number) for on, each in comparisons.items() for found in each.lesions
                if not found.earlier and found.fate != UNSEEN for number in found.later]
    return Course(first, [_track(number, first, comparisons) for number in numbers], appeared, comparisons, scales,
                  notes)


def by_day(visits):
    """``{date: [(photograph, outlines)]}`` in order of time; those of one day in the order in which they are given."""
    days = {}
    for on, *taken in sorted(visits, key=lambda each: each[0]):
        days.setdefault(on, []).append(tuple(taken))
    return days


def repeats(visits):
    """``differences`` of lesions that were photographed more than once on one day, as ``noise_of`` takes them."""
    return [lesion.off for first, *others in by_day(visits).values() for again in others
            for lesion in compare(first, again, scales=(None, None)).lesions if lesion.off]


def _track(number, first, comparisons):
    points = []
    for on, each in comparisons.items():
        found = next((found for found in each.lesions if number in found.earlier), None)
        if found:
            points.append(Point(on, found.fate, found.axes, found.square_millimetres[1], found.remarks))
    axes = dict.fromkeys(axis for point in points for axis in point.axes)
    left = {axis: on for axis in axes if (on := _left(axis, points))}
    return Track(number, points, _trend(first, points), left)


def _left(axis, points):
    """The first visit from which on an axis has been beyond the noise in one direction, or None."""
    known = [(point.on, point.axes[axis].word.split()[-1]) for point in points if axis in point.axes]
    last = None
    for on, word in reversed(known):
        if word != known[-1][1] or word == SAME.split()[-1]:
            break
        last = on
    return last


def _trend(first, points):
    """Straight line through the logs of the areas, by least squares. Every photograph is off by the noise of one, which
    is that of a difference over the square root of 2: the first as the others."""
    known = [(point.on, point.axes[SIZE]) for point in points if SIZE in point.axes]
    if len(known) + 1 < LEAST_DAYS:
        return None
    years = np.array([0, *((on - first).days / YEAR for on, _ in known)])
    sizes = np.array([0, *(np.log(change.value) for _, change in known)])
    years = years - years.mean()
    slope = float(years @ sizes / (years @ years))
    spread = max(float(np.log(change.high / change.low)) / (2 * 1.96) for _, change in known) / 2 ** .5 / float(
        np.sqrt(years @ years))
    low, high = (np.exp(slope + side * 1.96 * spread) for side in (-1, 1))
    return Trend(float(np.exp(slope)), float(low), float(high), float(1 - 2 * norm.sf(abs(slope) / spread)))


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


