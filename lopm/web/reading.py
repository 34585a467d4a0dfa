"""What a worker does with a job: photographs read, outlines and words corrected, reports written.

Each is done whole or not at all: files first, under names that a repeat would use again, then one transaction.
"""
import contextlib
import hashlib

import cv2
from django.db import transaction

from lopm.case import noted
from lopm.cases.live import AnotherModel, keep, revive
from lopm.curation.intake.clean import clean
from lopm.datasets.masks import decode_segmentation
from lopm.datasets.photographs import BadPhotograph, read_photograph, upright_size
from lopm.files import whole_file
from lopm.findings import corrected
from lopm.followup import read_card, scale_between
from lopm.web import jobs
from lopm.web.agreement import agreement_of
from lopm.web.base import base_of, write_zip
from lopm.web.models import Made, Photograph, Reading
from lopm.web.mouths import THUMB, look_of, points_of
from lopm.web.opinions import fits
from lopm.web.remarks import remarks_on
from lopm.web.reporting import write_report
from lopm.web.retention import forget_exports
from lopm.web.scales import scale_of, set_scale
from lopm.web.speech import said_of

LEAST, MOST = 32, 20_000  # pixels of a side of what anything can be seen on
MOST_PIXELS = 100_000_000  # of a photograph; to read so large a one takes a minute and 2 GB


class CannotBeDone(ValueError):
    """A job that no repeat would do; its words are for who asked for it."""


@contextlib.contextmanager
def in_words():
    """What a person has asked for and the model refuses in words is told to that person."""
    try:
        yield
    except ValueError as refusal:
        raise CannotBeDone(str(refusal)) from None


