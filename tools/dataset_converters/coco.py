"""Convert COCO json, with or without attributes (CVAT, Datumaro, lopm itself), into lopm's json.

    python tools/dataset_converters/coco.py EXPORT data/mine --photographs PHOTOGRAPHS
    python tools/dataset_converters/coco.py data/mine/all.json OUT_DIR --write

EXPORT is a json, a folder of them (train, val ...), or a zip. Attributes and other keys of annotations and images are
words; masks that a tool wrote as crowds are single lesions.

MAP: what names and words mean; default: configs/labels/oral.yaml (its grammar: lopm/base/labels.py). What it does not
list is left out, counted, and reported. `SOURCE --draft-labels FILE` writes one for the words of an export, to be
corrected and given back. Rerun after adding to it; OUT_DIR/all.json is then written anew.
"""
from lopm.base.command import main

if __name__ == '__main__':
    main(__doc__, 'coco')
