"""Bad input: a clear error with file and place from every converter, and nothing left behind."""
import base64
import io
import json
import os
import re
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tests.curation.drawn_exports import FORMATS, draw_photographs
from tests.curation.test_converters import run, write_json

FILES = {'label_studio': 'label_studio.json', 'cvat': 'annotations.xml', 'coco': 'coco.json', 'via2': 'via2.json',
         'via3': 'via3.json', 'masks': 'masks.csv', 'labelme': '000001_p1.json'}
EVERY = pytest.mark.parametrize('name', FILES)
NO_MASKS = pytest.mark.parametrize('name', sorted(set(FILES) - {'masks'}))


@pytest.fixture
def export(tmp_path):
    """A function that writes a good export of a format, and gives its file."""
    def write(name):
        form = name.rstrip('23')
        run(form, write_json(tmp_path / 'base'), tmp_path / 'exported', '--write')
        return tmp_path / 'exported' / FILES[name]
    return write


def assert_refused(name, source, words, *options):
    """The converter ends with a message that matches, and writes nothing."""
    out = source.parents[1] / 'new/out'
    before = sorted(source.parents[1].rglob('*'))
    with pytest.raises(SystemExit) as end:
        run(name.rstrip('23'), source, out, '--photographs', source.parents[1] / 'base', '--labels',
            source.parents[1] / 'map.yaml', *options)
    assert re.search(words, str(end.value), re.DOTALL), end.value
    assert str(source) in str(end.value) or 'problems' not in str(end.value)
    assert sorted(source.parents[1].rglob('*')) == before and not out.parent.exists()


@pytest.fixture(autouse=True)
def label_map(tmp_path):
    (tmp_path / 'map.yaml').write_text('keep: {diameter_mm: number, biopsied: boolean, laterality: text}')


def damage(path, *changes):
    """Replace text of a file, each change once at least."""
    text = path.read_text(encoding='utf-8')
    for pattern, replacement in changes:
        assert re.search(pattern, text), (pattern, text[:500])
        text = re.sub(pattern, replacement, text, count=1)
    path.write_text(text, encoding='utf-8')
    return path


@EVERY
def test_a_good_export_is_taken(name, export, tmp_path):
    run(name.rstrip('23'), export(name), tmp_path / 'out', '--photographs', tmp_path / 'base')
    assert (tmp_path / 'out/all.json').exists()


@EVERY
def test_no_file(name, tmp_path):
    assert_refused(name, tmp_path / 'x/gone', 'gone: no such file or folder')


@EVERY
def test_an_empty_file(name, export):
    path = export(name)
    path.write_bytes(b'')
    assert_refused(name, path, f'{path.name}.*empty')


@pytest.mark.parametrize('name, text', [
    ('label_studio', '[]'), ('cvat', '<annotations><version>1.1</version></annotations>'),
    ('coco', '{"images": [], "annotations": [], "categories": []}'), ('via2', '{"_via_img_metadata": {}}'),
    ('via3', '{"metadata": {}, "attribute": {}, "view": {}, "file": {}}'), ('masks', 'photograph,mask\n')])
def test_an_empty_export(name, text, export):
    path = export(name)
    path.write_text(text)
    assert_refused(name, path, 'the export is empty, it names no photograph')


@EVERY
@pytest.mark.parametrize('text', ['{"a": 1}', '[1, 2]', '"x"', '<a/>', 'a;b\n1;2\n', '{"images": 3}', 'null'])
def test_a_wrong_format(name, text, export):
    path = export(name)
    path.write_text(text)
    assert_refused(name, path, f'{path.name}')


@EVERY
def test_another_format(name, export):
    path = export(name)
    for other in sorted(set(FORMATS) - {name.rstrip('23'), 'masks', 'cvat'}):
        if path.suffix == '.json':
            kinds = 'no raw JSON export|no COCO json|no LabelMe file|no VIA project'
            assert_refused(other, path, f'{path.name}.*({kinds})')


@EVERY
@pytest.mark.parametrize('share', [0.1, 0.5, 0.95])
def test_half_a_file(name, share, export):
    path = export(name)
    whole = path.read_bytes()
    path.write_bytes(whole[:int(share * len(whole))])
    if name == 'masks':  # half a table may be a table
        path.write_bytes(whole[:whole.rindex(b'.png') + 3])
    assert_refused(name, path, f'{path.name}.*(half-written|columns)')


