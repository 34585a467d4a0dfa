"""What stands in the reports for other programs: FHIR and DICOM of a case and of a visit."""
import io
import json
import zipfile

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from lopm.curation.intake.formats import dicom_image, read_dicom
from lopm.datasets.photographs import read_photograph
from tests.web.conftest import jpeg
from tests.web.department import work
from tests.web.test_reading import read

highdicom = pytest.importorskip('highdicom', reason="highdicom is not installed: pip install -e '.[web]'")


def report(client, reader, address):
    assert client.get(address).status_code == 202
    work(reader)
    answer = client.get(address)
    assert 'attachment' in answer['Content-Disposition'] and answer['Cache-Control'] == 'no-store'
    return b''.join(answer.streaming_content)


def test_outlines_of_a_case_lie_on_its_photograph(photograph, browse, reader, site):
    data = report(browse('carl'), reader, f'/cases/{photograph.pk}/report.dicom.zip')
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.namelist() == ['01.dcm', '01.seg.dcm', '01.sr.json']
    source, outlines = read_dicom(archive.read('01.dcm')), highdicom.seg.segread(io.BytesIO(archive.read('01.seg.dcm')))
    kept = np.asarray(dicom_image(source).convert('RGB'))
    assert np.array_equal(kept[..., ::-1], read_photograph(site.photograph(photograph.pk)))
    found = outlines.get_pixels_by_source_instance([source.SOPInstanceUID], segment_numbers=[1, 2])[0]
    for i, lesion in enumerate(photograph.reading.case['lesions']):
        assert np.array_equal(found[..., i], coco_mask.decode(lesion['outline']['rle']))
    assert (source.PatientID, source.StudyDate) == ('P07', '20260314') == (outlines.PatientID, outlines.StudyDate)
    said = json.loads(archive.read('01.sr.json'))
    assert said['refers_to']['segmentation'] == outlines.SOPInstanceUID and len(said['content']) == 2
    assert str(photograph.pk) not in str(source) + str(outlines)


def test_a_visit_has_all_its_photographs(photograph, browse, reader):
    photograph.visit.photographs.exclude(pk=photograph.pk).delete()
    other = read(browse, reader, photograph.visit, jpeg())
    client, address = browse('carl'), f'/visits/{photograph.visit.pk}/report'
    archive = zipfile.ZipFile(io.BytesIO(report(client, reader, f'{address}.dicom.zip')))
    assert not other.reading.case['lesions'] and sorted(archive.namelist()) == [
        '01.dcm', '01.seg.dcm', '01.sr.json', '02.dcm', '02.sr.json']
    first, second = (read_dicom(archive.read(name)) for name in ('01.dcm', '02.dcm'))
    assert first.StudyInstanceUID == second.StudyInstanceUID and first.SOPInstanceUID != second.SOPInstanceUID
    bundle = json.loads(report(client, reader, f'{address}.fhir.json'))
    kinds = [each['resource']['resourceType'] for each in bundle['entry']]
    assert kinds.count('DiagnosticReport') == kinds.count('Media') == 2 and kinds.count('Device') == 1
