"""Opens photographs of the formats that clinics have, through Pillow, pillow-heif and pydicom.

A file is known by its first bytes, never by its name. What is asked of DICOM: one VL Photographic Image (PS3.3
A.32.4), 8 bits, RGB, YBR or grey, in a transfer syntax that pydicom decodes, itself or by Pillow.
"""
import io

from PIL import Image, UnidentifiedImageError

from lopm.bounds import checked_size
from lopm.datasets.photographs import BadPhotograph
from lopm.extra import need

PILLOW_FORMATS = ('JPEG', 'PNG', 'TIFF', 'WEBP')  # its other readers (PostScript, say) are kept from unknown files
LOSSY = ('JPEG', 'MPO', 'HEIF', 'WEBP')  # MPO: a JPEG of a phone, followed by further pictures
VL_PHOTOGRAPHIC = '1.2.840.10008.5.1.4.1.1.77.1.4'
COLORS = ('RGB', 'YBR_FULL', 'YBR_FULL_422', 'YBR_ICT', 'YBR_RCT', 'MONOCHROME2')
SRGB_OR_UNSAID = (1, 2)  # color primaries of H.273: BT.709, which are those of sRGB, and unspecified
DEFLATED = b'1.2.840.10008.1.2.1.99'  # a transfer syntax: the whole file in a zip stream, of any size when unpacked
HDR_CURVES = (16, 18)  # transfer characteristics of H.273: PQ and HLG


def is_dicom(data):
    return data[128:132] == b'DICM'


def open_image(data):
    """A PIL image whose header is read and whose pixels are not.

    Raises:
        BadPhotograph: Another format, or colors that cannot be converted.
        OutOfBounds: Too large.
    """
    if not data:
        raise BadPhotograph('the file is empty')
    formats = PILLOW_FORMATS
    if data[4:8] == b'ftyp':  # the family of HEIC
        _need('pillow_heif', 'HEIC').register_heif_opener()
        formats = ('HEIF',)
    try:
        image = Image.open(io.BytesIO(data), formats=formats)
    except UnidentifiedImageError:
        raise BadPhotograph('no JPEG, PNG, TIFF, HEIC, WebP or DICOM photograph, or damaged at its beginning') from None
    checked_size(*image.size)
    color = image.info.get('nclx_profile')
    if color and 'icc_profile' not in image.info and (
            color['color_primaries'] not in SRGB_OR_UNSAID or color['transfer_characteristics'] in HDR_CURVES):
        raise BadPhotograph(f'HEIC without an ICC profile, in colors that are not those of sRGB (H.273: '
                            f'{color["color_primaries"]}); export it as JPEG')
    return image


def read_dicom(data):
    """A pydicom data set that holds one photograph.

    Raises:
        BadPhotograph: Another kind of DICOM (a radiograph, say), several frames, other pixels, burned-in text.
        OutOfBounds: Too large.
    """
    pydicom = _need('pydicom', 'DICOM')
    if DEFLATED in data[:4096]:
        raise BadPhotograph('a deflated DICOM file; export it uncompressed')
    try:
        dataset = pydicom.dcmread(io.BytesIO(data))
    except (pydicom.errors.InvalidDicomError, EOFError, OSError, ValueError) as error:
        raise BadPhotograph(f'damaged ({error})') from None
    if dataset.get('SOPClassUID') != VL_PHOTOGRAPHIC:
        kind = getattr(dataset.get('SOPClassUID'), 'name', 'of no kind')
        raise BadPhotograph(f'a DICOM file, {kind}; only VL Photographic Image is a photograph')
    if dataset.get('BurnedInAnnotation') == 'YES':
        raise BadPhotograph('says that text is burned into its pixels, which may name the patient; cut it off')
    if int(dataset.get('NumberOfFrames') or 1) != 1:
        raise BadPhotograph('several frames in one DICOM file; export each as a file')
    if dataset.get('BitsStored') != 8 or dataset.get('PhotometricInterpretation') not in COLORS:
        raise BadPhotograph(f'{dataset.get("PhotometricInterpretation")} of {dataset.get("BitsStored")} bits; '
                            'export it in RGB with 8 bits')
    checked_size(dataset.get('Columns'), dataset.get('Rows'))
    return dataset


def dicom_image(dataset):
    """The photograph of a DICOM data set as a PIL image, RGB or grey, with its ICC profile."""
    try:
        image = Image.fromarray(dataset.pixel_array)
    except (AttributeError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BadPhotograph(f'its pixels cannot be decoded ({error}); export it uncompressed') from None
    image.info['icc_profile'] = dataset.get('ICCProfile')
    return image


def dicom_patient(dataset):
    return str(dataset.get('PatientID') or '').strip() or None


def dicom_is_lossy(dataset):
    return dataset.get('LossyImageCompression') == '01'


def _need(package, purpose):
    """A package that comes with the extra ``base``."""
    try:
        return need(package)
    except ValueError as error:
        raise BadPhotograph(f'{purpose}: {error}') from None
