import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from lopm.datasets.photographs import BadPhotograph, read_photograph

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
    with pytest.raises(BadPhotograph, match=f'visit_3.jpg: .*({words}).*remove it from the json'):
        read_photograph(path)


@pytest.mark.parametrize('kind', ['tif', 'png', 'jpg'])
def test_the_size_is_that_of_the_upright_photograph(tmp_path, kind):
    exif = Image.Exif()
    exif[0x0112] = 6
    assert read_photograph(saved(tmp_path, halves(), f'p.{kind}', exif=exif), size=(4, 8)).shape == (8, 4, 3)


def test_a_folder_is_no_photograph(tmp_path):
    with pytest.raises(BadPhotograph):
        read_photograph(tmp_path)


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
