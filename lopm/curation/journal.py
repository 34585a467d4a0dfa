"""Results that cost time, kept as lines of a file: a stopped run goes on from it, what is unchanged costs nothing."""
import functools
import hashlib
import itertools
import json
from pathlib import Path

from threadpoolctl import threadpool_limits

from lopm.files import parse_json, write_text
from lopm.workers import start_workers


def remembered(path, names, jobs, work, workers, title, is_whole=lambda result: True):
    """Results of ``work(*job)`` for each job, in order; what stands in the file ``path`` is not worked out again.

    Args:
        names: Of the jobs: text that changes with all that a result depends on (``fingerprint``).
        work: Gives what json holds; in processes where ``workers`` is 2 or more, so it is a function of a module.
        title: Of the progress bar.
        is_whole: Whether what belongs to a result is there still; else it is made again.
    """
    from rich.progress import track
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {name: result for name, result in _read(path).items() if is_whole(result)}
    todo = {name: job for name, job in zip(names, jobs) if name not in known}
    done = zip(todo, each(work, list(todo.values()), workers))
    with open(path, 'a', encoding='utf-8') as file:
        for name, result in track(done, title, len(todo)) if todo else ():
            known[name] = result
            file.write(json.dumps([name, result]) + '\n')
            file.flush()
    return [known[name] for name in names]


def each(work, jobs, workers):
    """``work(*job)`` in order; in processes, which a stop ends at once."""
    if workers < 2 or len(jobs) < 2 * workers:
        with threadpool_limits(1):  # as in a process of its own: many small products wait for threads, not for work
            yield from itertools.starmap(work, jobs)
        return
    with start_workers(workers) as pool:
        yield from pool.map(work, *zip(*jobs), chunksize=min(64, 1 + len(jobs) // (16 * workers)))


def fingerprint(code, *parts):
    """A short hash of what a result depends on: the ``code`` (of ``code_of``), and parts that json can hold."""
    return hashlib.sha256(json.dumps([code, *parts]).encode()).hexdigest()[:32]


@functools.cache
def code_of(*modules):
    """Hash of the source of modules."""
    return hashlib.sha256(b''.join(Path(module.__file__).read_bytes() for module in modules)).hexdigest()


def _read(path):
    """``{name: result}``; a last line that a killed run left half-written is cut off."""
    lines = path.read_text(encoding='utf-8').split('\n')[:-1] if path.is_file() else []
    write_text(path, ''.join(f'{line}\n' for line in lines))
    return dict(parse_json(line, path, fix='remove it: it is made anew') for line in lines)
