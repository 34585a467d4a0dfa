"""A case beside its DICOM photograph: outlines as a DICOM Segmentation, what is said as json that refers to it."""
import re

import numpy as np
from pycocotools import mask as coco_mask

from lopm.extra import need
from lopm.findings import FLAGGED

SEX = {'F': 'female', 'M': 'male'}  # as DICOM codes it


def record_of(dataset):
    """What a DICOM photograph says of the patient that a record holds: age in years, and sex."""
    found, age = {}, re.fullmatch(r'(\d{3})Y', str(dataset.get('PatientAge') or ''))
    if age:
        found['age'] = int(age[1])
    if str(dataset.get('PatientSex') or '') in SEX:
        found['sex'] = SEX[dataset.PatientSex]
    return found


def segmentation_of(case, dataset):
    """The outlines of a ``Case`` as a pydicom data set, a segment each (PS3.3 A.51, binary), of the photograph's study.

    Raises:
        ValueError: The photograph has another size than the case, or no lesion was found.
    """
    if [dataset.Columns, dataset.Rows] != list(case.size):
        raise ValueError(f'{case.name}: of {case.size[0]} x {case.size[1]} pixels, and the DICOM photograph has '
                         f'{dataset.Columns} x {dataset.Rows}; give the one that it was read from')
    if not case.lesions:
        raise ValueError(f'{case.name}: no lesion was found, and a segmentation without a segment is none')
    seg, codes = need('highdicom.seg', 'report'), need('pydicom.sr.codedict').codes
    highdicom, uid = need('highdicom', 'report'), need('pydicom.uid')
    model = highdicom.AlgorithmIdentificationSequence(
        name=case.model['version'][:64], version=case.model['lopm'], family=codes.DCM.ArtificialIntelligence)
    masks = np.stack([coco_mask.decode(lesion.outline['rle']) for lesion in case.lesions], -1)[None]

    def segment(number, lesion):
        by_person = lesion.score is None
        return seg.SegmentDescription(
            segment_number=number, segment_label=f'lesion {number}', segmented_property_type=codes.SCT.Lesion,
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            algorithm_type='MANUAL' if by_person else 'AUTOMATIC',
            algorithm_identification=None if by_person else model)
    found = seg.Segmentation(
        source_images=[dataset], pixel_array=masks, segmentation_type='BINARY', instance_number=1, series_number=9000,
        segment_descriptions=[segment(i, lesion) for i, lesion in enumerate(case.lesions, 1)],
        series_instance_uid=uid.generate_uid(), sop_instance_uid=uid.generate_uid(), manufacturer='lopm',
        manufacturer_model_name=case.model['version'][:64], software_versions=case.model['lopm'],
        device_serial_number='none', series_description='Outlines by a model; preliminary, no medical device')
    found.PatientOrientation = dataset.get('PatientOrientation')  # of a photograph unknown, and yet to be there
    return found


def said_of(case, dataset, segmentation=None):
    """What is said of a case in the manner of a structured report: ``{'refers_to', 'by', 'content'}``, as json holds
    it. It names no patient: the references do."""
    def items(findings):
        for name, said in findings.said.items():
            reason = findings.abstains.get(name)
            value = {'words': [], 'abstains': reason} if reason == FLAGGED else {
                'number': said} if name in findings.numbers else {
                'time': said} if name in findings.times else {'words': [
                    {'word': word, 'probability': p} for word, p in said.items()]}
            yield {'concept': name, 'verified': name in findings.corrected, **value,
                   **({'not_ruled_out': findings.possible[name]} if name in findings.possible and not reason else {})}
    regions = [{'segment': i, 'items': list(items(lesion)), 'measured': lesion.measured}
               for i, lesion in enumerate(case.lesions, 1)]
    return {'refers_to': {'study': str(dataset.get('StudyInstanceUID', '')), 'photograph': str(dataset.SOPInstanceUID),
                          'segmentation': str(segmentation.SOPInstanceUID) if segmentation else None},
            'by': case.model, 'status': 'preliminary', 'flags': case.flags,
            'content': regions or [{'segment': None, 'items': list(items(case.photograph))}]}
