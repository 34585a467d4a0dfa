"""Nothing of what a clinic's files say of a patient is in the base: every byte of it is searched."""
import base64
import contextlib
import json
import re
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from lopm.curation.intake import formats
from lopm.datasets.photographs import read_photograph
from lopm.datasets.pixels import upright_bgr
from tests.curation.clinic import CYRILLIC, NAME, SECRETS, dicom, heic, ingest, jpeg, png, tiff, webp


def spelled(word):
    """A word as bytes in the encodings that files use, upper and lower case apart."""
    plain = [word.encode(encoding) for encoding in ('utf-8', 'utf-16-le', 'utf-16-be')]
    # base64 of a text that holds the word at each of three places, less the digits that its neighbors change
    coded = [base64.b64encode(b' ' * shift + plain[0])[(0, 2, 3)[shift]:].rstrip(b'=')[:-1] for shift in range(3)]
    return [*plain, *coded, plain[0].hex().encode()]


def unpacked(data):
    """A file's bytes, and those of its zlib streams."""
    streams, view = [data], memoryview(data)
    for header in re.finditer(rb'\x78[\x01\x5e\x9c\xda]', data):  # all that RFC 1950 has without a dictionary
        with contextlib.suppress(zlib.error):
            streams.append(zlib.decompressobj().decompress(view[header.start():]))
    return streams


def told(folder):
    """Which secrets stand in the names and bytes of a folder's files."""
    found = set()
    for path in folder.rglob('*'):
        streams = [str(path.relative_to(folder)).encode()] + (unpacked(path.read_bytes()) if path.is_file() else [])
        text = b'\n'.join(streams).lower()
        found |= {(word, i) for word in SECRETS for i, form in enumerate(spelled(word)) if form.lower() in text}
    return found


@pytest.fixture(scope='module')
def clinic(tmp_path_factory):
    """A clinic's folder; ``{suffix: path}`` of its photographs, and the base made of it."""
    root = tmp_path_factory.mktemp('clinic')
    folder = root / 'photos' / f'{NAME} {CYRILLIC}'
    folder.mkdir(parents=True)
    writers = {'jpg': jpeg, 'png': png, 'tif': tiff, 'webp': webp}
    try:
        import pydicom  # noqa: F401
        writers['dcm'] = dicom
    except ImportError:
        print('without pydicom, which is not installed')
    try:
        import pillow_heif
        pillow_heif.register_heif_opener()
        writers['heic'] = heic
    except ImportError:
        print('without pillow_heif, which is not installed')
    paths = {suffix: folder / f'{NAME}_20261123.{suffix}' for suffix in writers}
    for suffix, path in paths.items():
        path.write_bytes(writers[suffix]())
    (root / 'photos' / f'{NAME}.txt').write_text(CYRILLIC)  # no photograph: it is in the report, and nowhere else
    return root, paths


@pytest.fixture(scope='module')
def base(clinic):
    root, _ = clinic
    assert ingest(root / 'photos', root / 'base', '--key', root / 'key', '--patients', 'folder',
                  '--table', root / 'table.csv') == 1
    return root / 'base'


def test_what_is_planted_is_found_in_the_source(clinic):
    found = told(clinic[0] / 'photos')
    assert {word for word, _ in found} == set(SECRETS)
    assert {0, 1, 2, 3} <= {form for word, form in found if word == NAME} | {1}
    assert (NAME, 0) in found and (NAME, 2) in found and (CYRILLIC, 1) in found


@pytest.mark.parametrize('suffix', ['jpg', 'png', 'tif', 'webp', 'dcm', 'heic'])
def test_each_file_tells_the_name(clinic, suffix):
    if suffix not in clinic[1]:
        pytest.skip(f'the package that reads {suffix} is not installed')
    text = b'\n'.join(unpacked(clinic[1][suffix].read_bytes()))
    assert NAME.encode() in text


def test_nothing_is_found_in_the_base(base, capfd):
    assert told(base) == set()


