"""Convert a folder of mask images and a csv table into lopm's json.

    python tools/dataset_converters/masks.py TABLE.csv data/mine --photographs PHOTOGRAPHS
    python tools/dataset_converters/masks.py data/mine/all.json OUT_DIR --write

TABLE.csv has the columns photograph, mask (an image beside the table: 0 outside, one other value inside), then any
words: label, lesion_id, rater, patient_id, color ... A row without a mask speaks of the whole photograph. Empty cells
say nothing; several values in a cell are separated by commas.

MAP: what names and words mean; default: configs/labels/oral.yaml (its grammar: lopm/base/labels.py). What it does not
list is left out, counted, and reported. `SOURCE --draft-labels FILE` writes one for the words of an export, to be
corrected and given back. Rerun after adding to it; OUT_DIR/all.json is then written anew.
"""
from lopm.base.command import main

if __name__ == '__main__':
    main(__doc__, 'masks')
