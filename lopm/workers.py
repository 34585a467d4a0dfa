"""A pool of processes for work on photographs: quiet, of one thread each, and gone when the run is."""
import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import cv2


@contextlib.contextmanager
def start_workers(number, prepare=None, *args):
    """A ``ProcessPoolExecutor`` of fresh processes, which import only what their work does. (A fork of a process with
    threads may hang.)

    Whatever ends the block early drops the work that has not begun.

    Args:
        prepare: Called with ``args`` once in every process, such as to keep what all its work has in common.

    Raises:
        ValueError: A process was ended from outside, as the system does when memory runs out.
    """
    with ProcessPoolExecutor(number, multiprocessing.get_context('spawn'), _begin, (prepare, args)) as pool:
        try:
            yield pool
        except BrokenProcessPool:
            raise ValueError('a worker was ended by the system, most likely for lack of memory; run again with fewer '
                             '--workers, it goes on where it was') from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _begin(prepare, args):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process ends the run
    warnings.simplefilter('ignore')  # decoders quote a file's tags in them, and what those say of a patient
    logging.disable()
    cv2.setNumThreads(1)  # the processes share the cores already
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if prepare:
        prepare(*args)


def _end_with_parent():
    """Without this the workers of a killed run would wait for work for ever."""
    multiprocessing.parent_process().join()
    os._exit(1)
