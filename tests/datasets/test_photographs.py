import io
import os
import socket
import struct
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, ImageOps

from lopm.datasets.photographs import BadPhotograph, read_photograph, read_size, upright_size
from tests.datasets.mutations import mutations

RED = (200, 40, 20)


def saved(tmp_path, image, name='p.png', **options):
    image.save(tmp_path / name, **options)
    return tmp_path / name


def halves(mode='RGB', left=RED, right=(10, 10, 10), size=(8, 4)):
    image = Image.new(mode, size, right)
    image.paste(left, (0, 0, size[0] // 2, size[1]))
    return image


def test_channels_are_blue_green_red(tmp_path):
    read = read_photograph(saved(tmp_path, halves()))
    assert read.shape == (4, 8, 3) and read.dtype == np.uint8
    assert read[0, 0].tolist() == [20, 40, 200] and read[0, 7].tolist() == [10, 10, 10]


def test_exif_rotation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90 degrees clockwise
    path = saved(tmp_path, halves(), 'p.jpg', exif=exif, quality=100, subsampling=0)
    read = read_photograph(path, size=(4, 8)).astype(int)
    assert read.shape == (8, 4, 3)
    assert abs(read[0, 0] - RED[::-1]).max() < 12 and read[7, 0].max() < 22  # left became the top


def test_cmyk_is_red_where_it_was_red(tmp_path):
    path = saved(tmp_path, halves('CMYK', (0, 255, 255, 0), (0, 0, 0, 255)), 'p.jpg', quality=100)
    read = read_photograph(path).astype(int)
    assert abs(read[0, 0] - (0, 0, 255)).max() < 12 and read[0, 7].max() < 12


def test_grey_and_bilevel(tmp_path):
    assert read_photograph(saved(tmp_path, halves('L', 90, 10)))[0, 0].tolist() == [90, 90, 90]
    assert read_photograph(saved(tmp_path, halves('1', 1, 0)))[0, 0].tolist() == [255] * 3


def test_16_bits_are_scaled_not_clipped(tmp_path):
    values = np.array([[0, 257 * 100, 65535]], np.uint16)
    read = read_photograph(saved(tmp_path, Image.fromarray(values)))
    assert read[0, :, 0].tolist() == [0, 100, 255]


@pytest.mark.parametrize('white', [1, 255, 65535])
def test_floats_are_scaled_by_what_is_white(tmp_path, white):
    values = np.float32([[0, white * 100 / 255, white]])
    assert read_photograph(saved(tmp_path, Image.fromarray(values), 'p.tif'))[0, :, 1].tolist() == [0, 100, 255]


@pytest.mark.parametrize('white', [255, 65535])
def test_integers_of_32_bits_are_scaled_by_what_is_white(tmp_path, white):
    values = np.int32([[0, white * 100 / 255, white]])
    assert read_photograph(saved(tmp_path, Image.fromarray(values), 'p.tif'))[0, :, 1].tolist() == [0, 100, 255]


@pytest.mark.parametrize('values', [[-0.5, 1], [0, np.nan], [0, np.inf], [0, 70000]])
def test_numbers_of_no_known_brightness_are_refused(tmp_path, values):
    path = saved(tmp_path, Image.fromarray(np.float32([values])), 'p.tif')
    with pytest.raises(BadPhotograph, match='p.tif: numbers from .* 0 to 1 or to 255 or to 65535; save it with 8 bits'):
        read_photograph(path)


@pytest.mark.parametrize('mode, left, right', [('RGBA', (*RED, 255), (0, 0, 0, 0)), ('LA', (90, 255), (0, 0))])
def test_transparent_is_white(tmp_path, mode, left, right):
    read = read_photograph(saved(tmp_path, halves(mode, left, right)))
    assert read[0, 7].tolist() == [255] * 3 and read[0, 0].tolist() != [255] * 3


def test_half_transparent_is_half_white(tmp_path):
    read = read_photograph(saved(tmp_path, halves('RGBA', (0, 0, 0, 128))))
    assert abs(int(read[0, 0, 0]) - 127) <= 1


def test_palette_with_transparency(tmp_path):
    path = saved(tmp_path, halves().quantize(4), transparency=halves().quantize(4).getpixel((7, 0)))
    read = read_photograph(path)
    assert read[0, 0].tolist() == [20, 40, 200] and read[0, 7].tolist() == [255] * 3


def profile(space='sRGB', swapped=False):
    """An ICC profile; swapped: one in which the first channel is green and the second red, whatever its name says."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()
    if swapped:
        data = data.replace(b'rXYZ', b'temp', 1).replace(b'gXYZ', b'rXYZ', 1).replace(b'temp', b'gXYZ', 1)
    return data


def test_color_profile_is_converted_to_srgb(tmp_path):
    read = read_photograph(saved(tmp_path, halves(), icc_profile=profile(swapped=True))).astype(int)
    assert abs(read[0, 0] - (20, 200, 40)).max() <= 3


@pytest.mark.parametrize('data', [profile(), profile('LAB'), b'nonsense'])
def test_srgb_unfitting_or_damaged_profiles_change_nothing(tmp_path, data):
    assert read_photograph(saved(tmp_path, halves(), icc_profile=data))[0, 0].tolist() == [20, 40, 200]


def jpeg_bytes():
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(file, 'JPEG')
    return file.getvalue()


@pytest.mark.parametrize('content, words', [
    (None, 'missing'), (b'', 'empty or no image'), (b'patient list, no image at all', 'empty or no image'),
    (jpeg_bytes()[:-1500], 'damaged'), (jpeg_bytes()[:40], 'damaged|no image')])
def test_a_bad_file_is_named_with_the_reason_and_the_fix(tmp_path, content, words):
    path = tmp_path / 'visit_3.jpg'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadPhotograph, match=f'visit_3.jpg: .*({words}).*; replace it, or take it away$'):
        read_photograph(path)


@pytest.mark.parametrize('kind', ['tif', 'png', 'jpg'])
def test_the_size_is_that_of_the_upright_photograph(tmp_path, kind):
    exif = Image.Exif()
    exif[0x0112] = 6
    assert read_photograph(saved(tmp_path, halves(), f'p.{kind}', exif=exif), size=(4, 8)).shape == (8, 4, 3)


def test_a_folder_is_no_photograph(tmp_path):
    with pytest.raises(BadPhotograph, match='no regular file'):
        read_photograph(tmp_path)


def test_pipes_sockets_and_devices_are_not_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's name is short
    os.mkfifo('pipe.jpg')
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind('socket.jpg')
        for path in ('pipe.jpg', 'socket.jpg', '/dev/zero'):
            for read in (read_photograph, read_size):
                with pytest.raises(BadPhotograph, match=f'{path}: no regular file'):
                    read(path)
            assert upright_size(path) is None


def png_of(width, height):
    """The head of a PNG of any size, and a few pixels."""
    def chunk(name, data):
        return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 1, 0, 0, 0, 0)) + \
        chunk(b'IDAT', zlib.compress(bytes(100))) + chunk(b'IEND', b'')


@pytest.mark.filterwarnings('ignore::PIL.Image.DecompressionBombWarning')  # pytest sets the filters anew
@pytest.mark.parametrize('size, words', [
    ((25000, 20000), 'a size of 25000 x 20000, more than'), ((70000, 10), 'a size of 70000 x 10'),
    ((2 ** 31 - 1, 2 ** 31 - 1), 'more than 500 million pixels')])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, size, words):
    (tmp_path / 'p.png').write_bytes(png_of(*size))
    for read in (read_photograph, read_size):
        with pytest.raises(BadPhotograph, match=f'p.png: {words}'):
            read(tmp_path / 'p.png')


def test_exif_that_cannot_be_written_back_is_not_in_the_way(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.ImageWidth] = 6, 7
    data = exif.tobytes()
    damaged = data.replace(struct.pack('>HHI', 256, 4, 1), struct.pack('>HHI', 256, 2, 1))  # said to be text
    assert damaged != data
    with Image.open(saved(tmp_path, halves(), 'p.jpg', exif=damaged)) as image, pytest.raises(struct.error):
        ImageOps.exif_transpose(image, in_place=True)
    path = saved(tmp_path, halves(), 'p.jpg', exif=damaged)
    assert read_photograph(path, (4, 8)).shape == (8, 4, 3) and read_size(path) == (4, 8)


@pytest.mark.parametrize('error', [RuntimeError, RecursionError, TypeError, MemoryError, ZeroDivisionError])
def test_whatever_a_decoder_raises_is_a_bad_photograph(tmp_path, monkeypatch, error):
    path = saved(tmp_path, halves())

    def fail(*args):
        raise error('of a decoder')

    monkeypatch.setattr(Image.Image, 'convert', fail)
    with pytest.raises(BadPhotograph, match='p.png: .*; replace it, or take it away'):
        read_photograph(path)


def test_a_stop_is_not_the_photographs_fault(tmp_path, monkeypatch):
    path = saved(tmp_path, halves())

    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(Image.Image, 'convert', stop)
    with pytest.raises(KeyboardInterrupt):
        read_photograph(path)


def test_damaged_files_are_read_or_refused_with_their_name(tmp_path):
    path, refused = tmp_path / 'p.bin', 0
    for what, data in mutations(200, seed=0):
        path.write_bytes(data)
        try:
            pixels = read_photograph(path)
            assert pixels.dtype == np.uint8 and pixels.ndim == 3, what
        except BadPhotograph as error:
            assert str(error).startswith(f'{path}: ') and len(str(error)) < 600, what
            refused += 1
    assert 50 < refused < 190


def test_another_size_than_the_json_says(tmp_path):
    with pytest.raises(BadPhotograph, match='8 x 4 when upright, but the json says 4 x 8'):
        read_photograph(saved(tmp_path, halves()), size=(4, 8))


@pytest.mark.parametrize('orientation', [b'\x06', 'six', 99])
def test_an_orientation_that_is_none_is_passed_over(tmp_path, monkeypatch, orientation):
    path = saved(tmp_path, halves())
    monkeypatch.setattr(Image.Image, 'getexif', lambda self: {0x0112: orientation})
    assert read_photograph(path).shape == (4, 8, 3)


@pytest.mark.parametrize('orientation', [1, 6])
def test_a_jpeg_is_decoded_no_smaller_than_asked_and_upright(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path, halves(size=(640, 320)), 'p.jpg', exif=exif, quality=95)
    upright, half, enough = ((640, 320), (320, 160), (300, 150)) if orientation == 1 else \
        ((320, 640), (160, 320), (150, 300))
    read = read_photograph(path, upright, at_least=enough).astype(int)
    assert read.shape[1::-1] == half
    assert abs(read[10, 10] - RED[::-1]).max() < 12 and read[-10, -10].max() < 22
    assert read_photograph(path, upright, at_least=(half[0] + 1, 10)).shape[1::-1] == upright
    with pytest.raises(BadPhotograph, match='the json says 640 x 640'):
        read_photograph(path, (640, 640), at_least=enough)


@pytest.mark.parametrize('name, there', [('p.PNG', 'p.png'), ('P.png', 'p.png'), ('p.jpg', 'p.png'), ('q.png', None)])
def test_a_missing_photograph_is_told_from_one_of_nearly_its_name(name, there, tmp_path):
    saved(tmp_path, halves())
    words = f', but {there} is there;' if there else ';'
    with pytest.raises(BadPhotograph, match=f'{name}: the file is missing{words}'):
        read_photograph(tmp_path / name)
