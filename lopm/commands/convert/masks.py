"""Convert a csv table of photographs, with or without mask images, into lopm's json.

    lopm convert masks TABLE.csv data/mine --photographs PHOTOGRAPHS
    lopm convert masks TABLE.csv data/mine --masks MASKS --threshold 128
    lopm convert masks data/mine/all.json OUT_DIR --write

TABLE.csv has a column of photographs (photograph, file, image ...), mask (an image of the photograph's size: 0 outside,
one other value inside), then any words: label, lesion_id, rater, patient_id, diagnosis, color ... Several rows of a
photograph are several outlines. A row without a mask, or a table without that column (file,diagnosis), speaks of the
whole photograph, which then counts as not outlined. For a photograph that was looked at and is free of lesions write
free (or none) instead of a mask. Empty cells say nothing; several values in a cell are separated by commas.

MAP: what names and words mean; default: configs/labels/oral.yaml (its grammar: lopm/curation/labels.py). What it does
not list is left out, counted, and reported; where a word is, the exit status is 1. `SOURCE --draft-labels FILE` writes
one for the words of an export, to be corrected and given back. Rerun after adding to it; OUT_DIR/all.json is then
written anew.
"""
from functools import partial
from pathlib import Path

from lopm.curation import command

parse_args = partial(command.parse_args, __doc__, 'masks', own={
    '--masks': dict(type=Path, metavar='DIR', help='folder of the masks; default: the one of SOURCE'),
    '--threshold': dict(type=int, metavar='GREY', help='what is so light or lighter (0 to 255) is inside a mask; JPEG '
                        'masks need one, such as 128; default: a mask has two values')})
main = command.run
