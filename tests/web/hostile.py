"""Files that somebody may send in the place of a photograph: damaged, disguised, too large, with words planted in them.

What is planted stands in ``tests.curation.clinic.SECRETS``.
"""
import io
import random
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image

from tests.curation import clinic
from tests.datasets.mutations import mutations

MEGA = 1_000_000


def hostile(count, seed=0, large=False):
    """Yield ``(what it is, bytes)`` of so many files: those that are told by name first, then photographs that were
    damaged at random, half of them where their structure is.

    Args:
        large: Those as well of which one takes gigabytes to decode.
    """
    named = [*known(), *(bombs() if large else ())][:count]
    yield from named
    left, draw = count - len(named), random.Random(seed)
    structured = mutations(left // 2, seed)
    sound = photographs()
    for i in range(left):
        if i % 2 and (found := next(structured, None)):
            yield found
        else:
            kind, data = sound[i // 2 % len(sound)]
            yield damaged(draw, kind, data)


def photographs():
    """``[(format, bytes)]`` of sound ones; of DICOM and HEIC where there is something to write them with."""
    found = [('JPEG', clinic.jpeg()), ('PNG', clinic.png()), ('TIFF', clinic.tiff()), ('WebP', clinic.webp())]
    try:
        import pillow_heif
        pillow_heif.register_heif_opener()
        return [*found, ('DICOM', clinic.dicom()), ('HEIC', clinic.heic())]
    except ImportError:
        print('without DICOM and HEIC: pydicom or pillow_heif is not installed')
        return found


def damaged(draw, kind, data):
    """A photograph that was cut off, or has bytes flipped, doubled, or of another file in it."""
    data, place = bytearray(data), draw.randrange(len(data))
    way = draw.choice(('cut', 'flip', 'flip', 'zero', 'double', 'inside'))
    if way == 'cut':
        del data[place:]
    elif way == 'flip':
        for _ in range(draw.randrange(1, 60)):
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    elif way == 'zero':
        data[place:place + 200] = bytes(200)
    elif way == 'double':
        data[place:place] = data[max(place - 500, 0):place]
    else:
        data[place:place] = html()
    return f'{kind} {way}', bytes(data)


def known():
    """``[(what, bytes)]``."""
    jpeg, png, small = clinic.jpeg(), clinic.png(), Image.new('RGB', (64, 48), 'red')
    return [
        *((f'sound {kind}', data) for kind, data in photographs()),
        ('one byte', b'\xff'), ('text', clinic.NAME.encode() * 50), ('html', html()), ('svg', svg()), ('pdf', pdf()),
        ('zip', zipped(jpeg)), ('shell', b'#!/bin/sh\nrm -rf /\n'), ('elf', b'\x7fELF' + bytes(500)),
        ('eps', b'%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n'),
        ('mvg', b"push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://evil.example/x.jpg)'\n"),
        ('JPEG and html', jpeg + html()), ('JPEG in html', b'<html><script>alert(1)</script>' + jpeg),
        ('JPEG with a script as comment', saved(small, 'JPEG', comment=html())), ('JPEG and zip', jpeg + zipped(jpeg)),
        ('JPEG and pdf', jpeg + pdf()), ('PNG and zip', png + zipped(png)), ('GIF that is a script', gif_script()),
        ('PNG with a script as palette', png_with(b'PLTE', b'<script>alert(1)</script>  ')),
        ('1 x 1', saved(Image.new('RGB', (1, 1)), 'PNG')), ('1 x 65535', saved(Image.new('L', (1, 65535)), 'PNG')),
        ('65500 x 1 JPEG', saved(Image.new('L', (65500, 1)), 'JPEG')),
        ('16 bits', saved(Image.fromarray(np.arange(64 * 48, dtype=np.uint16).reshape(48, 64) * 20), 'PNG')),
        ('CMYK', saved(small.convert('CMYK'), 'JPEG')), ('1 bit', saved(small.convert('1'), 'PNG')),
        ('palette with transparency', saved(small.quantize(8), 'PNG', transparency=0)),
        ('RGBA', saved(small.convert('RGBA'), 'PNG')), ('floats', saved(Image.new('F', (64, 48), .5), 'TIFF')),
        ('animated GIF', animated('GIF')), ('animated PNG', animated('PNG')), ('animated WebP', animated('WEBP')),
        ('many pages', animated('TIFF')), ('BMP', saved(small, 'BMP')), ('ICO', saved(small, 'ICO')),
        ('PPM', saved(small, 'PPM')), ('60000 x 60000 by its head', png_of(60_000, 60_000)),
        ('0 x 0', png_of(0, 0)), ('2^31 wide', png_of(2**31 - 1, 1)),
        ('JPEG of 65535 x 65535 by its head', stretched()),
        ('PNG whose pixels never end', png_of(1000, 1000, zlib.compress(bytes(40 * MEGA), 9))),
        ('PNG whose text never ends', png_with(b'zTXt', b'Comment\0\0' + zlib.compress(b'x' * 80 * MEGA, 9))),
        ('PNG whose profile never ends', png_with(b'iCCP', b'p\0\0' + zlib.compress(bytes(80 * MEGA), 9))),
        ('PNG with a wrong checksum', png[:-20] + b'\0\0\0\0' + png[-16:]), ('JPEG cut in two', jpeg[:len(jpeg) // 2]),
        ('JPEG without its end', jpeg[:-2]), ('JPEG of heads alone', b'\xff\xd8' + b'\xff\xe1\xff\xff' * 5000),
        ('nulls', bytes(5000)), ('JPEG behind nulls', bytes(500) + jpeg),
        ('two JPEGs', jpeg + clinic.jpeg(clinic.drawn(7)))]


def bombs():
    """Small files of many pixels: what is accepted at the most, and what is beyond it."""
    return [(f'{mega} million pixels', png_of(10_000, mega * 100, zlib.compress(bytes(mega * 100 * 30_001), 9)))
            for mega in (100, 101, 200)] + [('50 million pixels', large_jpeg())]


def large_jpeg():
    """As the largest that phones write."""
    return saved(clinic.drawn(8, (800, 600)).resize((8160, 6120)), 'JPEG')


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def animated(kind):
    frames = [Image.new('RGB', (64, 48), color) for color in ('red', 'green', 'blue')]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:])


def html():
    return f'<html><body>{clinic.NAME}<script>alert(1)</script></body></html>'.encode()


def svg():
    return b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="file:///etc/passwd"/></svg>'


def pdf():
    action = '/OpenAction<</S/JavaScript/JS(app.alert(1))>>'
    return f'%PDF-1.4\n1 0 obj<</Type/Catalog{action}>>endobj %{clinic.NAME}'.encode()


def zipped(data):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        archive.writestr(f'../{clinic.NAME}.jpg', data)
    return file.getvalue()


def gif_script():
    return b'GIF89a=1;alert(1)//' + bytes(200)


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def png_of(width, height, pixels=b'x\x9c'):
    """A PNG of a size that its head says, and of any pixels."""
    head = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) + chunk(b'IDAT', pixels) + chunk(b'IEND', b'')


def png_with(kind, data):
    """A sound PNG with a chunk behind its head."""
    sound = saved(Image.new('RGB', (64, 48), 'red'), 'PNG')
    return sound[:33] + chunk(kind, data) + sound[33:]


def stretched():
    """A small JPEG whose head says that it is as large as one may be."""
    data = bytearray(saved(Image.new('RGB', (64, 48), 'red'), 'JPEG'))
    at = data.index(b'\xff\xc0')
    data[at + 5:at + 9] = b'\xff\xff\xff\xff'
    return bytes(data)
