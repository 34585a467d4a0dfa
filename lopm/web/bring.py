"""A base of lopm brought into a department: its photographs, and what raters have said of them.

Photographs are read by the worker as those that are sent are. What the first rater of one has outlined and named
becomes its second version; other raters, and whoever the base calls a second reader, become second readings.
"""
import shutil
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.db import transaction

from lopm.cases.dataset import PREDICTED
from lopm.curation.dates import date_in
from lopm.datasets.coco import lesion_key, rater_of
from lopm.datasets.format import is_outlined, lesion_categories, read_dataset
from lopm.datasets.groups import has_patient
from lopm.datasets.masks import decode_segmentation
from lopm.drawn import outline_of
from lopm.files import sha256, whole_file
from lopm.structures import LESION
from lopm.tasks import NOT_ASSESSABLE, Tasks
from lopm.web import jobs, trail
from lopm.web.base import SITE, tasks_at
from lopm.web.middleware import RESERVE
from lopm.web.models import CODE, Patient, Photograph, SecondReading, Visit
from lopm.web.opinions import CONFIRMED, fits
from lopm.web.sites import sites


def bring_in(path, department, place, on=None):
    """Bring a data set in. What is there already is left as it is: after a stop the same command goes on.

    Args:
        path: Of its json. on: ``date`` of the visit of photographs that name no day.

    Returns:
        How many of what, ``Counter``.

    Raises:
        ValueError: A photograph is missing, a patient's id is no code, a visit has no day, the disk is full. Nothing
            was brought in then.
    """
    entries = entries_of(Path(path), tasks_at(place))
    for each in entries:
        each.check(on)
    needed = sum(each.file.stat().st_size for each in entries)
    if shutil.disk_usage(place.folder).free < needed + RESERVE:
        raise ValueError(f'{place.folder}: the disk has no room for {needed >> 20} MB of photographs; make some')
    done = Counter()
    for each in entries:
        bring_photograph(each, each.day(on), department, place, done)
    return done


def entries_of(path, tasks):
    """The ``Entry`` of each photograph of a data set."""
    content = read_dataset(path)
    model = ((content.get('info') or {}).get('predicted_by') or {}).get('version', '')
    lesions, said = lesion_categories(content), defaultdict(list)
    for row in content['annotations']:
        if row['category_id'] in lesions:
            said[row['image_id']].append(row)
    return [Entry(image, path.parent / image['file_name'], said[image['id']], tasks, model)
            for image in content['images']]


@dataclass
class Entry:
    """A photograph of a base: its ``image``, its ``file``, the annotations of its lesions, the ``Tasks`` of the page,
    and which rater is a ``model``."""

    image: dict
    file: Path
    rows: list
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
    def site(self):
        found = [site for row in self.rows for site in np.atleast_1d((row.get('attributes') or {}).get(SITE, []))]
        return found[0] if found and found[0] in sites() else ''

    @property
    def whole(self):
        """Whether a person says that these are all lesions that are there."""
        return is_outlined(self.image, self.rows) and (any(map(self.drawn, self.rows)) or not (self.rows or self.model))

    def drawn(self, row):
        """Whether a person has drawn an outline."""
        return bool(row.get('segmentation')) and rater_of(row) != self.model \
            and (row.get('source') or {}).get(LESION) != PREDICTED

    def words(self, row):
        """What a person says of a lesion, in words of the model; of the only one what is said of the photograph."""
        source, alone = row.get('source') or {}, len(set(map(lesion_key, self.rows))) == 1
        own = {name: word for name, word in (row.get('attributes') or {}).items()
               if source.get(name, CONFIRMED) == CONFIRMED}
        return {name: word for name, word in {**(self.of_photograph if alone else {}), **own}.items()
                if name in self.tasks.of('lesion')}

    @property
    def of_photograph(self):
        return self.image.get('attributes') or {}

    @property
    def predicted(self):
        """Outlines of which no person has said anything."""
        return [row for row in self.rows if row.get('segmentation') and not (self.drawn(row) or self.words(row))]

    @property
    def foreign(self):
        """Names of what the model of the page does not ask, once for each answer."""
        return [name for row in self.rows for name in row.get('attributes') or {}
                if name not in self.tasks and name != SITE]

    def by_rater(self):
        """``({rater: [row]}, {rater: [row]})``: those who may have seen what others said, then second readers."""
        found = defaultdict(list)
        for row in self.rows:
            if row.get('segmentation'):
                found[rater_of(row), 'blind' in row].append(row)
        said = {key: rows for key, rows in found.items() if any(self.drawn(row) or self.words(row) for row in rows)}
        return [{rater: rows for (rater, is_second), rows in said.items() if is_second == second}
                for second in (False, True)]


def bring_photograph(entry, day, department, place, done):
    """One photograph with what is said of it, whole or not at all."""
    digest = sha256(entry.file)
    with transaction.atomic():
        patient = Patient.objects.filter(department=department, code__iexact=entry.code(digest)).first() \
            or Patient.objects.create(department=department, code=entry.code(digest))
        visit, _ = Visit.objects.get_or_create(patient=patient, on=day, defaults={
            'record': {name: value for name, value in (entry.image.get('record') or {}).items() if value is not None}})
        if visit.photographs.filter(digest=digest).exists():
            done['photographs that were there'] += 1
            return
        photograph = Photograph.objects.create(pk=uuid.uuid4(), visit=visit, digest=digest, site=entry.site)
        first, seconds = entry.by_rater()
        rater, rows = next(iter(first.items()), ('', []))
        if rows and not entry.whole:  # of a person who has named some of what a model has outlined
            rows = rows + entry.predicted
        for name, own in [*list(first.items())[1:], *seconds.items()]:
            SecondReading.objects.create(photograph=photograph, rater=name, blind=all(row.get('blind') for row in own),
                                         lesions=[second_lesion(entry, row, done) for row in own])
            done['second readings'] += 1
        said = {'rater': rater, 'whole': entry.whole and bool(rows or not entry.rows),
                'lesions': [{'segmentation': row['segmentation'], 'words': plain(entry, entry.words(row), done)}
                            for row in rows],
                'photograph': plain(entry, {name: word for name, word in entry.of_photograph.items()
                                            if name in entry.tasks.of('image')}, done)}
        done['photographs'] += 1
        done['of which a person has said something'] += bool(rows or said['whole'] or said['photograph'])
        done['places without an outline, left out'] += sum(not row.get('segmentation') for row in entry.rows)
        done.update(f'answers to {name}, which the model does not ask, left out' for name in entry.foreign)
        with whole_file(place.incoming / str(photograph.pk), 0o600) as partial:
            shutil.copyfile(entry.file, partial)
        jobs.put(jobs.BRING, photograph, said=said)
        trail.note(None, 'photograph brought in', photograph.pk)


def second_lesion(entry, row, done):
    """A lesion of a ``SecondReading``; a mask as polygons."""
    drawn = row['segmentation']
    if isinstance(drawn, dict):
        drawn = outline_of(decode_segmentation(drawn, entry.image['height'], entry.image['width']))['polygons']
    return {'polygons': drawn, 'words': plain(entry, entry.words(row), done)}


def plain(entry, words, done):
    """The words that the model knows and that say what holds; alternatives and lists that are not complete do not."""
    kept = {name: word for name, word in words.items() if is_plain(entry.tasks[name], word)}
    done['words that the model does not know or that leave open what holds, left out'] += len(words) - len(kept)
    return kept


def is_plain(task, word):
    return word == NOT_ASSESSABLE or fits(task, word) and not np.isnan(
        task.known_entries(task.encode(word)[None])).any()
