"""What formats that hold the photographs themselves have in common: parts, names in a folder, the files."""
import contextlib
import os
from collections import Counter
from pathlib import PurePosixPath

from lopm.curation.export.encoded import encode_photograph
from lopm.curation.progress import progress
from lopm.curation.source import PART, SourceError, plain, with_rater
from lopm.datasets.photographs import read_photograph

PARTS = 'train', 'val', 'test'  # others have no name in these formats


def parts_of(photographs, report):
    """The part of each photograph: '' where not all are in one, or all in the same; None, and it is counted, for one
    that the formats have no name for: its photographs are left out."""
    parts = [str(plain(photograph.words.get('', {}).get(PART, ['']))) for photograph in photographs]
    if len(set(parts)) == 1 or not all(parts):
        return [''] * len(parts)
    for part in parts:
        report.notes[f'photographs of the part {part}, which is none of {", ".join(PARTS)}, left out'] += (
            part not in PARTS)
    return [part if part in PARTS else None for part in parts]


def place(photographs, folders, origin):
    """Put photographs into folders, the picture and nothing else (``export.encoded``): a file that is so already gets a
    second name there (a hard link) where the file system has such, any other becomes a copy.

    Args:
        folders: One for each photograph; made if need be.
        origin: Folder that the photographs' names begin in.

    Returns:
        The new path of each: its own name, with a number before it where another one has the same but for the suffix.

    Raises:
        SourceError: Photographs that are not there. BadPhotograph: One that cannot be read, or of another size.
    """
    missing = [photograph.name for photograph in photographs if not (origin / photograph.name).is_file()]
    if missing:
        raise SourceError(f'{len(missing)} photographs are not in {origin}, such as {missing[0]}; copy them there')
    names = [PurePosixPath(photograph.name).name for photograph in photographs]
    stems = Counter(PurePosixPath(name).stem.casefold() for name in names)
    paths = []
    for number, photograph in enumerate(progress(photographs, 'placing photographs')):
        name, folder = names[number], folders[number]
        own = name if stems[PurePosixPath(name).stem.casefold()] == 1 else f'{number + 1:06d}_{name}'
        folder.mkdir(parents=True, exist_ok=True)
        paths.append(_place((origin / photograph.name).resolve(), (photograph.width, photograph.height), folder / own))
    return paths


def _place(file, size, path):
    data, extension = encode_photograph(file, read_photograph(file, size))
    if data == file.read_bytes():
        with contextlib.suppress(OSError):  # another disk, or a file system without hard links
            os.link(file, path)
            return path
    else:
        path = path.with_suffix(f'.{extension}')
    with open(path, 'xb') as copy:
        copy.write(data)
    return path


def note_words(photographs, held, report):
    """Count the words that a format has no place for, all but those ``held``."""
    said = [words for photograph in photographs
            for words in (*photograph.words.values(), *map(with_rater, photograph.regions))]
    lost = Counter(name for words in said for name in words if name not in held)
    if lost:
        report.notes[f'words that the format cannot hold, left out ({", ".join(sorted(lost))})'] = lost.total()
