"""A base of lopm brought into a department: its photographs, and what raters have said of them.

Photographs are read by the worker as those that are sent are. What the first rater of one has outlined and named
becomes its second version; other raters who have outlined all that they see, and whoever the base calls a second
reader, become second readings, also where they see no lesion. What the page has no place for is left out, and counted.
"""
import shutil
import uuid
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from django.db import transaction

from lopm.datasets.format import lesion_categories, read_dataset
from lopm.datasets.masks import decode_segmentation
from lopm.drawn import outline_of
from lopm.files import sha256, whole_file
from lopm.tasks import NOT_ASSESSABLE
from lopm.web import jobs, trail
from lopm.web.base import tasks_at
from lopm.web.brought import Entry, Said
from lopm.web.middleware import RESERVE
from lopm.web.models import Patient, Photograph, SecondReading, Visit
from lopm.web.opinions import fits
from lopm.web.same_lesion import follow_again

NO_PLACE = 'device', 'center', 'attributes_by_rater'  # that the page has for what a base says of a photograph
NOBODY = Said('', [], False, None)


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
    follow_again([(bring_photograph(each, each.day(on), department, place, done), each.lesions) for each in entries],
                 done)
    return +done


def entries_of(path, tasks):
    """The ``Entry`` of each photograph of a data set."""
    content = read_dataset(path)
    model = ((content.get('info') or {}).get('predicted_by') or {}).get('version', '')
    lesions, said = lesion_categories(content), defaultdict(lambda: ([], []))
    for row in content['annotations']:
        said[row['image_id']][row['category_id'] not in lesions].append(row)
    return [Entry(image, path.parent / image['file_name'], *said[image['id']], tasks, model)
            for image in content['images']]


def bring_photograph(entry, day, department, place, done):
    """One photograph with what is said of it, whole or not at all. Returns its row, also where it was there."""
    digest = sha256(entry.file)
    with transaction.atomic():
        visit = visit_for(entry, department, entry.code(digest), day, done)
        there = visit.photographs.filter(digest=digest).first()
        if there:
            done['photographs that were there'] += 1
            return there
        photograph = Photograph.objects.create(pk=uuid.uuid4(), visit=visit, digest=digest, site=entry.site,
                                               **entry.scale)
        readers = entry.by_rater
        first = next((each for each in readers if each.blind is None), NOBODY)
        said = second_version(entry, first, done)
        seconds = [second_reading(entry, each, photograph, done) for each in readers if each is not first]
        done['photographs'] += 1
        done['of which a person has said something'] += bool(said['whole'] or said['lesions'] or said['photograph']
                                                             or any(seconds))
        done.update(left_out(entry))
        with whole_file(place.incoming / str(photograph.pk), 0o600) as partial:
            shutil.copyfile(entry.file, partial)
        jobs.put(jobs.BRING, photograph, said=said)
        trail.note(None, 'photograph brought in', photograph.pk)
        return photograph


def visit_for(entry, department, code, day, done):
    """The visit of a photograph, made where there is none; the record of one that is there stands."""
    patient = Patient.objects.filter(department=department, code__iexact=code).first() \
        or Patient.objects.create(department=department, code=code)
    visit, _ = Visit.objects.get_or_create(patient=patient, on=day, defaults={'record': entry.record})
    done['with another record than their visit has, whose record stands'] += entry.record not in ({}, visit.record)
    return visit


def second_version(entry, first, done):
    """What a job is given: outlines and words of the first rater (``Said``), and words for the whole photograph."""
    rows = first.rows
    if rows and not first.whole:  # who has named some of what a model has outlined, or has not outlined all there is
        done["outlines on photographs that are not outlined, kept as a model's"] += sum(map(entry.drawn, rows))
        rows = rows + entry.predicted
    return {'rater': first.rater, 'whole': first.whole, 'photograph': plain(entry, entry.own_words, done),
            'lesions': [{'segmentation': row['segmentation'], 'words': plain(entry, entry.words(row), done)}
                        for row in rows]}


def second_reading(entry, said, photograph, done):
    """What another rater says (``Said``), where these are all lesions that the rater sees: a second reading says no
    less. Returns whether it does."""
    if said.whole:
        SecondReading.objects.create(photograph=photograph, rater=said.rater, blind=bool(said.blind),
                                     lesions=[second_lesion(entry, row, done) for row in said.rows])
    done['second readings' if said.whole else 'further raters who have not outlined all there is, left out'] += 1
    return said.whole


def second_lesion(entry, row, done):
    """A lesion of a ``SecondReading``; a mask as polygons."""
    drawn = row['segmentation']
    if isinstance(drawn, dict):
        drawn = outline_of(decode_segmentation(drawn, entry.image['height'], entry.image['width']))['polygons']
    return {'polygons': drawn, 'words': plain(entry, entry.words(row), done)}


def left_out(entry):
    """What the page has no place for, as ``{words: how many}``."""
    return Counter({
        'places without an outline, left out': sum(not row.get('segmentation') for row in entry.rows),
        'outlines of other regions than lesions, left out': len(entry.other),
        'sites that the page does not know, or beside the first, left out': len(entry.said_sites) - bool(entry.site),
        **Counter(f'answers to {name}, which the model does not ask, left out' for name in entry.foreign),
        **{f'{name} of photographs, left out': 1 for name in NO_PLACE if name in entry.image}})


def plain(entry, words, done):
    """The words that the model knows and that say what holds; alternatives and lists that are not complete do not."""
    kept = {name: word for name, word in words.items() if is_plain(entry.tasks[name], word)}
    done['words that the model does not know or that leave open what holds, left out'] += len(words) - len(kept)
    return kept


def is_plain(task, word):
    return word == NOT_ASSESSABLE or fits(task, word) and not np.isnan(
        task.known_entries(task.encode(word)[None])).any()
