"""Every format in, out and in again: outlines within a pixel, every word; also exports that the tools wrote."""
import importlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_exports import FORMATS, HEIGHT, SIZE, WIDTH, apart, disc, pixels, read, shared, two_photographs
from PIL import Image
from pycocotools import mask as coco_mask

from lopm.base.convert import read_export
from lopm.base.outlines import ellipse, joined, rectangle
from lopm.base.source import Photograph, Region, SourceError
from lopm.datasets.masks import decode_segmentation

FORMS = {name: importlib.import_module(f'lopm.base.formats.{name}') for name in FORMATS}
TEXT_ONLY = {'masks'}  # every value is text there, several are one cell


def written(name, photographs, folder):
    """Write and read again; of VIA both versions."""
    folder.mkdir()
    FORMS[name].write(photographs, folder)
    files = sorted(folder.glob(f'*{FORMS[name].SUFFIX}'))
    return [read(FORMS[name], path) for path in files] if name == 'via' else [read(FORMS[name], *files)]


def as_text(words):
    return {name: [','.join(map(str, values))] for name, values in words.items()}


def same(name, before, after):
    assert len(before) == len(after)
    for one, other in zip(before, after):
        assert one.name == other.name
        assert (other.width, other.height) in ((one.width, one.height), (None, None))
        said = {rater: as_text(words) if name in TEXT_ONLY else words for rater, words in one.words.items()}
        assert said == other.words
        assert len(one.regions) == len(other.regions)
        for a, b in zip(one.regions, other.regions):
            assert (as_text(a.words) if name in TEXT_ONLY else a.words) == b.words
            assert (a.rater, a.group) == (b.rater, b.group)
            if name in TEXT_ONLY or isinstance(a.segmentation, dict):
                assert (decode_segmentation(a.segmentation, one.height, one.width)
                        == decode_segmentation(b.segmentation, one.height, one.width)).all()
            else:
                assert apart(a.segmentation, b.segmentation) <= 0.01


@pytest.mark.parametrize('name', FORMATS)
def test_in_out_in(name, tmp_path):
    photographs = two_photographs()
    if name == 'label_studio':  # has no truth values: a question with the answers True and False
        photographs[0].regions[0].words['biopsied'] = ['True']
    for again in written(name, photographs, tmp_path / 'out'):
        same(name, photographs, again)


@pytest.mark.parametrize('name', FORMATS)
def test_a_lesion_of_several_polygons_comes_back_as_one_group(name, tmp_path):
    region = Region(rectangle(10, 10, 20, 10) + rectangle(50, 40, 10, 10), {'label': ['lesion']})
    photograph = Photograph('x.png', *SIZE, [region, Region(disc(), {'label': ['lesion']})])
    for again in written(name, [photograph], tmp_path / 'a'):
        *parts, other = again[0].regions
        assert len({part.group for part in parts}) == 1 and (len(parts) == 1 or parts[0].group) and not other.group
        whole = joined([part.segmentation for part in parts], *SIZE)
        assert (decode_segmentation(whole, HEIGHT, WIDTH) == pixels(region)).all()


@pytest.mark.parametrize('name', sorted(set(FORMATS) - {'via'}))
def test_a_mask_with_a_hole_comes_back(name, tmp_path):
    region = Region(disc(hole=6), {'label': ['lesion']})
    (again,) = written(name, [Photograph('x.png', *SIZE, [region])], tmp_path / 'a')
    assert (pixels(again[0].regions[0]) == pixels(region)).all()


def test_via_refuses_a_hole_rather_than_fill_it(tmp_path):
    with pytest.raises(SourceError, match='has a hole.*write one of cvat'):
        FORMS['via'].write([Photograph('x.png', *SIZE, [Region(disc(hole=6), place='annotation 3')])], tmp_path)


def test_angles_turn_clockwise_and_ellipses_are_round():
    assert np.allclose(rectangle(0, 0, 2, 1, np.pi / 2, (0, 0)), [[0, 0, 0, 2, -1, 2, -1, 0]], atol=0.01)
    points = np.reshape(ellipse(50, 40, 30, 10, np.deg2rad(30)), (-1, 2))
    assert np.hypot(*(points - (50, 40)).T).max() == pytest.approx(30, abs=0.01)
    assert points[0] == pytest.approx((50 + 30 * np.cos(np.pi / 6), 40 + 30 * np.sin(np.pi / 6)), abs=0.01)
    area = coco_mask.area(coco_mask.frPyObjects(ellipse(80, 60, 40, 20), HEIGHT, WIDTH)).item()
    assert area == pytest.approx(np.pi * 40 * 20, rel=0.01)


def test_percent_boxes_turn_about_their_corner_in_label_studio(tmp_path):
    from lopm.datasets.splits import write_json
    value = {'x': 50, 'y': 50, 'width': 10, 'height': 10, 'rotation': 90, 'rectanglelabels': ['a']}
    shape = {'id': 'r', 'type': 'rectanglelabels', 'from_name': 'outline', 'value': value, 'original_width': 200,
             'original_height': 100, 'image_rotation': 0}
    task = {'id': 1, 'data': {'image': 'x.jpg'}, 'annotations': [{'result': [shape]}]}
    (photograph,) = read(FORMS['label_studio'], write_json(tmp_path / 'x.json', [task]))
    assert photograph.regions[0].segmentation == [[100, 50, 100, 70, 90, 70, 90, 50]]


# ---- exports of the tools themselves

SHARED = Path(os.environ.get('LOPM_FORMATS', '.'))
EXPORTS = {'label_studio': 'label_studio_export.json', **{name: name for name in ('cvat', 'coco', 'labelme', 'via')}}
POLYGON = [440, 280, 442, 307, 420, 329, 394, 347, 366, 362, 331, 363, 300, 352, 275, 345, 240, 353, 191, 357, 158, 338]


@shared
@pytest.mark.parametrize('name', EXPORTS)
def test_exports_of_the_tools_in_out_in(name, tmp_path):
    photographs = [replace(photograph, width=800, height=600)
                   for photograph in read_export(FORMS[name], SHARED / EXPORTS[name]).photographs]
    for again in written(name, photographs, tmp_path / 'a'):
        same(name, photographs, again)


@shared
@pytest.mark.parametrize('name', EXPORTS)
def test_exports_of_the_tools_hold_the_drawn_outlines(name):
    photographs = read_export(FORMS[name], SHARED / EXPORTS[name]).photographs
    first = next(photograph for photograph in photographs if photograph.regions)
    leukoplakia, erythroplakia = first.regions[:2]
    assert np.abs(np.subtract(leukoplakia.segmentation[0][:len(POLYGON)], POLYGON)).max() <= 1
    truth = np.asarray(Image.open(SHARED / 'photographs/p000_v1_erythro.png')) > 0
    drawn = decode_segmentation(erythroplakia.segmentation, 600, 800) > 0
    notch = 441 if name in ('cvat', 'coco') else 0  # pixels of a patch that these two leave out of the lesion
    assert (drawn & ~truth).sum() <= 60 and abs((truth & ~drawn).sum() - notch) <= 220  # VIA: an ellipse
    assert first.regions[0].words[{'via': 'lesion'}.get(name, 'label')] == ['leukoplakia']
    assert leukoplakia.words.get('colour') == ['white']


@shared
def test_coco_of_label_studio_is_read_without_what_it_lost():
    photographs = read(FORMS['coco'], SHARED / 'label_studio_COCO_lossy.json')
    assert len(photographs) == 7 and sum(len(photograph.regions) for photograph in photographs) >= 3
