"""The process that has the model: takes jobs from the queue, one photograph at a time; words and places beside it.

``python -m lopm.web.worker PACK NAME``, started and watched by ``serve.py``. Whatever a photograph does to its decoder
ends this process and no page; what it had at hand is taken up again, or given up, by ``jobs.release``.
"""
import contextlib
import logging
import os
import sys
import threading
import time
import warnings

import django
from django.db import close_old_connections, connections

IDLE = .05  # seconds between two looks at an empty queue
LAZY, SLOWER = .5, 1.1  # where nothing comes each pause is longer by a tenth, until it is LAZY: looking takes the core
FULL = 10  # seconds between two looks at a full disk
LONGEST = 300  # seconds of one job; then the process ends
LONGEST_OF_ALL = 3600  # of one with all cases of a department


def main(pack, name):
    from lopm.workers import end_with_parent
    end_with_parent()
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'lopm.web.settings')
    django.setup()
    import cv2

    from lopm.files import write_json
    from lopm.predictor import Predictor
    from lopm.web import jobs
    from lopm.web.place import Place
    from lopm.web.reading import Reader
    from lopm.web.speech import model_of
    cv2.setNumThreads(1)
    place = Place.from_environment()
    predictor = Predictor(pack, batch_size=1, threads=1, looked=True)
    reader = Reader(predictor, place)
    write_json(place.model, model_of(predictor))
    with quiet():
        begin(reader, name)
        work(reader, name, jobs.SLOW)


def begin(reader, name):
    """The threads beside that of photographs."""
    from lopm.web import jobs
    for kinds in (jobs.QUICK, jobs.PLACES, jobs.LONG):
        threading.Thread(target=work, args=(reader, name, kinds), daemon=True).start()


@contextlib.contextmanager
def quiet():
    """Nothing that a decoder says of a file is printed: it may quote who is on it."""
    before = logging.root.manager.disable
    logging.disable()
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        yield
    logging.disable(before)


def work(reader, name, kinds):
    """Do jobs of some kinds, for ever. Whatever goes wrong but for a full disk, which is waited for, ends the process
    with its other threads: ``serve.py`` gives back what it had at hand, and starts another."""
    from lopm.web import jobs
    pause = IDLE
    while True:
        job = with_room(jobs.claim, name, kinds)
        if job is None:
            time.sleep(pause)
            close_old_connections()
        elif not attempt(reader, job):
            time.sleep(FULL)
            with_room(jobs.back, job)
        pause = IDLE if job or kinds == jobs.QUICK else min(SLOWER * pause, LAZY)  # a person waits for a word


def with_room(do, *args):
    """Call something that writes in the database, again and again as long as the disk is full."""
    from lopm.web.outage import is_full
    while True:
        try:
            return do(*args)
        except Exception as error:
            if not is_full(error):
                end()
        time.sleep(FULL)


def attempt(reader, job):
    """Do a job; False where the disk was full. A fault of ours, or a job without an end, ends the process: it is tried
    once more."""
    from lopm.web.outage import is_full
    watchdog = threading.Timer(LONGEST_OF_ALL if job.department_id else LONGEST, os._exit, (1,))
    watchdog.daemon = True
    watchdog.start()
    try:
        settle(reader, job)
    except Exception as error:
        if not is_full(error):
            end()
        print(f'{error}; it is tried again', file=sys.stderr, flush=True)
        return False
    finally:
        watchdog.cancel()
    return True


def end():
    sys.excepthook(*sys.exc_info())
    connections.close_all()
    os._exit(1)


def settle(reader, job):
    """Do a job, or say why it cannot be done; of what was deleted meanwhile nothing stays."""
    from lopm.web import jobs
    from lopm.web.reading import BadPhotograph, CannotBeDone
    from lopm.web.retention import remove_photograph
    try:
        reader.do(job)
    except jobs.Gone:
        remove_photograph(job.photograph_id)
    except (BadPhotograph, CannotBeDone) as problem:
        jobs.failed(job, str(problem))
        if job.kind in (jobs.READ, jobs.BRING):
            remove_photograph(job.photograph_id)


if __name__ == '__main__':
    main(*sys.argv[1:])
