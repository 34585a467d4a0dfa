"""Starts the page and watches over it: the server of the pages, and the workers that have the model.

What ends is started again; what a worker had at hand is given back to the queue. All end with this process.
"""
import math
import os
import signal
import subprocess
import sys
import time

from lopm.web.languages import compile_catalogs

LOOK = .2  # seconds between two looks
PATIENCE = 20  # seconds in which they may end by themselves
TIDY = 3600  # seconds between two looks for files that nothing refers to
AGAIN = 2  # seconds before what has ended is started again


def prepare(place):
    """The folder, the catalogs and the tables of the database; and Django, ready in this process.

    Raises:
        ValueError: The database does not answer.
    """
    os.umask(0o077)
    place.prepare()
    compile_catalogs(place.locale)
    os.environ.update(place.environment(), DJANGO_SETTINGS_MODULE='lopm.web.settings')
    import django
    django.setup()
    from django.core.management import call_command
    from django.db import OperationalError
    try:
        call_command('migrate', verbosity=0, interactive=False)
    except OperationalError as error:
        raise ValueError(f'the database cannot be opened or written: {error}') from None


def serve(place, pack, address, workers=1):
    """Serve until a signal ends it."""
    from lopm.web import jobs
    jobs.release()
    place.model.unlink(missing_ok=True)
    commands = {'server': ['lopm.web.server', address],
                **{f'worker {i}': ['lopm.web.worker', str(pack), f'worker {i}'] for i in range(1, workers + 1)}}
    running = {name: start(command) for name, command in commands.items()}
    stopped, tidied = [], -math.inf
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda number, _: stopped.append(number))
    while not stopped:
        time.sleep(LOOK)
        if time.monotonic() > tidied + TIDY:
            tidy()
            tidied = time.monotonic()
        for name, process in running.items():
            if process.poll() is not None and not stopped:
                say(f'{name} has ended ({process.returncode}) and is started again')
                time.sleep(AGAIN)
                if name == 'server' or given_back(name):
                    running[name] = start(commands[name])
    stop(running.values())


def given_back(worker):
    """Give back what a worker has left; whether the database could be told."""
    from lopm.web import jobs
    return asked(jobs.release, worker) is not None


def tidy():
    """Remove files that nothing refers to."""
    from lopm.web.retention import sweep
    if count := asked(sweep):
        say(f'{count} files removed that nothing refers to: a crash has cut short an upload or a deletion')


def asked(do, *args):
    """What a call says that asks the database; None where that does not answer, or the disk is full."""
    from django.db import DatabaseError, close_old_connections
    close_old_connections()
    try:
        return do(*args)
    except (DatabaseError, OSError) as error:
        say(f'no answer, which is asked for again: {error}'.rstrip())
        return None


def say(text):
    print(text, file=sys.stderr, flush=True)


def start(command):
    """A process of one thread for arithmetic: pools of several wait for each other where pages want the cores too."""
    return subprocess.Popen([sys.executable, '-m', *command], start_new_session=True,
                            env={**os.environ, 'OMP_NUM_THREADS': '1'})


def stop(processes):
    """End processes, those that do not end by themselves after a while as well."""
    for process in processes:
        process.terminate()
    until = time.monotonic() + PATIENCE
    for process in processes:
        try:
            process.wait(max(until - time.monotonic(), .1))
        except subprocess.TimeoutExpired:
            process.kill()
