"""The noise floor: by how much photographs of one day differ, of lesions that cannot have changed."""
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from lopm.files import read_json, write_json
from lopm.followup.changes import AXES, OVERALL, overall_score, score
from lopm.sentence import Sentence

SHIPPED = Path(__file__).with_name('noise.json')  # of exact outlines
SHIPPED_BY_MODEL = Path(__file__).with_name('noise_by_model.json')  # of a network's outlines, which differ by more
LEVEL = .95  # of the repeats that stay within the noise
LEAST = 8  # repeats; with fewer, the largest of them says little
REPEATS, OF_DEPARTMENT, DRAWN, DRAWN_BY_MODEL = SOURCES = (  # of lopm follow, lopm web and benchmarks/followup.py
    'repeats of one day in {folder}', 'lesions that {department} has photographed twice on one day: {count}',
    "drawn repeats of {views} views with exact outlines: drawings, no clinic's and no model's outlines",
    "drawn repeats of {views} views with a model's outlines: drawings, no clinic's")


@dataclass(frozen=True)
class Noise:
    """What repeats of one day show.

    Attributes:
        source: Whose repeats, in words.
        count: How many lesions were photographed twice.
        spread: ``{measure: standard deviation}`` of the difference of two photographs.
        scores: ``{axis: sorted numbers}``, by how many deviations each repeat is off (``changes.score``), and
            "overall".
    """

    source: str
    count: int
    spread: dict[str, float]
    scores: dict[str, list[float]]

    @property
    def drawn(self):
        """Whether it comes from drawings, and says nothing of a clinic's camera."""
        return any(re.fullmatch(_pattern(template), self.source, re.DOTALL) for template in (DRAWN, DRAWN_BY_MODEL))

    @property
    def said(self):
        """The source as a ``Sentence``, where it is one of ``SOURCES``, else as it stands."""
        for template in SOURCES:
            if found := re.fullmatch(_pattern(template), self.source, re.DOTALL):
                return Sentence(template, **found.groupdict())
        return self.source

    @property
    def limits(self):
        """``{axis: number}`` that 19 of 20 repeats stay under."""
        return {axis: _limit(known) for axis, known in self.scores.items()}

    def probability(self, axis, known):
        """Share of repeats that differ less, never quite 1: n repeats do not show what happens once in n + 1."""
        scores = self.scores[axis]
        return float(np.searchsorted(scores, known) / (len(scores) + 1))

    def save(self, path):
        write_json(path, asdict(self), indent=1)


def _pattern(template):
    """A regular expression of sentences that were made from a template."""
    return re.sub(r'{(\w+)}', r'(?P<\1>.*)', template)


def _limit(known):
    """The quantile that the next repeat stays under with 95 % (as of conformal sets); of few, the largest."""
    rank = int(np.ceil(LEVEL * (len(known) + 1)))
    return known[min(rank, len(known)) - 1]


def noise_of(repeats, source):
    """``Noise`` of ``[differences]`` of lesions that were photographed twice on one day.

    Raises:
        ValueError: Too few.
    """
    if len(repeats) < LEAST:
        raise ValueError(f'{source}: {len(repeats)} lesions were photographed twice on one day; {LEAST} are the fewest '
                         'that say how much is noise')
    spread = {}
    for name in (name for axis in AXES.values() for name in axis):
        known = np.abs([each[name] for each in repeats if name in each])
        if len(known) >= LEAST:
            # the tail counts, not the middle alone: a factor of a fifth more where photographs sometimes go wrong
            spread[name] = max(float(np.sqrt(np.mean(np.minimum(known, np.quantile(known, .98)) ** 2))),
                               float(np.quantile(known, LEVEL)) / 1.96, 1e-6)
    scores = {axis: sorted(known for each in repeats if (known := score(axis, each, spread)) is not None)
              for axis in AXES}
    scores = {axis: known for axis, known in scores.items() if len(known) >= LEAST}
    spread = {name: each for name, each in spread.items() if any(name in AXES[axis] for axis in scores)}
    limits = {axis: _limit(known) for axis, known in scores.items()}
    scores[OVERALL] = sorted(overall_score({axis: score(axis, each, spread) for axis in limits}, limits)
                             for each in repeats if any(score(axis, each, spread) is not None for axis in limits))
    rounded = {axis: [round(each, 4) for each in known] for axis, known in scores.items()}
    return Noise(source, len(repeats), spread, rounded)


def load_noise(path=SHIPPED):
    """The ``Noise`` of a file; by default of drawn repeats with exact outlines, which says nothing of a clinic's
    camera, nor of a model's outlines (``SHIPPED_BY_MODEL``: of those of a small network, also on drawings).

    Raises:
        ValueError: No such file, or not of this kind.
    """
    return read_json(path, Noise)