NUMBERS = {'label_studio': r'(?<="points": \[\[)[\d.]+', 'cvat': r'(?<=points=")[\d.]+',
           'coco': r'(?<="segmentation": \[\[)[\d.]+', 'labelme': r'(?<="points": \[\[)[\d.]+',
           'via2': r'(?<="all_points_x": \[)[\d.]+', 'via3': r'(?<="xy": \[7, )[\d.]+'}


@NO_MASKS
def test_coordinates_that_are_no_numbers(name, export):
    path = damage(export(name), (NUMBERS[name], 'NaN'))
    assert_refused(name, path, f'{path.name}.*(NaN is no number|not a finite number)')


@NO_MASKS
def test_coordinates_that_are_words(name, export):
    path = damage(export(name), (NUMBERS[name], 'left' if name == 'cvat' else '"left"'))
    assert_refused(name, path, f'{path.name}.*(: wanted is number, found text|x is .left.*; wanted are numbers)')


@NO_MASKS
def test_coordinates_far_outside(name, export):
    path = damage(export(name), (NUMBERS[name], '-70'))
    words = 'percent' if name == 'label_studio' else 'lies far outside the photograph'
    assert_refused(name, path, f'{path.name}.*({words})')


@pytest.mark.parametrize('name', sorted(set(FILES) - {'label_studio', 'masks'}))
def test_percent_taken_for_pixels(name, tmp_path):
    source = write_json(tmp_path / 'base')
    draw_photographs(tmp_path / 'base', size=(800, 600))
    content = json.loads(source.read_text().replace('160', '800').replace('120', '600'))
    content['annotations'].pop()  # the mask; all others lie within the first hundred pixels
    source.write_text(json.dumps(content))
    run(name.rstrip('23'), source, tmp_path / 'exported', '--write')
    path = tmp_path / 'exported' / FILES[name]
    assert_refused(name, path, 'outlines look like percent, wanted are pixels')
    run(name.rstrip('23'), path, tmp_path / 'out', '--photographs', tmp_path / 'base', '--pixels')


def test_fractions_taken_for_pixels(export):
    path = export('coco')
    content = json.loads(path.read_text())
    for row in content['annotations']:
        row['segmentation'] = [[0.1, 0.1, 0.9, 0.1, 0.9, 0.9]]
    path.write_text(json.dumps(content))
    assert_refused('coco', path, 'covers no pixel|look like fractions of the sides')


@pytest.mark.parametrize('factor, words', [(1.6, 'pixels taken for percent'), (0.01, 'fractions taken for percent')])
def test_other_units_in_label_studio(factor, words, export):
    path = export('label_studio')
    tasks = json.loads(path.read_text())
    for result in tasks[0]['annotations'][0]['result']:
        if 'points' in result['value']:
            result['value']['points'] = (np.array(result['value']['points']) * factor * 1.2).clip(0.01).tolist()
    path.write_text(json.dumps(tasks))
    assert_refused('label_studio', path, f'task 1, annotation 1, region region1: .*{words}')


@pytest.mark.parametrize('name, change, words', [
    ('label_studio', ('"image":', '"video":'), 'task 1: a video task'),
    ('label_studio', ('"polygonlabels",', '"videorectangle",'), 'task 1, annotation 1: .*a video task'),
    ('cvat', ('<image ', '<track/><image '), 'has <track>: a video task'),
    ('via3', ('"type": 2, "loc"', '"type": 4, "loc"'), 'view 1: .*is a video or sound'),
    ('via3', (r'"z": \[\]', '"z": [1.5]'), 'metadata .*: has times .z.: a video task')])
def test_a_video(name, change, words, export):
    assert_refused(name, damage(export(name), change), words)


@EVERY
def test_missing_photographs_are_named_all_at_once(name, export, tmp_path):
    path = export(name)
    folder = path.parent if name == 'labelme' else path
    for photograph in list((tmp_path / 'base/images').iterdir()):
        photograph.unlink()
    assert_refused(name, path, 'images/p1.png.* is not in .*--skip-missing')
    draw_photographs(tmp_path / 'base', ['images/p1.png'])
    run(name.rstrip('23'), folder, tmp_path / 'out', '--photographs', tmp_path / 'base', '--skip-missing')
    report = json.loads((tmp_path / 'out/report.json').read_text())
    assert report['counts']['photographs that are missing'] == 1
    assert len(json.loads((tmp_path / 'out/all.json').read_text())['images']) == 1