def test_nothing_is_said_on_the_terminal(clinic, tmp_path, capfd):
    root, _ = clinic
    ingest(root / 'photos', tmp_path / 'base', '--key', root / 'key', '--patients', 'folder', '--report',
           tmp_path / 'report.csv')
    said = ''.join(capfd.readouterr())
    assert '1 files are NOT in the base' in said
    assert not [word for word in SECRETS if word in said.replace(str(root), '')]


def test_jpeg_files_hold_tables_and_pixels_alone(base):
    for path in (base / 'images').glob('*.jpg'):
        data, at, markers = path.read_bytes(), 2, []
        while markers[-1:] != [0xda]:
            marker, length = struct.unpack_from('>xBH', data, at)
            markers.append(marker)
            at += 2 + length
        assert set(markers) <= {0xe0, 0xdb, 0xc0, 0xc4, 0xda} and markers.count(0xe0) == 1
        assert data[4:20] == b'\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0'[:16]  # no thumbnail
        assert data.index(b'\xff\xd9') == len(data) - 2  # and nothing behind the pixels


def test_png_files_hold_pixels_alone(base):
    for path in (base / 'images').glob('*.png'):
        data, at, kinds = path.read_bytes(), 8, []
        while at < len(data):
            length, kind = struct.unpack_from('>I4s', data, at)
            kinds.append(kind)
            at += 12 + length
        assert set(kinds) == {b'IHDR', b'IDAT', b'IEND'}


def row_of(base, path):
    """The manifest's row of a source, found by its format."""
    kind = {'jpg': 'JPEG', 'tif': 'TIFF', 'dcm': 'DICOM', 'heic': 'HEIF'}.get(path.suffix[1:], path.suffix[1:].upper())
    return next(row for row in map(json.loads, (base / 'manifest.jsonl').read_text().splitlines())
                if row['format'] == kind)


def test_pixels_are_those_that_the_data_set_reads(clinic, base):
    for suffix, path in clinic[1].items():
        row = row_of(base, path)
        got = read_photograph(base / row['file_name'], (row['width'], row['height'])).astype(int)
        expected = source_pixels(path)
        if row['file_name'].endswith('.png'):
            assert np.array_equal(got, expected), suffix
        else:
            assert got.shape == expected.shape and abs(got - expected).mean() < 2, suffix


def test_lossless_keeps_every_pixel(clinic, tmp_path):
    ingest(clinic[0] / 'photos', tmp_path / 'base', '--key', clinic[0] / 'key', '--lossless', '--report',
           tmp_path / 'report.csv')
    for path in clinic[1].values():
        got = cv2.imread(str(tmp_path / 'base' / row_of(tmp_path / 'base', path)['file_name']))
        assert np.array_equal(got, source_pixels(path)), path.suffix


def source_pixels(path):
    """As the data set reads them; DICOM, which it does not read, by pydicom alone."""
    if path.suffix == '.dcm':
        import pydicom
        return pydicom.dcmread(path).pixel_array[..., ::-1]
    with Image.open(path) as image:  # read_photograph reads HEIC where pillow_heif is registered
        assert np.array_equal(upright_bgr(image), read_photograph(path))
    return read_photograph(path)


def test_display_p3_became_srgb_and_upright(clinic, base):
    row = row_of(base, clinic[1]['jpg'])
    assert (row['width'], row['height']) == (120, 160)
    raw = np.asarray(Image.open(clinic[1]['jpg'])).astype(int)
    got = read_photograph(base / row['file_name'])[..., ::-1].astype(int)
    # P3 is wider: the same color has more distant numbers in sRGB
    assert abs(got - np.rot90(raw, -1)).mean() > 3
    assert np.ptp(got, -1).mean() > 1.1 * np.ptp(raw, -1).mean()


def test_the_key_holders_tables_are_outside_and_complete(clinic, base):
    root, paths = clinic
    table = (root / 'table.csv').read_text(encoding='utf-8')
    assert all(str(path) in table for path in paths.values())
    assert table.count('images/') == len(paths)
    assert (root / 'key.report.csv').read_text().count('no JPEG, PNG') == 1
    assert all((root / name).stat().st_mode & 0o777 == 0o600 for name in ('key', 'table.csv', 'key.report.csv'))


def test_formats_are_known_by_their_bytes():
    assert formats.open_image(jpeg()).format in ('JPEG', 'MPO')
