"""One photograph of a clinic: who it is, and its pixels in a new file with nothing else in it.

Every photograph is decoded and encoded anew. So nothing but pixels can reach the base, whatever a camera or a program
hid in the file, and no list of things to strip has to be complete.

Photographs that were compressed with loss come out as JPEG of quality 95 without chroma subsampling, the others as
PNG, pixel for pixel. The new loss is a third of what the camera's own JPEG cost, near CIEDE2000 0.5 per pixel
(benchmarks/ingest.py).
"""
import hashlib
from pathlib import Path
from typing import NamedTuple

import cv2

from lopm.bounds import PHOTOGRAPH_BYTES, read_bounded
from lopm.curation.intake import formats
from lopm.datasets.photographs import read_photograph, what_is_wrong
from lopm.datasets.pixels import upright_bgr
from lopm.files import whole_file

JPEG = ('.jpg', (cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444))
PNG = ('.png', ())


class Identity(NamedTuple):
    """What the beginning of a file says: the photograph's name, a DICOM file's patient id, or what is wrong."""

    name: str | None = None
    patient: str | None = None
    problem: str | None = None


def identify(path, names):
    """The ``Identity`` of a file; its pixels are not decoded. Never raises on a bad file."""
    try:
        data = read_bounded(path, PHOTOGRAPH_BYTES)
        patient = None
        if formats.is_dicom(data):
            patient = formats.dicom_patient(formats.read_dicom(data))
        else:
            formats.open_image(data)
    except Exception as error:  # decoders raise whatever they like on a hostile file: that is the file's problem
        return Identity(problem=what_is_wrong(error))
    return Identity(names.photograph(data), patient)


def clean(path, target, lossless=False):
    """Write the pixels of a photograph to a new file.

    Args:
        target: Path of the new file without suffix. It appears complete or not at all.
        lossless: Write PNG in any case.

    Returns:
        ``(row, None)``, the row of the manifest without the patient, or ``(None, problem)``.
    """
    try:
        bgr, facts, lossy = _decode(read_bounded(path, PHOTOGRAPH_BYTES))
        suffix, options = JPEG if lossy and not lossless else PNG
        encoded = cv2.imencode(suffix, bgr, options)[1]
    except Exception as error:  # as above
        return None, what_is_wrong(error)
    final = Path(f'{target}{suffix}')
    with whole_file(final) as partial:
        partial.write_bytes(encoded)
        written = read_photograph(partial)
    height, width = written.shape[:2]
    return {'file_name': f'{final.parent.name}/{final.name}', 'width': width, 'height': height,
            'sha256': hashlib.sha256(written).hexdigest(), 'file_sha256': hashlib.sha256(encoded).hexdigest(),
            **facts}, None


def _decode(data):
    """``(pixels, facts, lossy)``, the facts being the format, and pages where only the first of several is read."""
    if formats.is_dicom(data):
        dataset = formats.read_dicom(data)
        return upright_bgr(formats.dicom_image(dataset)), {'format': 'DICOM'}, formats.dicom_is_lossy(dataset)
    image = formats.open_image(data)
    facts = {'format': image.format}
    if image.format == 'TIFF' and image.n_frames > 1:
        facts['pages'] = image.n_frames
    return upright_bgr(image), facts, image.format in formats.LOSSY
