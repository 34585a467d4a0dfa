"""Damage the files that lopm reads, one change at a time, and see what each reader makes of them.

    python benchmarks/fuzz.py --out fuzz --mutations 5000 --formats FORMATS

Wanted is the right content, or an error that names the file. Counted apart: an error without the file's name, any other
exception, content that became less without a word, and what took over --seconds. The seed makes every file again:
--only NUMBER runs one, and keeps it. FORMATS holds exports that annotation tools wrote, where there are any.
"""
import argparse
import os
import random
import resource
import signal
import time
import traceback
from collections import Counter, defaultdict
from pathlib import Path

from lopm.arguments import run_tool

GOOD = 'same content', 'other content', 'less, and said', 'error that names the file'
BAD = 'error without the file', 'exception', 'less without a word', 'changed without a word', 'unbounded'
BINARY = '.arrow', '.parquet', '.safetensors', '.pth'  # of which no person changes a value
MEMORY = 2_000_000  # kB by which one file may raise what the process has used


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, default=Path('fuzz'), metavar='DIR',
                        help='gets sound files, and those that failed')
    parser.add_argument('--mutations', type=int, default=5000, metavar='N', help='over all readers; default: 5000')
    parser.add_argument('--formats', type=Path, metavar='DIR', help='exports that annotation tools wrote')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--seconds', type=float, default=20, help='that reading one file may take; default: 20')
    parser.add_argument('--reader', metavar='NAME', help='only readers whose name contains this')
    parser.add_argument('--only', type=int, metavar='NUMBER', help='run this mutation alone, with its traceback')
    return parser.parse_args(args)


class TooLong(BaseException):
    """Reading took longer than it may."""


def attempt(read, path, seconds):
    """``(content, said, None)`` of a reader, or ``(None, '', error)``."""
    def stop(*_):
        raise TooLong
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return (*read(path), None)
    except (Exception, SystemExit, TooLong) as error:  # what any reader may raise is what is looked for
        return None, '', error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def judge(reader, found, sound, path, done, lessening):
    """Which of ``GOOD`` and ``BAD`` it is."""
    content, said, error = found
    if isinstance(error, (TooLong, MemoryError, RecursionError)):
        return 'unbounded'
    if error is not None:
        if not isinstance(error, (ValueError, OSError, SystemExit)) or 'a fault of lopm' in str(error):
            return 'exception'
        return 'error that names the file' if reader.named(path) in str(error) else 'error without the file'
    if content == sound[0]:
        return 'same content'
    if path.suffix in BINARY:
        return 'changed without a word'
    if done in lessening or size(content) >= size(sound[0]):
        return 'other content'
    return 'less, and said' if said != sound[1] else 'less without a word'


def size(content):
    """How much there is: values at any depth."""
    if isinstance(content, dict):
        return sum(1 + size(value) for value in content.values())
    if isinstance(content, (list, tuple)):
        return sum(1 + size(value) for value in content)
    return len(content) if isinstance(content, str) and content[:1] in '[{' else 1


def run(args, readers):
    """``{reader: Counter of verdicts}``; files that failed are kept under ``args.out/failed``."""
    from fuzzing.mutations import LESSENING, MUTATIONS
    from rich.progress import track
    kept, table = args.out / 'failed', defaultdict(Counter)
    kept.mkdir(parents=True, exist_ok=True)
    sound = {}
    numbers = range(args.mutations) if args.only is None else [args.only]
    for number in track(numbers, 'damaging files', disable=args.only is not None):
        reader = readers[number % len(readers)]
        draw = random.Random(f'{args.seed} {number}')
        data, done = MUTATIONS[reader.source.suffix](draw, reader.source.read_bytes())
        path = reader.source.with_name(f'damaged_{number}{reader.source.suffix}')
        path = args.out / 'damaged' / path.name if not os.access(reader.source.parent, os.W_OK) else path
        path.parent.mkdir(parents=True, exist_ok=True)
        if reader.source not in sound:
            sound[reader.source] = attempt(reader.read, reader.source, 600)
            if sound[reader.source][2]:
                raise sound[reader.source][2]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        path.write_bytes(data)
        started = time.perf_counter()
        found = attempt(reader.read, path, args.seconds)
        verdict = judge(reader, found, sound[reader.source], path, done, LESSENING)
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before > MEMORY:
            verdict = 'unbounded'
        table[reader.name][verdict] += 1
        if verdict in BAD:
            path.replace(kept / path.name)
            print(f'{number}: {reader.name}: {done}: {verdict}: {type(found[2]).__name__}: {str(found[2])[:200]} '
                  f'({time.perf_counter() - started:.1f} s)')
        path.unlink(missing_ok=True)
        if args.only is not None:
            print(f'{reader.name}, {reader.source}: {done}: {verdict}')
            traceback.print_exception(found[2])
    return table


def report(table):
    """A table of verdicts by reader, and the share that is good."""
    width = max(map(len, table))
    for name, verdicts in sorted(table.items()):
        print(f'{name:{width}}  ' + ', '.join(f'{verdicts[each]} {each}' for each in (*GOOD, *BAD) if verdicts[each]))
    total = sum(table.values(), Counter())
    good = sum(total[each] for each in GOOD)
    print(f'all: {good} of {total.total()} good, {good / total.total():.2%}; '
          + ', '.join(f'{total[each]} {each}' for each in BAD))
    return good / total.total()


def main(args):
    import logging

    from fuzzing.readers import make_readers
    logging.disable()
    args.out.mkdir(parents=True, exist_ok=True)
    readers = [each for each in make_readers(args.out.resolve() / 'sound', args.formats)
               if not args.reader or args.reader in each.name]
    report(run(args, readers))


if __name__ == '__main__':
    run_tool(main, parse_args())
