"""Convert folders of classes, as most public sets are, into lopm's json.

    lopm convert folders FOLDER data/mine
    lopm convert folders FOLDER data/mine --task diagnosis --labels none
    lopm convert folders FOLDER data/mine --keep-parts
    lopm convert folders data/parts OUT_DIR --write --task diagnosis

FOLDER, or a zip of it, holds a folder for every class, and in it the photographs; also train/CLASS/, val/CLASS/ and
test/CLASS/. The name of the folder is the word of a task for the whole photograph; nothing is outlined. A folder that
the label map takes for "outlined: yes", such as healthy or normal, says that its photographs are free of lesions. A
folder that is unknown is an error: what it means has to be said. A table of files and words instead of folders:
lopm convert masks.

--write makes a folder for every word of a task; in it are the photographs of which, or of whose lesions, it alone is
said (hard links; copies where something beside the picture, such as EXIF, is to be left out); of a folder of parts
within train, val and test. report.json names the photographs whose word is ambiguous (several lesions or raters,
alternatives), and counts those without one and all that folders cannot hold.

MAP: what names and words mean; default: configs/labels/oral.yaml (its grammar: lopm/curation/labels.py).
`SOURCE --draft-labels FILE` writes one for the folders, to be corrected and given back. Rerun after adding to it;
OUT_DIR/all.json is then written anew.
"""
from functools import partial

from lopm.curation import command

parse_args = partial(command.parse_args, __doc__, 'folders', own={
    '--task': dict(default='diagnosis', help='what the class folders name; default: diagnosis')})
main = command.run
