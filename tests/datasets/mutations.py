"""Photographs damaged where their structure is: lengths, types, counts, offsets, sizes; by a fixed seed."""
import io
import struct
import zlib

import numpy as np
from PIL import Image

NUMBERS = [0, 1, 2, 3, 4, 5, 7, 8, 12, 13, 16, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff,
           0x80000000, 0xfffffffe, 0xffffffff]


def seeds():
    """``[(format, bytes)]``: small sound photographs of every format that is read."""
    rng = np.random.default_rng(0)
    rgb = Image.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112], exif[0x010f], exif[0x011a] = 6, 'maker', 72.0
    exif.get_ifd(0x8769)[0x829a] = 0.01
    exif.get_ifd(0x8825)[2] = (48.0, 8.0, 15.0)
    float_grey = Image.fromarray(rng.random((24, 32), dtype=np.float32))
    wanted = [(rgb, 'JPEG', dict(exif=exif)), (rgb, 'JPEG', dict(progressive=True, exif=exif)),
              (rgb.convert('CMYK'), 'JPEG', {}), (rgb, 'PNG', dict(exif=exif)), (rgb.quantize(8), 'PNG', {}),
              (rgb, 'TIFF', dict(exif=exif)), (rgb, 'TIFF', dict(compression='tiff_lzw')),
              (rgb, 'TIFF', dict(compression='jpeg')), (rgb, 'TIFF', dict(compression='tiff_deflate', exif=exif)),
              (float_grey, 'TIFF', {}), (rgb, 'WEBP', dict(exif=exif)), (rgb, 'WEBP', dict(lossless=True)),
              (rgb, 'AVIF', dict(exif=exif)), (rgb, 'BMP', {}), (rgb.quantize(8), 'BMP', {}), (rgb, 'GIF', {}),
              (rgb, 'JPEG2000', {})]
    try:
        import pillow_heif
        pillow_heif.register_heif_opener()
        wanted.append((rgb, 'HEIF', dict(exif=exif)))
    except ImportError:
        print('without HEIC: pillow_heif is not installed')
    made = []
    for image, kind, options in wanted:
        file = io.BytesIO()
        image.save(file, kind, **options)
        made.append((kind, file.getvalue()))
    return made


def mutations(count, seed):
    """``(what was done, bytes)`` of ``count`` damaged photographs."""
    sound = seeds()
    rng = np.random.default_rng(seed)
    for number in range(count):
        kind, data = sound[number % len(sound)]
        data, done = bytearray(data), []
        for _ in range(rng.integers(1, 4)):
            way = rng.choice([write_number, write_number, write_number, write_number, flip, cut, double])
            way(data, kind, rng)
            done.append(way.__name__)
        if kind == 'PNG':
            mend_checksums(data)
        yield f'{number} {kind} {" ".join(done)}', bytes(data)


def write_number(data, kind, rng):
    """A telling number where the format keeps a length, a type, a count, an offset or a size."""
    places = tiff_places(data) + {'PNG': png_places, 'JPEG': jpeg_places, 'WEBP': riff_places, 'HEIF': box_places,
                                  'AVIF': box_places, 'JPEG2000': box_places}.get(kind, head_places)(data)
    at, size, order = places[rng.integers(len(places))]
    number = int(rng.choice(NUMBERS)) % (1 << 8 * size)
    data[at:at + size] = number.to_bytes(size, order)


def flip(data, kind, rng):
    """Random bytes in the first 400."""
    for at in rng.integers(0, min(len(data), 400), 3):
        data[at] = rng.integers(256)


def cut(data, kind, rng):
    del data[rng.integers(len(data) // 4, len(data)):]


def double(data, kind, rng):
    """A piece stands twice."""
    at = rng.integers(len(data))
    data[at:at] = data[at:at + rng.integers(1, 200)]


def head_places(data):
    return [(at, 2, 'little') for at in range(0, min(len(data), 54) - 2, 2)]


def tiff_places(data):
    """The entries of the directories of TIFF, and of EXIF in any format."""
    places = []
    for mark, order in ((b'II*\0', 'little'), (b'MM\0*', 'big')):
        start = data.find(mark)
        if start < 0:
            continue
        at = start + int.from_bytes(data[start + 4:start + 8], order)
        count = min(int.from_bytes(data[at:at + 2], order), 40)
        places += [(start + 4, 4, order), (at, 2, order)]
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            places += [(entry, 2, order), (entry + 2, 2, order), (entry + 4, 4, order), (entry + 8, 4, order)]
    return [place for place in places if place[0] + place[1] <= len(data)]


def png_places(data):
    places, at = [(at, 4, 'big') for at in (16, 20)] + [(at, 1, 'big') for at in range(24, 29)], 8
    while at + 12 <= len(data):
        places += [(at, 4, 'big'), (at + 4, 4, 'big'), (at + 8, 4, 'big')]
        at += 12 + int.from_bytes(data[at:at + 4])
    return [place for place in places if place[0] + place[1] <= len(data)] or head_places(data)


def jpeg_places(data):
    places, at = [], 2
    while at + 4 < len(data) and data[at] == 0xff:
        places += [(at + 1, 1, 'big'), (at + 2, 2, 'big'), *((at + 4 + i, 1, 'big') for i in range(12))]
        at += 2 + int.from_bytes(data[at + 2:at + 4])
    return [place for place in places if place[0] < len(data) - 2] or head_places(data)


def riff_places(data):
    places, at = [(4, 4, 'little')], 12
    while at + 8 <= len(data):
        places += [(at, 4, 'little'), (at + 4, 4, 'little'), *((at + 8 + i, 2, 'little') for i in range(0, 12, 2))]
        at += 8 + int.from_bytes(data[at + 4:at + 8], 'little')
    return [place for place in places if place[0] + place[1] <= len(data)]


def box_places(data):
    """Sizes and contents of the boxes of ISO media files, at all depths: by their names of four letters."""
    places = []
    for name in (b'ftyp', b'meta', b'hdlr', b'pitm', b'iloc', b'iinf', b'infe', b'iprp', b'ipco', b'ispe', b'pixi',
                 b'hvcC', b'av1C', b'colr', b'irot', b'ipma', b'iref', b'mdat', b'jp2h', b'ihdr', b'jp2c'):
        at = data.find(name)
        if at >= 4:
            places += [(at - 4, 4, 'big'), *((at + 4 + i, 4, 'big') for i in range(0, 24, 2))]
    return [place for place in places if place[0] + 4 <= len(data)] or head_places(data)


def mend_checksums(data):
    """So that a PNG's chunks are read, not passed over."""
    at = 8
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at:at + 4])
        if end + 4 > len(data):
            return
        data[end:end + 4] = struct.pack('>I', zlib.crc32(data[at + 4:end]))
        at = end + 4
