"""Files that are there whole or not at all, and errors that name them. Imports nothing heavy."""
import contextlib
import csv
import errno
import fcntl
import hashlib
import json
import math
import os
import re
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec


@contextmanager
def whole_file(path, mode=0o666):
    """A temporary path beside ``path`` to write to; it takes the place of ``path`` when the block has ended well.

    An error, a kill or a full disk at any moment leaves what was there before. Two processes that write the same file
    have a temporary one each, and what was left by a killed one is used again.

    Args:
        mode: Who may read and write it; 0o600: its owner alone, from the first byte on.

    Raises:
        OSError: The folder may not be written, the disk is full; in a sentence that names ``path``.
    """
    path, partial = Path(path), None
    try:
        partial, lock = _own_partial(path, mode)
        with os.fdopen(lock):
            try:
                yield partial
                _sync(partial)
                os.replace(partial, path)
            except BaseException:
                partial.unlink(missing_ok=True)  # as long as it is locked: later its name may be that of another's
                raise
            _sync(path.parent)
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(path), str(partial), str(path.parent)):
            raise
        kept = '; what was there before still is' if path.is_file() else ''
        raise OSError(error.errno, f'could not write {path}: {os.strerror(error.errno)}{kept}') from error


def _own_partial(path, mode):
    """A temporary file that no other process writes, and the descriptor that keeps it so as long as it is open.

    The system gives up the lock of a process that was killed.
    """
    for name in (f'{path.name}.partial', f'{path.name}.{os.getpid()}-{secrets.token_hex(4)}.partial'):
        partial = path.with_name(name)
        try:
            lock = os.open(partial, os.O_WRONLY | os.O_CREAT, mode)
            if mode != 0o666:
                os.fchmod(lock, mode)  # of a killed run, and whoever may read it
        except OSError as error:
            raise OSError(error.errno, os.strerror(error.errno), str(path)) from None
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if partial.exists() and os.fstat(lock).st_ino == partial.stat().st_ino:  # not renamed by another meanwhile
                return partial, lock
        os.close(lock)
    raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN), str(path))


@contextmanager
def sole_run(folder, wait=20):
    """The only run that writes to a folder, which is made; a lock that the system gives up when the process ends.

    Args:
        wait: Seconds that one is waited for: the workers of a run that was killed hold its lock until they have ended.

    Raises:
        ValueError: Another one is at work. OSError: The folder cannot be made or written.
    """
    from filelock import FileLock, Timeout
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / '.lock')
        lock.acquire(timeout=wait)
    except Timeout:
        raise ValueError(f'{folder}: another run is at work in it; wait for its end, or name another folder') from None
    except OSError as error:
        raise OSError(error.errno, f'could not write to {folder}: {os.strerror(error.errno or 0)}') from error
    try:
        yield folder
    finally:
        lock.release()


def _sync(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path, text):
    """Write a ``whole_file`` in UTF-8. Returns the path."""
    with whole_file(path) as partial:
        partial.write_text(text, encoding='utf-8')
    return path


def write_json(path, content, indent=None):
    """As ``write_text``, in json; with ``indent`` a line per value, for people; nan becomes null."""
    try:
        text = json.dumps(content, indent=indent, allow_nan=False)
    except ValueError:  # seldom: to look for it beforehand would cost as much as to write
        text = json.dumps(without_nan(content), indent=indent, allow_nan=False)
    return write_text(path, text)


def without_nan(content):
    """Dicts, lists and values with None in the place of nan and infinity, which json cannot say.

    >>> without_nan({'auroc': [float('nan'), 0.5], 'n': 3})
    {'auroc': [None, 0.5], 'n': 3}
    """
    if isinstance(content, dict):
        return {key: without_nan(each) for key, each in content.items()}
    if isinstance(content, list | tuple):
        return [without_nan(each) for each in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def write_table(path, header, rows, mode=0o666):
    """Write a csv as a ``whole_file``: floats with six digits, empty where a value is nan or None. Returns the path."""
    with whole_file(path, mode) as partial, partial.open('w', newline='', encoding='utf-8') as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows(map(_as_text, rows))
    return path


def _as_text(row):
    return ['' if value is None or value != value else f'{value:.6g}' if isinstance(value, float) else value
            for value in row]


KEY = re.compile(rb'"\s*:')  # the end of a key; within a text, too, but there as often before and after


def parse_json(text, path, kind=Any, fix='it was edited by hand or is damaged: restore it'):
    """What a json text says, read strictly: no NaN or Infinity, no key twice, no nesting without end.

    Args:
        text: str or bytes in UTF-8, with or without a byte order mark.
        path: Of the file, for errors.
        kind: Type that it must have, as msgspec checks types: a Struct, ``dict[str, int]`` ...
        fix: What to do about a file that is no json.

    Raises:
        ValueError: Names the file, what is wrong where, and the fix.
    """
    data = (text.encode() if isinstance(text, str) else text).removeprefix(b'\xef\xbb\xbf')
    try:
        content = msgspec.json.decode(data)
        # Of a key that stands twice the second is kept: what was read, written again, then has fewer.
        if len(KEY.findall(data)) != len(KEY.findall(msgspec.json.encode(content))) and _what_is_wrong(data):
            raise ValueError
        return content if kind is Any else msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f'{path}: {str(error).replace("`", "")}; {fix}') from None
    except RecursionError:
        raise ValueError(f'{path}: no valid json (nested too deeply); {fix}') from None
    except ValueError as error:
        raise ValueError(f'{path}: no valid json ({_what_is_wrong(data) or error}); {fix}') from None


def _what_is_wrong(data):
    """Where a text is no strict json, by Python's slower reader, which knows lines and columns; '' if it finds none."""
    try:
        json.loads(data, object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        return str(error)
    return ''


def _unique(pairs):
    """A dict of pairs; a key that stands twice is an error, since one of the two would be lost."""
    entries = dict(pairs)
    if len(entries) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f'the key {max(keys, key=keys.count)!r} stands twice in one object')
    return entries


def _no_number(name):
    raise ValueError(f'{name} is no number; write null where nothing is known')


def read_json(path, kind=Any):
    """A json file of ours, read as ``parse_json`` does."""
    return parse_json(Path(path).read_bytes(), path, kind)


def sha256(path):
    """The SHA-256 of a file's content, in hex."""
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()
