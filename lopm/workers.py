"""A pool of processes for work on photographs: quiet, of one thread each, and gone when the run is."""
import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
import warnings
from collections import deque
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing.connection import wait as wait_for

import cv2
from threadpoolctl import threadpool_limits


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
    threadpool_limits(1)
    end_with_parent()
    if prepare:
        prepare(*args)


def end_with_parent():
    """Let this process end when the one that started it has ended, be it killed: nobody waits for its work.

    Any kind of child may call it (forked, spawned, started by torchrun). It is looked for once a second: to wait for
    multiprocessing's own pipe does not do, since forked siblings hold its other end. ``os._exit`` asks nobody: a data
    worker that ends by itself waits until its full queue is read, which nobody will do any more.
    """
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)
    threading.Thread(target=watch, daemon=True).start()


def run_apart(work, jobs, number):
    """Call ``work(job)`` for each job in a process of its own, ``number`` at a time; yield the jobs as they end.

    Whatever ends the loop early ends the processes.

    Raises:
        ValueError: One has failed.
    """
    context, waiting, running = multiprocessing.get_context('spawn'), list(jobs), {}
    try:
        while waiting or running:
            while waiting and len(running) < number:
                process = context.Process(target=_apart, args=(work, waiting[0]))
                process.start()
                running[process.sentinel] = process, waiting.pop(0)
            for sentinel in wait_for(running):
                process, job = running.pop(sentinel)
                process.join()
                if process.exitcode:
                    raise ValueError(f'{job} failed (exit status {process.exitcode})')
                yield job
    finally:
        for process, _ in running.values():
            process.terminate()
            process.join()


def _apart(work, job):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process ends the run
    end_with_parent()
    work(job)


def ahead(work, items, threads, most):
    """Yield ``work(item)`` of each item in their order, done by threads, at most so many ahead of who takes them.

    For work that waits or leaves Python, such as reading and decoding files. ``items`` may be of any length.
    """
    items, waiting = iter(items), deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            while True:
                waiting.extend(pool.submit(work, item) for item in islice(items, most - len(waiting)))
                if not waiting:
                    return
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # who stops taking does not wait for the rest
