"""A part of eleven photographs as cameras, editors and phones save them, for the tests of exports."""
import importlib.util
import json
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from lopm.datasets.lesions import LesionDataset

_spec = importlib.util.spec_from_file_location('datasets_tiny', Path(__file__).parents[1] / 'datasets' / 'tiny.py')
_tiny = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_tiny)
HEIGHT, WIDTH, TASKS, RECORD_FIELDS, LOAD = _tiny.HEIGHT, _tiny.WIDTH, _tiny.TASKS, _tiny.RECORD_FIELDS, _tiny.LOAD
image, lesion, square = _tiny.image, _tiny.lesion, _tiny.square

SECRET = 'Marguerite'  # stands in every file that has room for it
NAMES = ['plain.jpg', 'camera.jpg', 'turned.jpg', 'grey.jpg', 'progressive.jpg', 'plain.png', 'text.png', 'clear.png',
         'ink.jpg', 'wide.jpg', 'palette.png']
OWN_CODING = NAMES[:2] + NAMES[3:7]  # the others look different in every reader


def other_profile():
    """An ICC profile in which the first channel is green and the second red."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()
    data = data.replace('sRGB'.encode('utf-16-be'), 'mine'.encode('utf-16-be'))
    return data.replace(b'rXYZ', b'temp', 1).replace(b'gXYZ', b'rXYZ', 1).replace(b'temp', b'gXYZ', 1)


def write_photographs(folder):
    """The files of ``NAMES``, 60 x 40 when upright."""
    x, y = np.meshgrid(np.linspace(0, 1, WIDTH), np.linspace(0, 1, HEIGHT))
    rgb = (255 * np.stack([x, y, 0.5 + 0.5 * np.sin(9 * x * y)], -1)).astype(np.uint8)
    picture = Image.fromarray(rgb)
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = SECRET
    exif[ExifTags.Base.Orientation] = 1
    picture.save(folder / 'plain.jpg', quality=90)
    picture.save(folder / 'camera.jpg', quality=90, subsampling=0, exif=exif, comment=SECRET.encode(),
                 xmp=SECRET.encode())
    exif[ExifTags.Base.Orientation] = 6
    Image.fromarray(np.ascontiguousarray(np.rot90(rgb))).save(folder / 'turned.jpg', exif=exif)
    picture.convert('L').save(folder / 'grey.jpg')
    picture.save(folder / 'progressive.jpg', progressive=True, restart_marker_rows=1)
    picture.save(folder / 'plain.png')
    text = PngImagePlugin.PngInfo()
    text.add_text('Author', SECRET)
    picture.save(folder / 'text.png', pnginfo=text)
    picture.putalpha(Image.fromarray((255 * x).astype(np.uint8)))
    picture.save(folder / 'clear.png')
    picture.convert('CMYK').save(folder / 'ink.jpg')
    picture.convert('RGB').save(folder / 'wide.jpg', icc_profile=other_profile())
    picture.convert('P').save(folder / 'palette.png')
    for name in ('progressive.jpg', 'text.png'):  # phones append a film, others whatever they like
        (folder / name).write_bytes((folder / name).read_bytes() + SECRET.encode())


def write_part(folder):
    """The json of these photographs: two raters, touching lesions, another mask, words without an outline."""
    write_photographs(folder)
    images = [image(i, file_name=name) for i, name in enumerate(NAMES, start=1)]
    images[0].update(patient_id='P1', visit='2026-02-03', record={'age': 70, 'sex': 'male', 'name': SECRET})
    images[2].update(attributes={'quality': 'poor', 'diagnosis': 'lichen_planus'})
    annotations = [
        lesion(1, of=1, lesion_id='L1', rater='b', attributes={'color': ['white'], 'homogeneity': 'uneven',
                                                               'note': SECRET}),
        lesion(2, square(12, 8, 15), of=1, lesion_id='L1', rater='a', attributes={'sharpness': 'medium'}),
        lesion(3, square(28, 8, 12), of=1, lesion_id='L2', rater='b', attributes={'color': []}),
        lesion(4, square(5, 25, 9), of=1, category_id=2),
        lesion(5, of=2, attributes={'diagnosis': {'any_of': ['leukoplakia', 'lichen_planus']}})]
    annotations += [lesion(i, square(i, i, 10), of=i - 2, attributes={'color': ['red']}) for i in range(6, 11)]
    path = folder / 'train.json'
    path.write_text(json.dumps(dict(images=images, annotations=annotations, categories=[
        {'id': 1, 'name': 'lesion'}, {'id': 2, 'name': 'teeth'}])))
    return path


def open_part(path, pipeline=()):
    return LesionDataset(path.name, TASKS, data_root=str(path.parent), record_fields=RECORD_FIELDS, pipeline=pipeline,
                         test_mode=True)
