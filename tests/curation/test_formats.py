"""Every format in, out and in again: outlines within a pixel, every word; also exports that the tools wrote."""
import importlib
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from lopm.curation.convert import read_export
from lopm.curation.outlines import ellipse, joined, rectangle
from lopm.curation.source import Photograph, Region, SourceError
from lopm.datasets.masks import decode_segmentation
from lopm.files import write_json
from tests.curation.drawn_exports import (
    FORMATS,
    HEIGHT,
    SIZE,
    WIDTH,
    apart,
    disc,
    pixels,
    read,
    shared,
    two_photographs,
)

FORMS = {name: importlib.import_module(f'lopm.curation.formats.{name}') for name in FORMATS}
TEXT_ONLY = {'masks'}  # every value is text there, several are one cell


def written(name, photographs, folder):
    """Write and read again; of VIA both versions."""
    folder.mkdir()
    FORMS[name].write(photographs, folder)
    files = sorted(folder.glob(f'*{FORMS[name].SUFFIX}'))
    return [read(FORMS[name], path) for path in files] if name == 'via' else [read(FORMS[name], *files)]


def as_text(words):
    return {name: [','.join(map(str, values))] for name, values in words.items()}


def assert_same(name, before, after):
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
        assert_same(name, photographs, again)


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


@pytest.mark.parametrize('radii', [(1e15, 3), (3, 1_000_001), (float('nan'), 3), (0, 3), (3, float('inf')), (-1, -1)])
def test_radii_that_no_photograph_holds(radii):
    with pytest.raises(SourceError, match='an ellipse or circle has the radii'):
        ellipse(5, 5, *radii)


def test_percent_boxes_turn_about_their_corner_in_label_studio(tmp_path):
    value = {'x': 50, 'y': 50, 'width': 10, 'height': 10, 'rotation': 90, 'rectanglelabels': ['a']}
    shape = {'id': 'r', 'type': 'rectanglelabels', 'from_name': 'outline', 'value': value, 'original_width': 200,
             'original_height': 100, 'image_rotation': 0}
    task = {'id': 1, 'data': {'image': 'x.jpg'}, 'annotations': [{'result': [shape]}]}
    (photograph,) = read(FORMS['label_studio'], write_json(tmp_path / 'x.json', [task]))
    (region,) = photograph.regions
    assert region.segmentation is None and region.box == [90, 50, 10, 20]


def test_label_studio_keeps_of_annotations_what_annotators_stand_for(tmp_path):
    size = {'original_width': 200, 'original_height': 100, 'image_rotation': 0}
    done = {'id': 'a', 'type': 'polygonlabels', 'from_name': 'outline', **size,
            'value': {'points': [[10, 10], [50, 10], [50, 60]], 'closed': True, 'polygonlabels': ['x']}}
    undone = {'id': 'b', 'type': 'polygonlabels', 'from_name': 'outline', **size,
              'value': {'points': [[10, 10]], 'closed': False, 'polygonlabels': ['x']}}
    answers = [{'id': key, 'type': 'choices', 'from_name': name, 'value': {'choices': [word]}}
               for key, name, word in (('a', 'color', 'white'), ('b', 'color', 'red'), ('c', 'site', 'lip'))]
    others = [{'id': 'a', 'type': 'rating', 'from_name': 'sure', 'value': {'rating': 4}},
              {'id': 'a', 'type': 'taxonomy', 'from_name': 'entity', 'value': {'taxonomy': [['opmd', 'olk']]}},
              {'type': 'relation', 'from_id': 'a', 'to_id': 'b'}]
    task = {'id': 7, 'data': {'image': 'x.jpg'}, 'drafts': [{'result': [done]}], 'annotations': [
        {'id': 1, 'completed_by': {'id': 3, 'email': 'a@b.org'}, 'result': [done, undone, *answers, *others]},
        {'id': 2, 'completed_by': 4, 'result': [done], 'was_cancelled': True},
        {'id': 3, 'completed_by': 5, 'result': []}]}
    export = read_export(FORMS['label_studio'], write_json(tmp_path / 'x.json', [task]))
    (photograph,) = export.photographs
    (region,) = photograph.regions
    assert region.rater == '3' and region.segmentation == [[20, 10, 100, 10, 100, 60]]
    assert region.words == {'label': ['x'], 'color': ['white'], 'sure': [4], 'entity': ['opmd > olk']}
    assert photograph.outlined is False and export.unread == {'unfinished outline': {
        'kind': 'unfinished outline', 'count': 1, 'first': f'{tmp_path}/x.json: task 7, annotation 1, region b'}}
    assert photograph.words == {'3': {'site': ['lip']}}  # and not the answer about the unfinished outline
    assert {key: count for key, count in export.notes.items() if count} == {
        'cancelled annotations': 1, 'results of type relation': 1,
        'annotators who outlined and said nothing': 1}


