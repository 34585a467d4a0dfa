"""The queue between pages and workers, in the database: what was put there outlives every process.

A job is waiting, running, and done or failed. Who claims one counts a try; what a worker left behind that died is
waiting again, after what has ended none, and failed when it has ended three of them.
"""
from django.db import transaction
from django.utils import timezone

from lopm.web.models import Job, Photograph

READ, OUTLINES, WORDS, SCALE, REPORT = 'read', 'outlines', 'words', 'scale', 'report'
FOLLOW, PRINT = 'follow', 'print'  # a place that is followed, and its page as PDF
BRING, EXPORT, AGREEMENT = 'bring', 'export', 'agreement'
CORRECTIONS = WORDS, OUTLINES, SCALE  # one of them at a time
# Each of these has a thread of its own in a worker: nobody waits with a word for a photograph, with a photograph for a
# place, which may take minutes, nor with a place for an export, which may take an hour. One thread alone writes PDFs.
QUICK = (WORDS, SCALE)
SLOW = (READ, OUTLINES, REPORT, PRINT)
PLACES = (FOLLOW,)
LONG = (EXPORT, AGREEMENT, BRING)  # of a whole department, or so many that nobody sits and waits for them
MOST = 500  # photographs that wait; whoever comes then is told
TRIES = 3  # a random end of the program, or two, say nothing of the photograph
DIED = 'The program that reads photographs has ended three times with this one; make it smaller, and send it again.'


class Full(Exception):
    """So many wait already that nothing more is taken."""


class Gone(Exception):
    """A job that was deleted with its photograph while it was done."""


def put(kind, photograph=None, by=None, patient=None, department=None, **given):
    """Put a job; within a transaction it is there when that is.

    Raises:
        Full: ``MOST`` photographs wait to be read.
    """
    if kind == READ and Job.objects.filter(kind=READ, state=Job.State.WAITING).count() >= MOST:
        raise Full
    return Job.objects.create(kind=kind, photograph=photograph, patient=patient, department=department, by=by,
                              given=given, urgent=kind not in (READ, BRING))


def claim(worker, kinds):
    """The next job of some kinds for a worker, or None. Two workers never get the same."""
    waiting = Job.objects.filter(state=Job.State.WAITING, kind__in=kinds).order_by('-urgent', 'tries', 'id')
    if not waiting.exists():  # asked often: without the lock of a writer
        return None
    with transaction.atomic():
        job = waiting.select_for_update(skip_locked=True).first()
        if job:
            job.state, job.worker, job.tries = Job.State.RUNNING, worker, job.tries + 1
            job.save()
    return job


def done(job):
    """A job that is done; what was asked is not kept.

    Raises:
        Gone: It is there no more.
    """
    if not Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, ended=timezone.now(), given={}):
        raise Gone


def failed(job, problem):
    """A job that cannot be done, and a photograph that cannot be read with it."""
    with transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED, ended=timezone.now(), problem=problem[:300])
        if job.kind in (READ, BRING):
            Photograph.objects.filter(pk=job.photograph_id).update(state=Photograph.State.FAILED, problem=problem[:300])


def back(job):
    """Give back a job that could not be done through no fault of its own: the try does not count."""
    Job.objects.filter(pk=job.pk).update(state=Job.State.WAITING, tries=job.tries - 1)


def release(worker=None):
    """Give back what a worker that is no more has left; None: what all of them have. Returns how many it were."""
    left = list(Job.objects.filter(state=Job.State.RUNNING, **({'worker': worker} if worker else {})))
    for job in left:
        if job.tries >= TRIES:
            failed(job, DIED)
        else:
            Job.objects.filter(pk=job.pk).update(state=Job.State.WAITING)
    return len(left)
