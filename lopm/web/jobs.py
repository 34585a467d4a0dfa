"""The queue between pages and workers, in the database: what was put there outlives every process.

A job is waiting, running, and done or failed. Who claims one counts a try; what a worker left behind that died is
waiting again, and failed when it has ended two of them.
"""
from django.db import transaction
from django.utils import timezone

from lopm.web.models import Job, Photograph

READ, OUTLINES, WORDS, SCALE, REPORT, FOLLOW = 'read', 'outlines', 'words', 'scale', 'report', 'follow'
CORRECTIONS = WORDS, OUTLINES, SCALE  # one of them at a time
QUICK = (WORDS, SCALE)  # which a thread of its own does: nobody waits for a photograph with a word
SLOW = (READ, OUTLINES, REPORT, FOLLOW)
MOST = 500  # photographs that wait; whoever comes then is told
TRIES = 2
DIED = 'This photograph has ended the program that reads it, twice.'


class Full(Exception):
    """So many wait already that nothing more is taken."""


def put(kind, photograph=None, by=None, patient=None, **given):
    """Put a job; within a transaction it is there when that is.

    Raises:
        Full: ``MOST`` photographs wait to be read.
    """
    if kind == READ and Job.objects.filter(kind=READ, state=Job.State.WAITING).count() >= MOST:
        raise Full
    return Job.objects.create(kind=kind, photograph=photograph, patient=patient, by=by, given=given,
                              urgent=kind != READ)


def claim(worker, kinds):
    """The next job of some kinds for a worker, or None. Two workers never get the same."""
    waiting = Job.objects.filter(state=Job.State.WAITING, kind__in=kinds).order_by('-urgent', 'id')
    if not waiting.exists():  # asked often: without the lock of a writer
        return None
    with transaction.atomic():
        job = waiting.select_for_update(skip_locked=True).first()
        if job:
            job.state, job.worker, job.tries = Job.State.RUNNING, worker, job.tries + 1
            job.save()
    return job


def done(job):
    job.state, job.ended, job.given = Job.State.DONE, timezone.now(), {}
    job.save()


def failed(job, problem):
    """A job that cannot be done, and a photograph that cannot be read with it."""
    with transaction.atomic():
        job.state, job.ended, job.problem = Job.State.FAILED, timezone.now(), problem[:300]
        job.save()
        if job.kind == READ:
            Photograph.objects.filter(pk=job.photograph_id).update(state=Photograph.State.FAILED, problem=problem[:300])


def release(worker=None):
    """Give back what a worker that is no more has left; None: what all of them have."""
    left = Job.objects.filter(state=Job.State.RUNNING, **({'worker': worker} if worker else {}))
    for job in left:
        if job.tries >= TRIES:
            failed(job, DIED)
        else:
            job.state = Job.State.WAITING
            job.save()
