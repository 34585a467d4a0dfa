"""Convert a data set of YOLO (Ultralytics, Roboflow, CVAT) into lopm's json.

    lopm convert yolo FOLDER data/mine
    lopm convert yolo FOLDER/data.yaml data/mine --keep-parts
    lopm convert yolo data/parts OUT_DIR --write

FOLDER, or a zip of it, holds data.yaml (the names of the classes; train, val, test), photographs in images/ and a text
file for each in labels/. Outlines (segment), boxes (detect) and turned boxes (obb). A box is a place and no outline. An
empty label file says that the photograph is free of lesions; one without a label file goes to unannotated.json, unless
--empty-is-free says that all were looked at. The names of the classes are labels of regions, as in every export.

--write makes a segmentation set for YOLO: data.yaml with a class for every kind of outline (lesion, mouth_cavity ...),
photographs (hard links; copies where something beside the picture, such as EXIF, is to be left out) and label files; of
a folder of parts with train, val and test. What YOLO cannot hold is counted in report.json: words, patients, further
raters, holes (filled), several polygons of one lesion (each a region), and photographs that are not outlined, which are
left out: what has no line counts as free of lesions there.

MAP: what names and words mean; default: configs/labels/oral.yaml (its grammar: lopm/curation/labels.py). What it does
not list is left out, counted, and reported; where a word is, the exit status is 1. `SOURCE --draft-labels FILE` writes
one for the words of an export, to be corrected and given back. Rerun after adding to it; OUT_DIR/all.json is then
written anew.
"""
from functools import partial

from lopm.curation import command

parse_args = partial(command.parse_args, __doc__, 'yolo')
main = command.run
