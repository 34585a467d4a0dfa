import os
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lopm.bounds import OutOfBounds
from lopm.curation.intake import formats
from lopm.curation.intake.clean import clean, identify
from lopm.curation.intake.names import Names
from lopm.datasets.photographs import BadPhotograph, read_photograph
from lopm.datasets.pixels import upright_bgr
from tests.curation.clinic import NAME, dicom, drawn, heic, jpeg

FORMATS = os.environ.get('LOPM_FORMATS')


@pytest.fixture
def pydicom():
    return pytest.importorskip('pydicom', reason="pydicom is not installed: pip install -e '.[base]'")


@pytest.fixture
def pillow_heif():
    package = pytest.importorskip('pillow_heif', reason="pillow_heif is not installed: pip install -e '.[base]'")
    package.register_heif_opener()
    return package


def read(data):
    return upright_bgr(formats.dicom_image(formats.read_dicom(data)))


def test_dicom_rgb_and_ybr_are_the_photograph(pydicom):
    expected = np.asarray(drawn(6))[..., ::-1].astype(int)
    assert np.array_equal(read(dicom()), expected)
    assert abs(read(dicom(photometric='YBR_FULL')) - expected).max() <= 2  # the conversion rounds


def test_dicom_of_one_plane_per_color_and_grey(pydicom):
    planes = np.asarray(drawn(6)).transpose(2, 0, 1).tobytes()
    assert np.array_equal(read(dicom(PlanarConfiguration=1, PixelData=planes)), read(dicom()))
    grey = np.asarray(drawn(6).convert('L'))
    assert np.array_equal(read(dicom(SamplesPerPixel=1, PhotometricInterpretation='MONOCHROME2',
                                     PixelData=grey.tobytes()))[..., 1], grey)


@pytest.mark.parametrize('syntax', ['RLELossless', 'JPEG2000Lossless'])
def test_dicom_compressed_without_loss(pydicom, syntax):
    dataset = pydicom.dcmread(BytesIO(dicom()))
    if syntax == 'RLELossless':
        dataset.compress(pydicom.uid.RLELossless)
    else:
        file = BytesIO()
        drawn(6).save(file, 'JPEG2000', no_jp2=True)
        dataset.PixelData = pydicom.encaps.encapsulate([file.getvalue()])
        dataset['PixelData'].is_undefined_length = True
        dataset.PhotometricInterpretation = 'YBR_RCT'
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.JPEG2000Lossless
    file = BytesIO()
    dataset.save_as(file)
    assert np.array_equal(read(file.getvalue()), read(dicom()))


def test_a_profile_in_dicom_is_converted(pydicom):
    from tests.curation.clinic import display_p3
    red = Image.new('RGB', (8, 8), (234, 51, 35))  # the red of sRGB in Display P3
    assert abs(read(dicom(red, ICCProfile=display_p3()))[0, 0].astype(int) - (0, 0, 255)).max() <= 3


@pytest.mark.parametrize('tags, words', [
    (dict(SOPClassUID='1.2.840.10008.5.1.4.1.1.1.1'), 'Digital X-Ray'), (dict(SOPClassUID='1.2.3'), '1.2.3'),
    (dict(BurnedInAnnotation='YES'), 'text is burned into'), (dict(NumberOfFrames=3), 'several frames'),
    (dict(BitsStored=12), 'RGB of 12 bits'), (dict(PhotometricInterpretation='PALETTE COLOR'), 'PALETTE COLOR')])
def test_dicom_that_is_no_photograph(pydicom, tags, words):
    with pytest.raises(BadPhotograph, match=words):
        formats.read_dicom(dicom(**tags))


def test_a_cut_dicom_file_is_a_problem(pydicom, tmp_path):
    for end in (-2000, 700, 140):
        (tmp_path / 'a.dcm').write_bytes(dicom()[:end])
        one = identify(tmp_path / 'a.dcm', Names(bytes(32)))
        problem = one.problem or clean(tmp_path / 'a.dcm', tmp_path / 'a')[1]
        assert problem and not list(tmp_path.glob('a.[jp]*')), end


