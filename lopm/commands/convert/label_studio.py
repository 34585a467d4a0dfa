"""Convert a raw JSON export of Label Studio into lopm's json, with all annotators.

    lopm convert label-studio EXPORT data/mine --photographs PHOTOGRAPHS
    lopm convert label-studio data/mine/all.json OUT_DIR --write

EXPORT.json: the project's export as JSON (not JSON-MIN or COCO, which lose attributes). Polygons, boxes, ellipses and
brush masks; answers per region and per photograph; the task's data (patient_id, visit ...) speaks of the photograph.
Photographs that nobody has annotated go to unannotated.json.

MAP: what names and words mean; default: configs/labels/oral.yaml (its grammar: lopm/curation/labels.py). What it does
not list is left out, counted, and reported; where a word is, the exit status is 1. `SOURCE --draft-labels FILE` writes
one for the words of an export, to be corrected and given back. Rerun after adding to it; OUT_DIR/all.json is then
written anew.
"""
from functools import partial

from lopm.curation import command

parse_args = partial(command.parse_args, __doc__, 'label_studio')
main = command.run
