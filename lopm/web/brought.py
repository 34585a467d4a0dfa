"""What a base says of one photograph, as far as the page can hold it."""
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lopm.cases.dataset import PREDICTED
from lopm.curation.dates import date_in
from lopm.datasets.coco import lesion_key, rater_of
from lopm.datasets.format import is_outlined, looked_by
from lopm.datasets.groups import has_patient
from lopm.structures import LESION
from lopm.tasks import Tasks
from lopm.web.base import SITE
from lopm.web.models import CODE
from lopm.web.opinions import CONFIRMED
from lopm.web.sites import sites


class Said(NamedTuple):
    """What one rater says of a photograph.

    Attributes:
        rows: Annotations with an outline. whole: Whether the rater says that these are all lesions that are there.
        blind: Of a second reader, whether that was before seeing what others say; None: the rater is none.
    """

    rater: str
    rows: list
    whole: bool
    blind: bool | None


@dataclass
class Entry:
    """A photograph of a base: its ``image``, its ``file``, the annotations of its lesions, those of ``other`` regions,
    the ``Tasks`` of the page, and which rater is a ``model``, '': none."""

    image: dict
    file: Path
    rows: list
    other: list
    tasks: Tasks
    model: str

    def check(self, on):
        """Raises: ValueError: It cannot be brought in."""
        if not self.file.is_file():
            raise ValueError(f'{self.file}: no such photograph; it has to lie where the json says')
        if has_patient(self.image) and not CODE.regex.match(self.image['patient_id']):
            raise ValueError(f'{self.image["file_name"]}: the patient {self.image["patient_id"]!r} cannot be a code of '
                             'the page (up to 40 characters, no spaces); lopm ingest gives names that can')
        self.day(on)

    def day(self, on):
        """The ``date`` of its visit; ``on`` where it names none."""
        said = date_in(str(self.image.get('visit', '')), f'{self.image["file_name"]}: the visit')
        if not (said or on):
            raise ValueError(f'{self.image["file_name"]}: names no day of a visit; say on which such photographs are '
                             'taken to be: --date 2026-03-14')
        return said or on

    def code(self, digest):
        """Of its patient; a photograph that names none is a patient of its own."""
        return self.image['patient_id'] if has_patient(self.image) else f'x{digest[:16]}'

    @property
    def record(self):
        """What is known of the patient on that day."""
        return {name: value for name, value in (self.image.get('record') or {}).items() if value is not None}

    @property
    def said_sites(self):
        """Words of persons for where it was taken, each once."""
        said = [self.image, self.of_photograph, *map(self.by_person, self.rows)]
        return list(dict.fromkeys(str(site) for each in said for site in np.atleast_1d(each.get(SITE, []))))

    @property
    def site(self):
        """The first of them that the page knows, or ''."""
        return next((each for each in self.said_sites if each in sites()), '')

    @property
    def scale(self):
        """Columns of a ``Photograph``."""
        said = self.image.get('scale')
        return {'pixels_per_mm': said['px_per_mm'], 'scale_error': said.get('plus_minus', 0.),
                'scale_by': said.get('by', '')} if said else {}

    @property
    def lesions(self):
        """Their ids."""
        return {row['lesion_id'] for row in self.rows if 'lesion_id' in row}

    @cached_property
    def asked(self):
        """``Tasks`` of lesions."""
        return self.tasks.of('lesion')

    @cached_property
    def looked(self):
        """``{rater: {'blind': whether}}`` of the persons who say that what they have outlined is all that is there.

        Where the base names none, whoever has outlined something on a photograph that is outlined; on one that is free
        of lesions somebody. With a place that has no outline, and none on the page, nobody.
        """
        if not is_outlined(self.image, self.rows) or not all(row.get('segmentation') for row in self.rows):
            return {}
        named = looked_by(self.image)
        if not (named or self.rows or self.model):
            return {'': {}}
        return named or {rater_of(row): {} for row in self.rows if self.drawn(row)}

    def drawn(self, row):
        """Whether a person has drawn an outline."""
        by_model = self.model and rater_of(row) == self.model or (row.get('source') or {}).get(LESION) == PREDICTED
        return bool(row.get('segmentation')) and not by_model

    @staticmethod
    def by_person(row):
        """Words of a lesion that a person has said or confirmed."""
        source = row.get('source') or {}
        return {name: word for name, word in (row.get('attributes') or {}).items()
                if source.get(name, CONFIRMED) == CONFIRMED}

    def words(self, row):
        """What a person says of a lesion, in words of the model."""
        said = {**(self.handed_down if self.drawn(row) else {}), **self.by_person(row)}
        return {name: word for name, word in said.items() if name in self.asked}

    @property
    def of_photograph(self):
        """Words for the photograph as a whole; of one that a model has read they are the model's."""
        return {} if self.model else self.image.get('attributes') or {}

    @cached_property
    def handed_down(self):
        """Those of them that are said of a lesion: of the only one, which a person has drawn."""
        if len(set(map(lesion_key, self.rows))) != 1 or not any(map(self.drawn, self.rows)):
            return {}
        return {name: word for name, word in self.of_photograph.items() if name in self.asked}

    @property
    def own_words(self):
        """Those of them that stay with the photograph, in words of the model."""
        asked = {*self.tasks.of('image'), *self.asked} - self.handed_down.keys()
        return {name: word for name, word in self.of_photograph.items() if name in asked}

    @property
    def foreign(self):
        """Names of what the page does not ask, once for each answer."""
        asked = self.own_words.keys() | self.handed_down.keys()
        said = [name for name in self.of_photograph if name not in asked]
        said += [name for row in self.rows for name in row.get('attributes') or {} if name not in self.asked]
        return [name for name in said if name != SITE]

    @property
    def predicted(self):
        """Outlines of which no person has said anything."""
        return [row for row in self.rows if row.get('segmentation') and not (self.drawn(row) or self.words(row))]

    @property
    def by_rater(self):
        """``[Said]`` of persons, those who see no lesion last."""
        found = defaultdict(list)
        for row in self.rows:
            if row.get('segmentation'):
                found[rater_of(row), 'blind' in row].append(row)
        said = [Said(rater, rows, rater in self.looked, all(row['blind'] for row in rows) if is_second else None)
                for (rater, is_second), rows in found.items()
                if any(self.drawn(row) or self.words(row) for row in rows)]
        heard = {each.rater for each in said}
        return said + [Said(rater, [], True, about.get('blind')) for rater, about in self.looked.items()
                       if rater not in heard]
