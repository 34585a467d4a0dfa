"""Photographs of a clinic whose files tell who the patient is, in every place that such files have for it."""
import base64
import io
import os
import struct
import sys
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from lopm.commands import ingest as command

SECRETS = ('QUASTENFLOSSER', 'Ивановаа', '20261123', '2026:11:23')  # names, in two scripts, and dates
NAME, CYRILLIC, DATE, EXIF_DATE = SECRETS
COMMAND = [sys.executable, '-m', 'lopm', 'ingest']
ENVIRONMENT = {**os.environ, 'PYTHONPATH': str(Path(__file__).parents[2])}


def ingest(*arguments):
    """Run the command in this process, with one worker; its exit status."""
    return command.main(command.parse_args([*map(str, arguments), '--workers', '1']))


def drawn(seed=0, size=(160, 120)):
    """A smooth photograph with a little noise, RGB."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(60, 220, (6, 8, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    return Image.fromarray((np.asarray(small) + rng.normal(0, 2, (size[1], size[0], 3))).clip(0, 255).astype(np.uint8))


def exif(orientation=6):
    """EXIF with artist, date, comment, maker note and GPS."""
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    tags[ExifTags.Base.Artist] = NAME
    tags[ExifTags.Base.DateTime] = f'{EXIF_DATE} 10:00:00'
    tags.get_ifd(ExifTags.IFD.Exif).update({
        ExifTags.Base.MakerNote: f'maker of {NAME}'.encode(), ExifTags.Base.UserComment: CYRILLIC.encode('utf-16-le')})
    tags.get_ifd(ExifTags.IFD.GPSInfo).update({ExifTags.GPS.GPSMapDatum: NAME,
                                               ExifTags.GPS.GPSDateStamp: EXIF_DATE,
                                               ExifTags.GPS.GPSLatitude: (48.0, 8.0, 15.0)})
    return tags


def xmp():
    return (f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>{CYRILLIC}</dc:creator><id>'
            f'{base64.b64encode(NAME.encode()).decode()}</id></x:xmpmeta>').encode()


def iptc():
    """A Photoshop resource with the IPTC record "by-line"."""
    record = struct.pack('>BBBH', 0x1c, 2, 80, len(NAME)) + NAME.encode()
    record += b'\0' * (len(record) % 2)
    return b'Photoshop 3.0\x008BIM\x04\x04\0\0' + struct.pack('>I', len(record)) + record


def display_p3(name=None):
    """The ICC profile of Display P3 with the curve of sRGB; its description says so, its copyright names someone."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes())
    colorants = {b'rXYZ': (0.51512, 0.24120, -0.00105), b'gXYZ': (0.29198, 0.69225, 0.04189),
                 b'bXYZ': (0.15710, 0.06657, 0.78407)}
    for i in range(struct.unpack_from('>I', data, 128)[0]):
        tag, offset, _ = struct.unpack_from('>4sII', data, 132 + 12 * i)
        if tag in colorants:
            struct.pack_into('>3i', data, offset + 8, *(round(65536 * value) for value in colorants[tag]))
    said = 'No copyright, use freely'
    return bytes(data).replace(said.encode('utf-16-be'), (name or said).ljust(len(said)).encode('utf-16-be'))


def jpeg(image=None, **options):
    """A JPEG of a phone: EXIF, XMP, IPTC, ICC, comment, two thumbnails, and a second picture behind the first."""
    image = image or drawn()
    file = io.BytesIO()
    image.save(file, 'JPEG', quality=92, icc_profile=display_p3(NAME), comment=NAME.encode(),
               exif=exif().tobytes() + _thumbnail(), **options)
    data = file.getvalue()
    extra = (_segment(0xe0, b'JFXX\0\x10' + _thumbnail()) + _segment(0xed, iptc())
             + _segment(0xe1, b'http://ns.adobe.com/xap/1.0/\0' + xmp()))
    return data[:2] + extra + data[2:] + _thumbnail()


def png(image=None):
    info = PngInfo()
    info.add_text('Patient', NAME)
    info.add_text('Comment', NAME * 3, zip=True)
    info.add_itxt('XML:com.adobe.xmp', xmp().decode(), zip=True)
    return _saved(image or drawn(1), 'PNG', pnginfo=info, exif=exif(3), icc_profile=display_p3(NAME))


def tiff(image=None):
    return _saved(image or drawn(2), 'TIFF', exif=exif(8), icc_profile=display_p3(NAME), save_all=True,
                  append_images=[drawn(3)], tiffinfo={270: NAME, 315: NAME, 274: 8, 700: xmp(), 33723: iptc()})


def webp(image=None, **options):
    return _saved(image or drawn(4), 'WEBP', exif=exif(), xmp=xmp(), icc_profile=display_p3(NAME), quality=95,
                  **options)


def heic(image=None):
    """Needs pillow_heif, registered."""
    return _saved(image or drawn(5), 'HEIF', exif=exif().tobytes(), xmp=xmp(), icc_profile=display_p3(NAME),
                  quality=95)


def dicom(image=None, photometric='RGB', **tags):
    """A VL Photographic Image, uncompressed, of a named patient. Needs pydicom."""
    import pydicom
    from pydicom.dataset import FileMetaDataset
    from pydicom.pixels import convert_color_space
    pixels = np.asarray(image or drawn(6))
    if photometric.startswith('YBR'):
        pixels = convert_color_space(pixels, 'RGB', 'YBR_FULL')
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = '1.2.840.10008.5.1.4.1.1.77.1.4'
    meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset = pydicom.Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    dataset.SpecificCharacterSet = 'ISO_IR 192'
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = f'{CYRILLIC}^{NAME}', f'ID {NAME}', DATE
    dataset.StudyDate, dataset.InstitutionName, dataset.Modality = DATE, NAME, 'XC'
    dataset.private_block(0x0099, 'CLINIC', create=True).add_new(1, 'LO', NAME)
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = *pixels.shape[:2], 3
    dataset.PhotometricInterpretation, dataset.PlanarConfiguration = photometric, 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    dataset.PixelData = pixels.tobytes()
    for tag, value in tags.items():
        setattr(dataset, tag, value)
    file = io.BytesIO()
    pydicom.dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def _saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _thumbnail():
    return _saved(drawn(size=(16, 12)), 'JPEG', comment=NAME.encode())


def _segment(marker, payload):
    return struct.pack('>BBH', 0xff, marker, len(payload) + 2) + payload
