"""Convert a project of the VGG Image Annotator, version 2 or 3, into lopm's json.

    lopm convert via EXPORT data/mine --photographs PHOTOGRAPHS
    lopm convert via data/mine/all.json OUT_DIR --write

EXPORT is the project's json. Polygons, boxes, circles and ellipses; attributes of a file speak of the whole
photograph. --write makes a project for either version.

MAP: what names and words mean; default: configs/labels/oral.yaml (its grammar: lopm/curation/labels.py). What it does
not list is left out, counted, and reported; where a word is, the exit status is 1. `SOURCE --draft-labels FILE` writes
one for the words of an export, to be corrected and given back. Rerun after adding to it; OUT_DIR/all.json is then
written anew.
"""
from functools import partial

from lopm.curation import command

parse_args = partial(command.parse_args, __doc__, 'via')
main = command.run
