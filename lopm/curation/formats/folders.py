"""Folders of classes: the folder that a photograph lies in is the word for it. No outlines.

``OSCC/a.jpg`` and ``train/OSCC/a.jpg`` alike: folders named train, val, test and the like are the source's own parts,
kept as the word ``source_part``. Folders within a class folder are not read.
"""
import os
from pathlib import Path

from lopm.curation.folder import Folder
from lopm.curation.labels import FIELDS
from lopm.curation.placing import note_words, parts_of, place
from lopm.curation.report import Report
from lopm.curation.source import OUTLINED, PART, Photograph, SourceError
from lopm.curation.words import fold
from lopm.tasks import NOT_ASSESSABLE

SUFFIX = None  # the folder itself is what is read
PLACED = True
PARTS = {'train': ('train', 'training'), 'val': ('val', 'valid', 'validation', 'dev'), 'test': ('test', 'testing')}
PART_OF = {spelling: part for part, spellings in PARTS.items() for spelling in spellings}


def read(path, export, task='diagnosis'):
    """Add the photographs of a folder.

    Args:
        task: What the class folders name.
    """
    export.required.add(task)
    folder = Folder(path)
    folder.note_others(export)
    names = folder.names()
    for name in names:
        *folders, _ = name.split('/')[_wrapped(names):]
        parts = [PART_OF[fold(each)] for each in folders if fold(each) in PART_OF]
        classes = [each for each in folders if fold(each) not in PART_OF]
        with export.at(f'{path}: {name}'):
            if not classes:
                raise ValueError('lies in no folder of a class; move it into one, or take it away')
            export.notes['photographs in a folder within a class folder, whose name is not read'] += len(classes) > 1
            words = {task: classes[:1], **({PART: parts[:1]} if parts else {})}
            export.photographs.append(Photograph(name, words={'': words}, place=f'{path}: {name}'))


def _wrapped(names):
    """How many folders, as archives have them, are around all others."""
    paths = [name.split('/')[:-2] for name in names]  # of what each class folder lies in
    shared = os.path.commonprefix(paths)
    return next((depth for depth, folder in enumerate(shared) if fold(folder) in PART_OF), len(shared))


def write(photographs, folder, origin, task='diagnosis'):
    """A folder for each word of a task, in it the photographs of which, or of whose lesions, it alone is said.

    Args:
        task: What the class folders name.

    Returns:
        A ``Report`` of what the format cannot hold.
    """
    report = Report()
    words = [_word(photograph, task, report) for photograph in photographs]
    named = [(photograph, Path(part, word)) for photograph, part, word in zip(
        photographs, parts_of(photographs, report), words) if part is not None and word]
    if not named:
        raise SourceError(f'no photograph has one word of {task!r}; say with --task what shall be the folders, of '
                          f'what words are said of: {", ".join(_names(photographs)) or "nothing"}')
    clash = next((word for word in words if word and fold(word) in PART_OF), None)
    if clash:
        raise SourceError(f'the class {clash!r} would be read as the part {PART_OF[fold(clash)]}; rename it')
    kept, places = zip(*named)
    place(kept, [folder / each for each in places], origin)
    report.notes['outlines and boxes, which folders cannot hold'] += sum(len(each.regions) for each in kept)
    note_words(kept, {'label', task, OUTLINED, PART}, report)
    report.states.update({'written': len(kept), 'left out': len(photographs) - len(kept)})
    return report


def _word(photograph, task, report):
    """The one word that is said of a photograph or of lesions on it; None, and it is reported, where there is none."""
    said = {', '.join(map(str, words[task])) for words in _said(photograph) if task in words} - {NOT_ASSESSABLE}
    if not said:
        report.notes[f'photographs of which no word of {task} is said, left out'] += 1
    elif len(said) > 1 or any(sign in next(iter(said)) for sign in (', ', ' + ', '/')):
        report.unusable.append(f'{photograph.name}: {task} is {" and ".join(map(repr, sorted(said)))}')
    else:
        return said.pop()
    return None


def _said(photograph):
    """All words that are said of a photograph and of its regions, a dict for each."""
    return [*photograph.words.values(), *(region.words for region in photograph.regions)]


def _names(photographs):
    """Names of what is said of photographs, without what no folder could be named by."""
    names = {name for photograph in photographs for words in _said(photograph) for name in words}
    return sorted(name for name in names - {'label', *FIELDS} if '.' not in name)
