"""Folders of classes: the folder that a photograph lies in is the word for it. No outlines.

``OSCC/a.jpg`` and ``train/OSCC/a.jpg`` alike: folders named train, val, test and the like are the source's own parts,
kept as the word ``source_part``. Folders within a class folder are not read.
"""
import os

from lopm.base.folder import Folder
from lopm.base.source import PART, Photograph
from lopm.base.words import fold

SUFFIX = None  # the folder itself is what is read
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
