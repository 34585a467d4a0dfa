"""The process that has the model: takes jobs from the queue, one photograph at a time, and words beside it.

``python -m lopm.web.worker PACK NAME``, started and watched by ``serve.py``. Whatever a photograph does to its decoder
ends this process and no page; what it had at hand is taken up again, or given up, by ``jobs.release``.
"""
import os
import sys
import threading
import time

import django
from django.db import close_old_connections, connections

IDLE = .05  # seconds between two looks at an empty queue
LONGEST = 300  # seconds of one job; then the process ends


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
    threading.Thread(target=work, args=(reader, name, jobs.QUICK), daemon=True).start()
    work(reader, name, jobs.SLOW)


def work(reader, name, kinds):
    """Do jobs of some kinds, for ever."""
    from lopm.web import jobs
    while True:
        job = jobs.claim(name, kinds)
        if job is None:
            time.sleep(IDLE)
            close_old_connections()
        else:
            attempt(reader, job)


def attempt(reader, job):
    """Do a job, or say why it cannot be done. A fault of ours ends the process: the job is tried once more."""
    from lopm.web import jobs
    from lopm.web.reading import BadPhotograph, CannotBeDone
    watchdog = threading.Timer(LONGEST, os._exit, (1,))
    watchdog.daemon = True
    watchdog.start()
    try:
        reader.do(job)
    except (BadPhotograph, CannotBeDone) as problem:
        jobs.failed(job, str(problem))
    except Exception:
        sys.excepthook(*sys.exc_info())
        connections.close_all()
        os._exit(1)
    finally:
        watchdog.cancel()


if __name__ == '__main__':
    main(*sys.argv[1:])