def test_shapes_of_all_kinds_by_hand(tmp_path):
    box = [10, 20, 30, 10]
    xml = ('<annotations><image id="0" name="x" width="160" height="120">'
           '<box label="a" xtl="10" ytl="20" xbr="40" ybr="30"/>'
           '<ellipse label="a" cx="80" cy="60" rx="30" ry="10" rotation="90"/>'
           '<mask label="a" left="3" top="2" width="3" height="2" rle="0,1,2,2,1"/>'
           '<points label="a" points="1,2"/><tag label="poor"/></image></annotations>')
    (tmp_path / 'x.xml').write_text(xml)
    export = read_export(FORMS['cvat'], tmp_path / 'x.xml')
    first, second, third = export.photographs[0].regions
    assert first.box == box and first.segmentation is None
    assert apart(second.segmentation, ellipse(80, 60, 30, 10, np.pi / 2)) == 0
    assert np.argwhere(pixels(third)).tolist() == [[2, 3], [3, 3], [3, 4]]
    assert export.photographs[0].words == {'': {'tag': ['poor']}} and export.unread['points']['count'] == 1
    (tmp_path / 'x.json').write_text(json.dumps({
        'imagePath': 'x', 'imageHeight': 120, 'imageWidth': 160, 'flags': {'blurred': True}, 'patient_id': 'P1',
        'shapes': [
            {'label': 'a', 'shape_type': 'rectangle', 'points': [[40, 30], [10, 20]], 'group_id': 3,
             'flags': {'f': False}},
            {'label': 'a', 'shape_type': 'circle', 'points': [[80, 60], [80, 70]]},
            {'label': 'a', 'shape_type': 'linestrip', 'points': [[80, 60], [80, 70]]}]}))
    export = read_export(FORMS['labelme'], tmp_path / 'x.json')
    first, second = export.photographs[0].regions
    assert first.box == box and (first.group, first.words) == ('3', {'label': ['a'], 'f': [False]})
    assert apart(second.segmentation, ellipse(80, 60, 10, 10)) == 0
    assert export.photographs[0].words == {'': {'blurred': [True], 'patient_id': ['P1']}}
    shapes = [{'name': 'rect', 'x': 10, 'y': 20, 'width': 30, 'height': 10},
              {'name': 'circle', 'cx': 80, 'cy': 60, 'r': 10}, {'name': 'point', 'cx': 1, 'cy': 2}]
    said = {'color': {'white': True, 'red': False}, 'note': ''}
    regions = [{'shape_attributes': shape, 'region_attributes': said} for shape in shapes]
    (tmp_path / 'y.json').write_text(json.dumps({
        'x-1': {'filename': 'x', 'size': -1, 'file_attributes': {}, 'regions': regions}}))
    export = read_export(FORMS['via'], tmp_path / 'y.json')
    assert [region.words for region in export.photographs[0].regions] == [{'color': ['white']}] * 2
    assert export.photographs[0].regions[0].box == box and export.unread['point']['count'] == 1


def test_a_project_of_via_3_by_hand(tmp_path):
    attribute = {'1': {'aname': 'color', 'anchor_id': 'FILE1_Z0_XY1', 'type': 2, 'options': {'0': 'white', '1': 'red'}},
                 '2': {'aname': 'site', 'anchor_id': 'FILE1_Z0_XY0', 'type': 4, 'options': {'0': 'lip'}}}
    metadata = {'1_a': {'vid': '1', 'flg': 0, 'z': [], 'xy': [2, 10, 20, 30, 10], 'av': {'1': '0,1'}},
                '1_b': {'vid': '1', 'flg': 0, 'z': [], 'xy': [4, 80, 60, 30, 10], 'av': {'1': '1'}},
                '1_c': {'vid': '1', 'flg': 0, 'z': [], 'xy': [], 'av': {'2': '0'}},
                '1_d': {'vid': '1', 'flg': 0, 'z': [], 'xy': [1, 5, 5], 'av': {}}}
    (tmp_path / 'x.json').write_text(json.dumps({
        'project': {}, 'attribute': attribute, 'metadata': metadata, 'view': {'1': {'fid_list': ['1']}},
        'file': {'1': {'fid': '1', 'fname': 'x.jpg', 'type': 2, 'loc': 1, 'src': ''}}}))
    export = read_export(FORMS['via'], tmp_path / 'x.json')
    (photograph,) = export.photographs
    assert photograph.name == 'x.jpg' and photograph.words == {'': {'site': ['lip']}}
    assert [region.words for region in photograph.regions] == [{'color': ['white', 'red']}, {'color': ['red']}]
    assert photograph.regions[0].box == [10, 20, 30, 10] and export.unread['point']['count'] == 1


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
        assert_same(name, photographs, again)


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
