"""A DICOM photograph read by a pack: its outlines as highdicom reads them again, and json that names no patient."""
import json

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from lopm import Predictor
from lopm.cases.dicom import record_of, said_of, segmentation_of
from lopm.cli import main
from lopm.curation.intake.formats import read_dicom
from tests.curation.clinic import NAME, dicom
from tests.tiny_run import photograph

pytestmark = pytest.mark.usefixtures('known_outlines')

highdicom = pytest.importorskip('highdicom', reason="highdicom is not installed: pip install -e '.[report]'")
TWO = Image.fromarray(photograph((40, 40, 18), (130, 80, 30)))
UIDS = dict(StudyInstanceUID='1.2.3', SeriesInstanceUID='1.2.3.4', PatientSex='F', PatientAge='061Y', StudyID='1',
            AccessionNumber='', ReferringPhysicianName='', StudyTime='', SeriesNumber=1, InstanceNumber=1)


def test_a_study_is_read(packed, tmp_path, capsys):
    study = tmp_path / 'study'
    study.mkdir()
    (study / 'IM1').write_bytes(dicom(TWO, **UIDS))
    (study / 'IM2').write_bytes(dicom(TWO, **UIDS)[:5000])
    (study / 'IM3').write_bytes(dicom(Image.fromarray(photograph()), **UIDS))
    (study / 'notes.txt').write_text('no DICOM')
    with pytest.raises(SystemExit) as ended:
        main(['dicom', str(packed[1]), str(study), '--out', str(tmp_path / 'out')])
    said = capsys.readouterr()
    assert ended.value.code == 1 and '2 photographs read, 1 left out' in said.out and 'IM2' in said.err
    assert sorted(path.name for path in (tmp_path / 'out').iterdir() if path.name != '.lock') == [
        'IM1.seg.dcm', 'IM1.sr.json', 'IM3.sr.json']
    source = read_dicom((study / 'IM1').read_bytes())
    segmentation = highdicom.seg.segread(tmp_path / 'out/IM1.seg.dcm')
    case = Predictor(packed[1])(TWO)
    found = segmentation.get_pixels_by_source_instance([source.SOPInstanceUID], segment_numbers=[1, 2])[0]
    for i, lesion in enumerate(case.lesions):
        assert np.array_equal(found[..., i], coco_mask.decode(lesion.outline['rle']))
    assert segmentation.StudyInstanceUID == '1.2.3' and segmentation.PatientID == source.PatientID
    content = json.loads((tmp_path / 'out/IM1.sr.json').read_text())
    assert content['refers_to'] == {'study': '1.2.3', 'photograph': source.SOPInstanceUID,
                                    'segmentation': segmentation.SOPInstanceUID}
    assert [each['segment'] for each in content['content']] == [1, 2] and NAME not in json.dumps(content)
    assert (tmp_path / 'out/IM1.seg.dcm').stat().st_mode & 0o777 == 0o600
    assert json.loads((tmp_path / 'out/IM3.sr.json').read_text())['content'][0]['segment'] is None


def test_the_record_of_a_photograph():
    assert record_of(read_dicom(dicom(TWO, **UIDS))) == {'age': 61, 'sex': 'female'}
    assert record_of(read_dicom(dicom(TWO, PatientAge='018M', PatientSex='O'))) == {}


def test_another_photograph_and_no_lesion_are_refused(packed):
    case = Predictor(packed[1])(TWO)
    with pytest.raises(ValueError, match='of 192 x 128 pixels, and the DICOM photograph has 64 x 48'):
        segmentation_of(case, read_dicom(dicom(TWO.resize((64, 48)), **UIDS)))
    case.lesions = []
    with pytest.raises(ValueError, match='no lesion was found'):
        segmentation_of(case, read_dicom(dicom(TWO, **UIDS)))


def test_what_a_person_drew_and_said(packed):
    predictor = Predictor(packed[1])
    case = predictor.outlined(TWO, [[[20, 20, 60, 20, 60, 60]]]).correct({'color': ['red']})
    dataset = read_dicom(dicom(TWO, **UIDS))
    segmentation = segmentation_of(case, dataset)
    assert segmentation.SegmentSequence[0].SegmentAlgorithmType == 'MANUAL'
    items = {each['concept']: each for each in said_of(case, dataset)['content'][0]['items']}
    assert items['color']['verified'] and items['color']['words'] == [{'word': 'red', 'probability': 1.}]
    assert not items['diagnosis']['verified']
