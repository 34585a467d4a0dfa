"""Convert LabelMe files, one json per photograph, into lopm's json.

    python tools/dataset_converters/labelme.py EXPORT data/mine --photographs PHOTOGRAPHS
    python tools/dataset_converters/labelme.py data/mine/all.json OUT_DIR --write

EXPORT is a json, a folder of them, or a zip. Polygons, boxes, circles and masks with attributes and flags; shapes of
one group_id are one lesion; further keys of a file (patient_id ...) speak of the whole photograph.

MAP: what names and words mean; default: configs/labels/oral.yaml (its grammar: lopm/base/labels.py). What it does not
list is left out, counted, and reported. `SOURCE --draft-labels FILE` writes one for the words of an export, to be
corrected and given back. Rerun after adding to it; OUT_DIR/all.json is then written anew.
"""
from lopm.base.command import main

if __name__ == '__main__':
    main(__doc__, 'labelme')
