"""What patients, lesions and raters are called in an export: by names that lead nobody back to the base's ids.

A clinic's ids may hold a name. So all are keyed as the intake's names are (``lopm.curation.intake.names``), with a key
made of all that the part says of its photographs: whoever has the part finds its ids again, nobody else can, and the
same part gives the same names in every run. Another part gives the same patient another name; audited parts share none.
"""
import hashlib
import json

from lopm.curation.intake.names import Names
from lopm.datasets.index import read_images


def names_of(path):
    """The ``Names`` of a part's export, from its json or index."""
    said = sorted([image['file_name'], str(image.get('patient_id'))] for image in read_images(path))
    return Names(hashlib.sha256(b'names of an export\0' + json.dumps(said).encode()).digest())
