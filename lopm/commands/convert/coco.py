"""Convert COCO json, with or without attributes (CVAT, Datumaro, lopm itself), into lopm's json.

    lopm convert coco EXPORT data/mine --photographs PHOTOGRAPHS
    lopm convert coco data/mine/all.json OUT_DIR --write

EXPORT is a json, a folder of them (train, val ...), or a zip. Attributes and other keys of annotations and images are
words; masks that a tool wrote as crowds are single lesions.

MAP: what names and words mean; default: configs/labels/oral.yaml (its grammar: lopm/curation/labels.py). What it does
not list is left out, counted, and reported; where a word is, the exit status is 1. `SOURCE --draft-labels FILE` writes
one for the words of an export, to be corrected and given back. Rerun after adding to it; OUT_DIR/all.json is then
written anew.
"""
from functools import partial

from lopm.curation import command

parse_args = partial(command.parse_args, __doc__, 'coco')
main = command.run