@pytest.mark.parametrize('name, change, words', [
    ('label_studio', ('"id": 2, "data"', '"id": 1, "data"'), "task 1: the task id 1 stands twice"),
    ('label_studio', ('"id": 2, "result"', '"id": 1, "result"'), 'the annotation id 1 stands twice'),
    ('label_studio', ('"region2", "from_name": "outline"', '"region1", "from_name": "outline"'),
     "region id 'region1' stands twice"),
    ('label_studio', ('"completed_by": 2', '"completed_by": 1'), "an annotation of annotator '1' stands twice"),
    ('cvat', ('name="images/患者 é.png"', 'name="images/p1.png"'), "photograph 'images/p1.png' stands twice"),
    ('coco', ('"id": 2, "image_id"', '"id": 1, "image_id"'), 'image 1, annotation 1: the annotation id 1 stands twice'),
    ('coco', ('"id": 2, "file_name"', '"id": 1, "file_name"'), 'image 1: the image id 1 stands twice'),
    ('via2', ('"images/患者 é.png-1": {', '"images/p1.png-1": {'), "the key 'images/p1.png-1' stands twice"),
    ('via3', ('"fname": "images/患者 é.png"', '"fname": "images/p1.png"'), "photograph 'images/p1.png' stands twice"),
    ('masks', ('000001_2.png', '000001_1.png'), "line .: the mask 'masks/000001_1.png' stands twice")])
def test_what_stands_twice(name, change, words, export):
    path = export(name)
    if path.suffix == '.json':
        path.write_text(json.dumps(json.loads(path.read_text()), ensure_ascii=False), encoding='utf-8')
    assert_refused(name, damage(path, change), words)


def test_two_labelme_files_of_one_photograph(export, tmp_path):
    path = export('labelme')
    (path.parent / 'copy.json').write_text(path.read_text())
    with pytest.raises(SystemExit, match='copy.json: is the same photograph as .*000001_p1.json, annotated twice'):
        run('labelme', path.parent, tmp_path / 'out', '--photographs', tmp_path / 'base')


@pytest.mark.parametrize('name, change, words', [
    ('label_studio', ('"type": "polygonlabels"', '"typ": "polygonlabels"'), "annotation 1: the key 'type' is missing"),
    ('label_studio', ('"completed_by": 1', '"completed_by": {"email": "a@b.org"}'), 'is an e-mail address'),
    ('label_studio', ('"image_rotation": 0', '"image_rotation": 90'), 'region1: the photograph was turned by 90'),
    ('label_studio', ('"original_width": 160', '"original_width": 161'), 'outlined on'),
    ('cvat', (' points="', ' point="'), "polygon 1: the key 'points' is missing"),
    ('cvat', ('rle="', 'rle="7, '), 'run lengths sum to'), ('cvat', ('rle="', 'rle="x, '), 'run lengths sum to nan'),
    ('cvat', ('points="', 'points="1,2,3;'), 'polygon 1: the points .*wanted are x,y pairs'),
    ('cvat', ('left="', 'left="9'), 'does not fit the'),
    ('coco', ('"category_id": 1', '"category_id": 9'), 'category 9 is not among'),
    ('coco', ('"image_id": 1', '"image_id": 9'), 'coco.json: 1 annotations of image 9'),
    ('coco', ('"counts": "', '"counts": "1'), 'image 1, annotation'),
    ('labelme', ('"points"', '"point"'), "shape 1: the key 'points' is missing"),
    ('labelme', ('"mask": "', '"mask": "*'), 'the mask is no PNG'),
    ('via2', ('"all_points_x"', '"points_x"'), "p1.png-1, region 1: the key 'all_points_x' is missing"),
    ('via2', (r'"all_points_x": \[', '"all_points_x": [1, '), 'x and 3 y coordinates'),
    ('via3', ('"vid": "1"', '"vid": "9"'), 'belongs to view 9, which is not there'),
    ('via3', (r'"xy": \[7, ', '"xy": [7, 1, '), 'metadata .*: a shape of type 7 with 7 coord'),
    ('masks', ('000001_1.png', '000001_7.png'), "line 3.*the mask 'masks/000001_7.png' is not in .*write free"),
    ('masks', ('masks/000001_1.png', '../base/images/p1.png'), 'is not in .*exported; copy it there, name the folder'),
    ('masks', ('photograph,', 'picture,'), "no column names the photographs; call it 'photograph'")])
def test_unknown_and_missing_keys(name, change, words, export):
    assert_refused(name, damage(export(name), change), words)


@EVERY
def test_unknown_words_are_left_out_and_counted(name, export, tmp_path):
    path = export(name)
    run(name.rstrip('23'), path, tmp_path / 'out', '--photographs', tmp_path / 'base', '--labels', 'none')
    report = json.loads((tmp_path / 'out/report.json').read_text())
    assert report['attributes_left_out']['diameter_mm'] == 1 and report['attributes_left_out']['record.age'] == 1
    assert '61' not in json.dumps(json.loads((tmp_path / 'out/all.json').read_text())['images'])