def test_the_patient_of_a_dicom_file(pydicom, tmp_path):
    (tmp_path / 'a').write_bytes(dicom())
    assert identify(tmp_path / 'a', Names(bytes(32))).patient == f'ID {NAME}'
    (tmp_path / 'a').write_bytes(dicom(PatientID=''))
    assert identify(tmp_path / 'a', Names(bytes(32))).patient is None


@pytest.mark.skipif(not FORMATS, reason='LOPM_FORMATS is not set: the folder with dicom/vl_jpeg.dcm')
def test_a_jpeg_in_dicom_written_by_another(pydicom, tmp_path):
    path = Path(FORMATS) / 'dicom' / 'vl_jpeg.dcm'
    frame = next(pydicom.encaps.generate_frames(pydicom.dcmread(path).PixelData, number_of_frames=1))
    expected = np.asarray(Image.open(BytesIO(frame)).convert('RGB'))[..., ::-1].astype(int)
    row, problem = clean(path, tmp_path / 'a')
    assert problem is None and row['format'] == 'DICOM' and row['file_name'].endswith('.jpg')
    assert abs(read_photograph(tmp_path / 'a.jpg') - expected).mean() < 1
    assert np.array_equal(read(path.read_bytes()), expected)


def test_heic_is_upright_and_its_profile_converted(pillow_heif, tmp_path):
    (tmp_path / 'a').write_bytes(heic(Image.new('RGB', (64, 32), (234, 51, 35))))
    row, _ = clean(tmp_path / 'a', tmp_path / 'out', lossless=True)
    assert (row['width'], row['height'], row['format']) == (32, 64, 'HEIF')
    assert abs(read_photograph(tmp_path / 'out.png')[32, 16].astype(int) - (0, 0, 255)).max() <= 8


@pytest.mark.parametrize('color', [dict(color_primaries=12), dict(transfer_characteristics=16)])
def test_heic_of_wide_colors_without_a_profile(pillow_heif, monkeypatch, color):
    data = heic()
    opened = Image.open(BytesIO(data))
    del opened.info['icc_profile']
    opened.info['nclx_profile'] = dict(color_primaries=1, transfer_characteristics=13) | color
    monkeypatch.setattr(formats.Image, 'open', lambda *args, **options: opened)
    with pytest.raises(BadPhotograph, match='not those of sRGB'):
        formats.open_image(data)


@pytest.mark.parametrize('package, data', [('pydicom', bytes(128) + b'DICM'), ('pillow_heif', bytes(4) + b'ftypheic')])
def test_a_missing_package_is_named_with_the_command(package, data, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / 'a').write_bytes(data)
    problem = identify(tmp_path / 'a', Names(bytes(32))).problem
    assert package in problem and "pip install -e '.[base]'" in problem


def test_a_decoder_that_fails_on_its_own_is_the_files_problem(tmp_path, monkeypatch):
    (tmp_path / 'a.jpg').write_bytes(jpeg())

    def fail(*args, **options):
        raise KeyError('tag')

    monkeypatch.setattr(formats.Image, 'open', fail)
    assert identify(tmp_path / 'a.jpg', Names(bytes(32))).problem == "damaged (KeyError: 'tag')"
    assert clean(tmp_path / 'a.jpg', tmp_path / 'b') == (None, "damaged (KeyError: 'tag')")


def test_a_full_disk_is_not_the_files_problem(tmp_path, monkeypatch):
    (tmp_path / 'a.jpg').write_bytes(jpeg())

    def full(self, data):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(Path, 'write_bytes', full)
    with pytest.raises(OSError, match='No space'):
        clean(tmp_path / 'a.jpg', tmp_path / 'b')


def test_what_is_too_large_is_not_unpacked(pydicom, tmp_path, monkeypatch):
    with pytest.raises(OutOfBounds, match='a size of 65000 x 65000'):
        formats.read_dicom(dicom(Rows=65000, Columns=65000))
    with pytest.raises(BadPhotograph, match='deflated'):
        formats.read_dicom(bytes(128) + b'DICM' + formats.DEFLATED)
    (tmp_path / 'a.jpg').write_bytes(jpeg())
    monkeypatch.setattr('lopm.curation.intake.clean.PHOTOGRAPH_BYTES', 1000)
    assert identify(tmp_path / 'a.jpg', Names(bytes(32))).problem.startswith('more than 1,000 bytes')
