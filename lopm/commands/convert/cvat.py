"""Convert a task of CVAT, exported as "CVAT for images 1.1", into lopm's json.

    lopm convert cvat EXPORT data/mine --photographs PHOTOGRAPHS
    lopm convert cvat data/mine/all.json OUT_DIR --write

EXPORT is the XML, its folder, or the zip with the photographs. Polygons, boxes, ellipses and masks with their
attributes; tags speak of the whole photograph; grouped shapes are one lesion. A COCO export of CVAT:
lopm convert coco.

MAP: what names and words mean; default: configs/labels/oral.yaml (its grammar: lopm/curation/labels.py). What it does
not list is left out, counted, and reported; where a word is, the exit status is 1. `SOURCE --draft-labels FILE` writes
one for the words of an export, to be corrected and given back. Rerun after adding to it; OUT_DIR/all.json is then
written anew.
"""
from functools import partial

from lopm.curation import command

parse_args = partial(command.parse_args, __doc__, 'cvat')
main = command.run