@EVERY
def test_an_unknown_word_is_said_with_the_nearest_and_what_to_do_and_ends_with_status_1(name, export, tmp_path, capsys):
    path = damage(export(name), ('well_defined', 'wel_defined'))
    run(name.rstrip('23'), path, tmp_path / 'out', '--photographs', tmp_path / 'base', '--labels',
        tmp_path / 'map.yaml', status=1)
    said = capsys.readouterr()
    assert (tmp_path / 'out/all.json').is_file()
    assert "1 x border_sharpness: 'wel_defined' (nearest known: 'well defined'), first in " in said.out
    assert f'--draft-labels FILE writes a map of all words of {path}' in said.err and '--labels FILE' in said.err


def test_a_grey_photograph_is_no_mask(export, tmp_path):
    path = export('masks')
    (tmp_path / 'base/images/p1.png').rename(path.parent / 'masks/grey.png')
    assert_refused('masks', damage(path, ('000001_1.png', 'grey.png')),
                   'line 3.*a mask has 0 outside and one other value')


def test_windows_paths_and_composed_characters_are_found(export, tmp_path):
    path = export('labelme').parent / '000002_患者 é.json'
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, 'imagePath': 'C:\\Data\\images\\患者 e\u0301.png'}))
    run('labelme', path, tmp_path / 'out', '--photographs', tmp_path / 'base')
    (image,) = json.loads((tmp_path / 'out/all.json').read_text())['images']
    assert (tmp_path / 'out' / image['file_name']).is_file()


def test_twenty_problems_are_listed_and_the_rest_counted(export):
    path = export('coco')
    content = json.loads(path.read_text())
    content['annotations'] = [{**content['annotations'][0], 'id': i, 'category_id': 9} for i in range(30)]
    path.write_text(json.dumps(content))
    assert_refused('coco', path, '30 problems, nothing was written.*and 10 more')


@pytest.mark.parametrize('name', ['p1.heic', 'p1.dcm'])
def test_a_missing_photograph_is_told_from_what_is_near(name, export, tmp_path):
    path = export('coco')
    (tmp_path / 'base/images/p1.png').rename(tmp_path / 'base/images' / name)
    assert_refused('coco', path, f"'images/p1.png' is not in .*; images/{name} is, which is not read as it is: take it")


def test_photographs_under_a_name_that_nearly_fits_are_taken_and_counted(export, tmp_path):
    path = export('coco')
    (tmp_path / 'base/images/p1.png').rename(tmp_path / 'base/images/0a1b2c3d-P1.PNG')
    run('coco', path, tmp_path / 'out', '--photographs', tmp_path / 'base')
    report = json.loads((tmp_path / 'out/report.json').read_text())
    assert report['counts']['photographs found under a name that is spelled otherwise'] == 1


@EVERY
def test_a_photograph_that_cannot_be_read_is_named_first_and_then_where_it_is_listed(name, export, tmp_path):
    path = export(name)
    (tmp_path / 'base/images/p1.png').write_bytes(b'')
    assert_refused(name, path, rf'\n  {tmp_path}/base/images/p1.png: the file is empty or no image; replace it, or '
                               rf'take it away \(listed in \S*{FILES[name]}')


def test_one_name_in_two_subsets_of_cvat(tmp_path):
    draw_photographs(tmp_path / 'x', ['images/train/p1.png', 'images/val/p1.png', 'images/p2.png'])
    (tmp_path / 'x/annotations.xml').write_text('<annotations>' + ''.join(
        f'<image id="{i}" name="{name}" {subset} width="160" height="120"/>' for i, (name, subset) in enumerate([
            ('p1.png', 'subset="train"'), ('p1.png', 'subset="val"'), ('p2.png', 'subset="val"')])) + '</annotations>')
    run('cvat', tmp_path / 'x', tmp_path / 'out')
    images = json.loads((tmp_path / 'out/all.json').read_text())['images']
    assert sorted(image['file_name'] for image in images) == [
        'images/images/p2.png', 'images/images/train/p1.png', 'images/images/val/p1.png']


@pytest.mark.parametrize('declared', ['<!DOCTYPE a [<!ENTITY b "c">]>', '<!DOCTYPE a SYSTEM "http://host/a.dtd">'])
def test_xml_that_declares_more_than_cvat_does(declared, export):
    path = export('cvat')
    path.write_text(path.read_text().replace('<annotations>', f'{declared}<annotations>'))
    assert_refused('cvat', path, 'annotations.xml: declares a document type or entities')


