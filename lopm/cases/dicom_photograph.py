"""A photograph that came as a JPEG, as DICOM: what its outlines refer to in an archive.

A VL Photographic Image (PS3.3 A.32.4). Its pixels are the JPEG's own, byte for byte, so nothing is lost once more.
"""
import io

from PIL import Image

from lopm.extra import need

PLAIN = dict(  # what the standard wants to be there, with or without a value
    SpecificCharacterSet='ISO_IR 192', PatientName='', PatientBirthDate='', PatientSex='', StudyTime='', StudyID='',
    AccessionNumber='', ReferringPhysicianName='', Modality='XC', SeriesNumber=1, InstanceNumber=None, Laterality='',
    Manufacturer='', PatientOrientation='', ImageType=['DERIVED', 'SECONDARY'], AcquisitionContextSequence=[],
    DerivationDescription='decoded and encoded anew, without what the camera wrote beside the pixels',
    SamplesPerPixel=3, PhotometricInterpretation='YBR_FULL_422', PlanarConfiguration=0, BitsAllocated=8, BitsStored=8,
    HighBit=7, PixelRepresentation=0, LossyImageCompression='01', LossyImageCompressionMethod='ISO_10918_1')


def photograph_of(jpeg, patient, on, secret, visit, number):
    """A pydicom data set of a photograph.

    Args:
        jpeg: Bytes of a baseline JPEG of three channels.
        patient: Id of the patient, as the archive will know it. on: ``date`` of the visit, which is a study.
        secret, visit, number: What unique identifiers are made of: the same visit and number of a photograph give the
            same ones, so that what is sent twice is there once; without the secret nothing leads back.

    Raises:
        ValueError: The JPEG is progressive, which no archive has to read, or gray.
    """
    pydicom, uid, image = need('pydicom'), need('pydicom.uid'), Image.open(io.BytesIO(jpeg))
    if image.mode != 'RGB' or image.info.get('progressive'):
        raise ValueError('a JPEG that is not of the baseline kind, in color; encode it anew')
    study, series, instance = (uid.generate_uid(entropy_srcs=[secret, *names]) for names in (
        ('study', str(visit)), ('series', str(visit)), ('photograph', str(number))))
    found = pydicom.Dataset()
    for name, value in PLAIN.items():
        setattr(found, name, value)
    found.SOPClassUID, found.SOPInstanceUID = uid.VLPhotographicImageStorage, instance
    found.StudyInstanceUID, found.SeriesInstanceUID = study, series
    found.PatientID, found.StudyDate = patient, on
    found.Columns, found.Rows = image.size
    found.LossyImageCompressionRatio = round(3 * found.Columns * found.Rows / len(jpeg), 2)
    found.PixelData = need('pydicom.encaps').encapsulate([jpeg])
    found['PixelData'].is_undefined_length = True
    found.file_meta = pydicom.dataset.FileMetaDataset()
    found.file_meta.TransferSyntaxUID = uid.JPEGBaseline8Bit
    found.file_meta.MediaStorageSOPClassUID, found.file_meta.MediaStorageSOPInstanceUID = found.SOPClassUID, instance
    return found


def file_of(dataset):
    """The bytes of a pydicom data set as a file."""
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()
