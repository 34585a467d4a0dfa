"""Convert a raw JSON export of Label Studio into lopm's json, with all annotators.

    python tools/dataset_converters/label_studio.py EXPORT data/mine --photographs PHOTOGRAPHS
    python tools/dataset_converters/label_studio.py data/mine/all.json OUT_DIR --write

EXPORT.json: the project's export as JSON (not JSON-MIN or COCO, which lose attributes). Polygons, boxes, ellipses and
brush masks; answers per region and per photograph; the task's data (patient_id, visit ...) speaks of the photograph.
Photographs that nobody has annotated go to unannotated.json.

MAP: what names and words mean; default: configs/labels/oral.yaml (its grammar: lopm/base/labels.py). What it does not
list is left out, counted, and reported. `SOURCE --draft-labels FILE` writes one for the words of an export, to be
corrected and given back. Rerun after adding to it; OUT_DIR/all.json is then written anew.
"""
from lopm.base.command import main

if __name__ == '__main__':
    main(__doc__, 'label_studio')