WIDTHS = {'label_studio': r'(?<="original_width": )160', 'cvat': r'(?<= width=")160', 'coco': r'(?<="width": )160',
          'labelme': r'(?<="imageWidth": )160'}


@pytest.mark.parametrize('name', WIDTHS)
@pytest.mark.parametrize('width', ['2147483648', '100000', '0', '-160', '9' * 400])
def test_sizes_that_no_photograph_has(name, width, export):
    path = damage(export(name), (WIDTHS[name], width))
    assert_refused(name, path, f'{path.name}.*a size of .*(more than|wanted are)')


@pytest.mark.parametrize('name, width', [('coco', '"160"'), ('coco', 'null'), ('labelme', 'true'), ('labelme', '[1]'),
                                         ('label_studio', '"160"'), ('cvat', '1x3'), ('cvat', '')])
def test_sizes_that_are_no_numbers(name, width, export):
    path = damage(export(name), (WIDTHS[name], width))
    assert_refused(name, path, f'{path.name}.*(a size of|wanted are numbers|wanted is)')


@pytest.mark.parametrize('name, change, words', [
    ('cvat', (' left="[0-9]+" top="[0-9]+" width="[0-9]+" height="[0-9]+"', ' left="0" top="0" width="99999999" '
              'height="99999999"'), 'mask .: a size of 99999999'),
    ('label_studio', (r'"rle": \[.*?\]', '"rle": 1000000000000'), 'region1: the brush mask is no list of bytes'),
    ('via2', (r'"name": "polygon", "all_points_x": \[.*?\]', '"name": "circle", "cx": 5, "cy": 5, "r": 1e15'),
     'region 1: an ellipse or circle has the radii 1e.15'),
    ('via3', (r'"xy": \[7, .*?\]', '"xy": [3, 5, 5, 1e15]'), 'an ellipse or circle has the radii'),
    ('coco', (r'"file_name": "images/p1.png"', '"file_name": 7'),
     'image 1: file_name: wanted is text, found whole number'),
    ('labelme', (r'"imagePath": ".*?"', '"imagePath": null'), 'imagePath: wanted is text, found nothing'),
    ('via2', (r'"filename": "images/p1.png"', '"filename": ["x"]'), 'filename: wanted is text, found list')])
def test_what_claims_too_much(name, change, words, export):
    assert_refused(name, damage(export(name), change), words)


@NO_MASKS
def test_an_export_that_is_nested_without_end(name, export):
    path = export(name)
    deep = '<a>' * 200_000 + '</a>' * 200_000 if name == 'cvat' else '[' * 200_000 + ']' * 200_000
    path.write_text(deep)
    assert_refused(name, path, f'{path.name}.*(nested too deeply|no "CVAT for images 1.1" file)')


def test_words_that_are_nested_deeply(export):
    path = damage(export('coco'), ('"patient_id": ', '"patient": ' + '[' * 600 + ']' * 600 + ', "patient_id": '))
    assert_refused('coco', path, 'image 1: malformed .*recursion')


def test_a_pipe_is_never_opened(export, tmp_path):
    path = export('coco')
    photograph = tmp_path / 'base/images/p1.png'
    photograph.unlink()
    os.mkfifo(photograph)
    assert_refused('coco', path, "'images/p1.png' is not in")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(SystemExit, match='coco.json: no regular file'):
        run('coco', path, tmp_path / 'out')


def huge_png():
    """A PNG whose head speaks of 100,000 x 100,000 pixels."""
    png = io.BytesIO()
    Image.new('L', (1, 1)).save(png, 'PNG')
    head = b'IHDR' + struct.pack('>II', 100_000, 100_000) + png.getvalue()[24:29]
    return png.getvalue()[:12] + head + struct.pack('>I', zlib.crc32(head)) + png.getvalue()[33:]


def test_a_mask_that_speaks_of_a_hundred_thousand_pixels_a_side(export):
    path = export('masks')
    (path.parent / 'masks/000001_1.png').write_bytes(huge_png())
    assert_refused('masks', path, '000001_1.png: more than 500 million pixels')


def test_a_mask_within_a_json_that_speaks_of_as_many(export):
    path = export('labelme')
    content = json.loads(path.read_text())
    next(shape for shape in content['shapes'] if shape['mask'])['mask'] = base64.b64encode(huge_png()).decode()
    path.write_text(json.dumps(content))
    assert_refused('labelme', path, 'shape .: the mask is no PNG, or larger than any photograph')
