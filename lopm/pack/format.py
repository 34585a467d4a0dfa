"""The folder of a pack, and the one file that says what is in it.

    pack.json               all that is no tensor, and the SHA-256 of every other file
    weights.safetensors     of the network; of an ensemble weights_1.safetensors and so on beside it
    flags.safetensors       which photographs not to ask about
    index.safetensors       what the training lesions look like to the network
    noise.json              the noise floor of followed lesions, where one was given
    card.md                 who may use it for what, for people

Nothing in it is executed: json and tensors. One flipped byte anywhere is refused.
"""
import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec

from lopm.evaluation.doubt import OfTask
from lopm.files import parse_json, sha256, without_nan, write_json

FILE, FORMAT = 'pack.json', 1
WEIGHTS, FLAGS, INDEX, CARD = 'weights.safetensors', 'flags.safetensors', 'index.safetensors', 'card.md'
NOISE = 'noise.json'


class Range(msgspec.Struct):
    """What is usual of a measured value: the 5th, 50th and 95th of 100 lesions, and of how many."""

    low: float
    middle: float
    high: float
    lesions: int


class Known(msgspec.Struct):
    """A training lesion that others are compared with: its words, a number that stands for its patient, and the name
    of its photograph where that may be shown."""

    words: dict[str, Any]
    patient: int
    photograph: str = ''


class Content(msgspec.Struct):
    """What pack.json holds.

    Attributes:
        format: Version of the format.
        name, made: What it is called, and the day it was made.
        config: What the network is built from, how it sees a photograph, and the record that it reads.
        doubt: ``{task: OfTask}``.
        ranges: ``{task: {word: {measured value: Range}}}``.
        known: The lesions of the index, in its order.
        card: What the card says, as data.
        versions: Of the packages that made it.
        files: ``{name: SHA-256}``.
        sha256: Of all of the above.
    """

    format: int
    name: str
    made: str
    config: dict[str, Any]
    doubt: dict[str, OfTask]
    ranges: dict[str, dict[str, dict[str, Range]]]
    known: list[Known]
    card: dict[str, Any]
    versions: dict[str, str]
    files: dict[str, str]
    sha256: str = ''


def weights_of(number):
    """The file of the weights of the n-th network of an ensemble."""
    return f'weights_{number}.safetensors' if number else WEIGHTS


def is_pack(path):
    return (Path(path) / FILE).is_file()


def write_content(folder, **content):
    """Write pack.json for the files that stand in the folder. Returns the ``Content`` as it will be read."""
    folder = Path(folder)
    files = {path.relative_to(folder).as_posix(): sha256(path) for path in sorted(folder.rglob('*'))
             if path.is_file() and path.name != FILE}
    found = msgspec.to_builtins(Content(format=FORMAT, files=files, **content))
    found = msgspec.convert(without_nan(found), Content)
    found.sha256 = _digest(found)
    write_json(folder / FILE, msgspec.to_builtins(found), indent=1)
    return found


def read_content(folder):
    """The ``Content`` of a pack, once every byte of it is what was written.

    Raises:
        ValueError: No pack, one of a newer format, or one that was changed since; names the file.
    """
    folder = Path(folder)
    path = folder / FILE
    if not path.is_file():
        raise ValueError(f'{folder}: no {FILE} in it; make a pack of a run with lopm pack RUN OUT')
    fix = 'the pack is damaged or was changed: copy it again'
    plain = parse_json(path.read_bytes(), path, dict[str, Any], fix=fix)
    if isinstance(plain.get('format'), int) and plain['format'] > FORMAT:
        raise ValueError(f'{path}: a pack of format {plain["format"]}, and this lopm reads up to {FORMAT}; install a '
                         'newer lopm')
    found = parse_json(path.read_bytes(), path, Content, fix=fix)
    if _digest(found) != found.sha256:
        raise ValueError(f'{path}: not what was written; {fix}')
    for name, digest in found.files.items():
        if not (folder / name).is_file() or sha256(folder / name) != digest:
            raise ValueError(f'{folder / name}: missing, or not what was written; {fix}')
    return found


def _digest(content):
    """Of the canonical json of all but the digest itself."""
    plain = {**msgspec.to_builtins(content), 'sha256': ''}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(',', ':')).encode()).hexdigest()
