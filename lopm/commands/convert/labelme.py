"""Convert LabelMe files, one json per photograph, into lopm's json.

    lopm convert labelme EXPORT data/mine --photographs PHOTOGRAPHS
    lopm convert labelme data/mine/all.json OUT_DIR --write

EXPORT is a json, a folder of them, or a zip. Polygons, boxes, circles and masks with attributes and flags; shapes of
one group_id are one lesion; further keys of a file (patient_id ...) speak of the whole photograph.

MAP: what names and words mean; default: configs/labels/oral.yaml (its grammar: lopm/curation/labels.py). What it does
not list is left out, counted, and reported; where a word is, the exit status is 1. `SOURCE --draft-labels FILE` writes
one for the words of an export, to be corrected and given back. Rerun after adding to it; OUT_DIR/all.json is then
written anew.
"""
from functools import partial

from lopm.curation import command

parse_args = partial(command.parse_args, __doc__, 'labelme')
main = command.run