class Reader:
    """Does jobs with one model. Args: ``predictor``: of a pack. ``place``: ``Place``."""

    def __init__(self, predictor, place):
        self.predictor, self.place = predictor, place
        self.by_kind = {jobs.READ: self.read, jobs.OUTLINES: self.outlines, jobs.WORDS: self.words,
                        jobs.SCALE: self.scale, jobs.REPORT: self.report, jobs.FOLLOW: self.follow,
                        jobs.PRINT: self.print_place, jobs.BRING: self.read, jobs.EXPORT: self.export,
                        jobs.AGREEMENT: self.agreement}

    def do(self, job):
        """Do a job.

        Raises:
            CannotBeDone, BadPhotograph: It cannot be done. Whatever else is a fault, or the machine's.
        """
        self.by_kind[job.kind](job)

    def read(self, job):
        """A photograph that came: its pixels alone in a new file, and what the model says of it."""
        photograph = job.photograph
        source = self.place.incoming / str(photograph.pk)
        row = self.encode(source, photograph)
        path = self.place.photograph(photograph.pk)
        case = self.predictor(path, record=photograph.visit.record)
        case.name = str(photograph.pk)
        points = points_of(self.place.photograph(photograph.pk, 'thumb'))
        remarks = remarks_on(photograph, row['sha256'], points, self.place)
        brought = self.brought(path, case, job.given.get('said'))
        if not photograph.pixels_per_mm:  # else a base that was brought in has said it
            set_scale(photograph, read_card(path).scale)
        with transaction.atomic():
            Photograph.objects.filter(pk=photograph.pk).update(
                state=Photograph.State.READ, width=row['width'], height=row['height'], pixels=row['sha256'],
                remarks=remarks, look=look_of(points).tobytes() if len(points) else b'',
                pixels_per_mm=photograph.pixels_per_mm, scale_error=photograph.scale_error,
                scale_by=photograph.scale_by)
            self.add(photograph, case, Reading.What.MODEL, None)
            if brought:
                self.add(photograph, brought, what_of(job.given['said']), None, job.given['said']['rater'])
            jobs.done(job)
        self.put_away(job)

    def brought(self, path, case, said):
        """The case as a rater of a base that was brought in has said it (``bring.py``); None where none has."""
        if not (said and (said['whole'] or said['lesions'] or said['photograph'])):
            return None
        if said['whole'] or said['lesions']:
            size = case.size[::-1]
            outlines = [decode_segmentation(each['segmentation'], *size).astype(bool) for each in said['lesions']]
            case = self.predictor.outlined(path, outlines, case.record, case, said['rater'])
        for i, words in enumerate(each['words'] for each in said['lesions']):
            case = case.correct(words, i, said['rater']) if words else case
        return case.correct(said['photograph'], 'photograph', said['rater']) if said['photograph'] else case

    def put_away(self, job):
        """Remove a photograph as it came, whose pixels are kept."""
        (self.place.incoming / str(job.photograph_id)).unlink(missing_ok=True)

    def encode(self, source, photograph):
        """Write the pixels of a file, and a small picture of them, where the pages look for them."""
        path = self.place.photograph(photograph.pk)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        if not source.is_file():
            if path.is_file():  # put back from a backup that was made in the moment of its reading
                pixels = read_photograph(path)
                return {'sha256': hashlib.sha256(pixels).hexdigest(), 'width': pixels.shape[1],
                        'height': pixels.shape[0]}
            raise CannotBeDone('What came of this photograph is gone; send it again.')
        size = upright_size(source)
        if size and size[0] * size[1] > MOST_PIXELS:
            raise CannotBeDone('{} x {} pixels, more than {} million; make it smaller'.format(
                *size, MOST_PIXELS // 10**6))
        row, problem = clean(source, path.with_suffix(''))
        if problem:
            raise CannotBeDone(problem)
        sides = row['width'], row['height']
        if min(sides) < LEAST or max(sides) > MOST:
            raise CannotBeDone('{} x {} pixels, where a photograph has {} to {} a side'.format(*sides, LEAST, MOST))
        written = path.parent / row['file_name'].rpartition('/')[2]
        pixels = read_photograph(written)
        if written != path:  # of what was not compressed; the pages know one kind of file
            with whole_file(path, 0o600) as partial:
                partial.write_bytes(cv2.imencode('.jpg', pixels, [cv2.IMWRITE_JPEG_QUALITY, 98])[1])
            written.unlink()
        factor = min(1, THUMB / max(pixels.shape[:2]))
        small = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        with whole_file(self.place.photograph(photograph.pk, 'thumb'), 0o600) as partial:
            partial.write_bytes(cv2.imencode('.jpg', small, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])
        return row

    def words(self, job):
        """A clinician's words in the place of predictions."""
        photograph, words, lesion = job.photograph, job.given['words'], job.given['lesion']
        case = self.current(photograph, job.given['seen'])
        with in_words():
            case = case.correct(words, lesion, by=job.by.username)
        self.finish(job, case, Reading.What.WORDS)

    def scale(self, job):
        """Millimetres, by two clicks."""
        photograph = job.photograph
        case = self.current(photograph, job.given['seen'])
        with in_words():
            found = scale_between(*job.given['points'], job.given['millimetres'])
        set_scale(photograph, found)
        with transaction.atomic():
            photograph.save(update_fields=['pixels_per_mm', 'scale_error', 'scale_by'])
            self.finish(job, case, Reading.What.SCALE)

    def outlines(self, job):
        """Lesions as a person has drawn them; what was said of one by a person still holds of it."""
        photograph, drawn = job.photograph, job.given['lesions']
        before = self.current(photograph, job.given['seen'])
        with in_words():
            case = self.predictor.outlined(self.place.photograph(photograph.pk), [each['polygons'] for each in drawn],
                                           before.record, before, job.by.username)
        said = [lesion.corrected for lesion in before.lesions]
        origins = [each.get('origin') for each in drawn]
        say_again(case, before.photograph.corrected, [
            said[origin] if origin is not None and origin < len(said) else {} for origin in origins])
        self.finish(job, case, Reading.What.OUTLINES)

    def current(self, photograph, seen=None):
        """The case that stands, ready to be corrected.

        Raises:
            CannotBeDone: Another person has changed it since it was ``seen``; None: whatever stands.
        """
        reading = photograph.reading
        if seen is not None and reading.number != seen:
            raise CannotBeDone('changed meanwhile')
        try:
            return revive(reading.case, reading.live, self.predictor)
        except AnotherModel:
            return self.again(photograph, reading)

    def again(self, photograph, reading):
        """A case that another model has said, as this one says it of the same outlines, words of persons kept."""
        case = self.predictor.outlined(
            self.place.photograph(photograph.pk), [lesion['outline']['polygons'] for lesion in reading.case['lesions']],
            reading.case['record'])
        case.name = reading.case['name']
        regions = [reading.case['photograph'], *reading.case['lesions']]
        said, left_out = zip(*(self.in_its_words(each['corrected']) for each in regions))
        case.history = [*reading.case['history'], noted('', before={
            'model': reading.case['model']['version'], **({'left_out': left_out} if any(left_out) else {})})]
        say_again(case, said[0], said[1:])
        return case

    def in_its_words(self, said):
        """``(words that this model knows, those that it does not)`` of what persons have said, ``{task: answer}``."""
        tasks = self.predictor.tasks
        known = {name: word for name, word in said.items() if name in tasks and fits(tasks[name], word)}
        return known, {name: word for name, word in said.items() if name not in known}

    def finish(self, job, case, what):
        with transaction.atomic():
            self.add(job.photograph, case, what, job.by)
            jobs.done(job)

    def add(self, photograph, case, what, by, rater=''):
        """One more version; the database refuses a second one of its number.

        Raises:
            Gone: The photograph was deleted meanwhile.
        """
        if not Photograph.objects.select_for_update().filter(pk=photograph.pk).values_list('pk').first():
            raise jobs.Gone
        last = photograph.reading
        Reading.objects.create(
            photograph=photograph, number=last.number + 1 if last else 1, what=what, by=by, rater=rater,
            case=case.to_json(),
            live=keep(case, self.predictor), said=said_of(case, self.predictor, scale_of(photograph)))

    def report(self, job):
        """A report of some photographs, in the language of who asked."""
        photographs = Photograph.objects.filter(pk__in=job.given['photographs'], state=Photograph.State.READ)
        path = self.place.reports / job.given['file']
        write_report(path, job.given['ending'], photographs.order_by('turn', 'at', 'id'), self, job.given['language'])
        if photographs.count() < len(job.given['photographs']):  # one was deleted, of which nothing may stay
            path.unlink()
            raise CannotBeDone('A photograph of this report was deleted meanwhile.')
        jobs.done(job)

    def export(self, job):
        """A department's base as a zip, in the place of the one before."""
        with in_words():
            base = base_of(job.department, self.place, job.given['every'])
        made = Made(department=job.department, kind=job.kind, by=job.by, facts=base.facts)
        path = self.place.export(made)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            write_zip(base, path)
            self.finish_base(job, made, base)
        except (FileNotFoundError, jobs.Gone):
            path.unlink(missing_ok=True)
            raise CannotBeDone('A photograph was deleted meanwhile; ask again.') from None

    def finish_base(self, job, made, base):
        """
        Raises:
            Gone: A photograph of it was deleted, of which nothing may stay.
        """
        with transaction.atomic():
            numbers = [path.stem for path in base.files.values()]
            if Photograph.objects.filter(pk__in=numbers).count() < len(numbers):
                raise jobs.Gone
            forget_exports(job.department_id, but=made)
            made.save()
            jobs.done(job)

    def agreement(self, job):
        """How far readers of a department agree, in the place of what was counted before."""
        found = agreement_of(job.department, self.place)
        with transaction.atomic():
            Made.objects.filter(department=job.department, kind=job.kind).delete()
            Made.objects.create(department=job.department, kind=job.kind, by=job.by, facts=found)
            jobs.done(job)

    def follow(self, job):
        """The photographs of a place, compared over its visits."""
        from lopm.web.following import follow
        with in_words():
            follow(job, self.predictor)
        jobs.done(job)

    def print_place(self, job):
        """The page of a place as PDF."""
        from lopm.web.following import print_page
        with in_words():
            print_page(job)
        jobs.done(job)


def say_again(case, of_photograph, of_lesions):
    """Put the words that persons have said into a case that was read anew: of the photograph, and of each lesion."""
    if of_photograph:
        case.photograph = corrected(case.photograph, of_photograph)
    for i, words in enumerate(of_lesions):
        if words:
            case.lesions[i] = corrected(case.lesions[i], words)


def what_of(said):
    """What a version is that a rater of a base has said: of all outlines, or of words alone."""
    return Reading.What.OUTLINES if said['whole'] else Reading.What.WORDS


__all__ = ['BadPhotograph', 'CannotBeDone', 'Reader', 'scale_of']
