"""A JPEG as DICOM: pixel for pixel, the same identifiers each time, valid by another program where it is installed."""
import re
import shutil
import subprocess
from datetime import date

import cv2
import numpy as np
import pytest

from lopm.case import Case, Lesion
from lopm.cases.dicom import segmentation_of
from lopm.cases.dicom_photograph import file_of, photograph_of
from lopm.curation.intake.formats import dicom_image, read_dicom
from lopm.drawn import outline_of

pydicom = pytest.importorskip('pydicom', reason="pydicom is not installed: pip install -e '.[base]'")
GIVEN = dict(patient='P07', on=date(2026, 3, 14), secret='s', visit='v', number='n')


def jpeg(*options):
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    return cv2.imencode('.jpg', pixels, options)[1].tobytes()


def written(data=None, **other):
    return file_of(photograph_of(data or jpeg(), **{**GIVEN, **other}))


def test_its_pixels_are_those_of_the_jpeg_and_nobody_is_named():
    found = read_dicom(written())
    expected = cv2.imdecode(np.frombuffer(jpeg(), np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(np.asarray(dicom_image(found).convert('RGB'))[..., ::-1], expected)
    assert (found.PatientID, found.StudyDate, str(found.PatientName)) == ('P07', '20260314', '')


def test_identifiers_are_the_same_each_time_and_tell_nothing_without_the_secret():
    def uids(**other):
        found = read_dicom(written(**other))
        return found.StudyInstanceUID, found.SeriesInstanceUID, found.SOPInstanceUID
    first = uids()
    assert len(set(first)) == 3 and first == uids() and all(re.fullmatch(r'[\d.]{1,64}', each) for each in first)
    assert [a == b for a, b in zip(first, uids(number='m'))] == [True, True, False]
    assert [a == b for a, b in zip(first, uids(visit='w'))] == [False, False, True]
    assert not {*first} & {*uids(secret='t')}


def test_a_progressive_or_a_gray_jpeg_is_refused():
    gray = cv2.imencode('.jpg', np.zeros((48, 64), np.uint8))[1].tobytes()
    for data in (jpeg(cv2.IMWRITE_JPEG_PROGRESSIVE, 1), gray):
        with pytest.raises(ValueError, match='baseline'):
            written(data)


@pytest.mark.skipif(not shutil.which('dciodvfy'), reason='dciodvfy is not installed: apt-get install dicom3tools')
def test_another_program_finds_no_fault(tmp_path):
    mask = np.zeros((48, 64), bool)
    mask[10:30, 20:40] = True
    case = Case('n', [64, 48], lesions=[Lesion(outline=outline_of(mask), score=.9)],
                model={'version': 'm 1', 'lopm': '0.1.0'})
    source = photograph_of(jpeg(), **GIVEN)
    for name, dataset in {'photograph': source, 'outlines': segmentation_of(case, source)}.items():
        path = tmp_path / f'{name}.dcm'
        path.write_bytes(file_of(dataset))
        said = subprocess.run(['dciodvfy', str(path)], capture_output=True, text=True).stderr
        assert 'Error' not in said, said
