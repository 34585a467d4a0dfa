"""Outlined, not outlined, a place: what a converter may say of a photograph on which it read no outline."""
import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from lopm.curation.outlines import rectangle
from lopm.curation.source import Photograph, Region
from lopm.files import write_json
from tests.curation.drawn_exports import FORMATS, HEIGHT, REPO, WIDTH, disc, draw_photographs, pixels, read, triangle
from tests.curation.test_converters import run
from tests.curation.test_formats import FORMS

FREE, SILENT = True, False
SIZES = {'original_width': WIDTH, 'original_height': HEIGHT, 'image_rotation': 0}


def studio_task(number, *results, **data):
    return {'id': number, 'data': {'image': f'x{number}.png', **data},
            'annotations': [{'id': number, 'completed_by': 1, 'result': list(results)}]}


def studio_result(kind, **value):
    return {'id': f'r{kind}', 'type': f'{kind}labels', 'from_name': 'a', **SIZES,
            'value': {**value, f'{kind}labels': ['lesion']}}


STUDIO_POLYGON = studio_result('polygon', points=[[10, 10], [50, 10], [50, 60]], closed=True)


def studio(folder, *results):
    """The first task holds a polygon, so that the project is one of outlines."""
    write_json(folder / 'export.json', [studio_task(1, STUDIO_POLYGON), studio_task(2, *results)])


def cvat(folder, shapes=''):
    image = '<image id="{0}" name="x{0}.png" width="160" height="120">{1}</image>'
    polygon = '<polygon label="lesion" points="16,12;80,12;80,72"/>'
    images = image.format(1, polygon) + image.format(2, shapes)
    (folder / 'export.xml').write_text(f'<annotations>{images}</annotations>')


def coco(folder, *annotations, **image):
    images = [{'id': i, 'file_name': f'x{i}.png', 'width': WIDTH, 'height': HEIGHT} for i in (1, 2)]
    images[1].update(image)
    rows = [{'image_id': 1, 'segmentation': triangle()}, *({'image_id': 2, **row} for row in annotations)]
    write_json(folder / 'export.json', {'images': images, 'categories': [{'id': 1, 'name': 'Lesion'}], 'annotations': [
        {'id': i, 'category_id': 1, **row} for i, row in enumerate(rows, start=1)]})


def labelme(folder, *shapes, **keys):
    for i, own in ((1, [{'shape_type': 'polygon', 'points': [[16, 12], [80, 12], [80, 72]]}]), (2, shapes)):
        write_json(folder / f'x{i}.json', {
            'imagePath': f'x{i}.png', 'imageHeight': HEIGHT, 'imageWidth': WIDTH, **(keys if i == 2 else {}),
            'shapes': [{'label': 'lesion', **shape} for shape in own]})


def via(folder, *shapes, **said):
    polygon = {'name': 'polygon', 'all_points_x': [16, 80, 80], 'all_points_y': [12, 12, 72]}
    write_json(folder / 'export.json', {f'x{i}.png-1': {
        'filename': f'x{i}.png', 'size': -1, 'file_attributes': said if i == 2 else {},
        'regions': [{'shape_attributes': shape, 'region_attributes': {'label': 'lesion'}} for shape in own]}
        for i, own in ((1, [polygon]), (2, shapes))})


def masks(folder, *lines):
    Image.fromarray(np.uint8(np.arange(WIDTH * HEIGHT).reshape(HEIGHT, WIDTH) < 4000) * 255).save(folder / 'm.png')
    (folder / 'export.csv').write_text('\n'.join(['photograph,mask,outlined', 'x1.png,m.png,', *lines]) + '\n')


def second(form, write, tmp_path, *args, options=(), **kwargs):
    """What a converter says of the second photograph: its entry, its annotations, and the report."""
    source = draw_photographs(tmp_path / 'source', ['x1.png', 'x2.png'])
    write(source, *args, **kwargs)
    run(form, source, tmp_path / 'out', '--labels', REPO / 'configs/labels/oral.yaml', *options)
    content = json.loads((tmp_path / 'out/all.json').read_text())
    first, image = content['images']
    assert first['outlined'] is True
    return (image, [row for row in content['annotations'] if row['image_id'] == image['id']],
            json.loads((tmp_path / 'out/report.json').read_text()))


@pytest.mark.parametrize('form, write, args, state', [
    ('label_studio', studio, (), FREE), ('cvat', cvat, (), SILENT), ('coco', coco, (), SILENT),
    ('labelme', labelme, (), FREE), ('via', via, (), SILENT), ('masks', masks, ('x2.png,,',), SILENT),
    ('masks', masks, ('x2.png,free,',), FREE), ('masks', masks, ('x2.png,None,',), FREE)])
def test_without_a_region_a_photograph_is_what_the_source_shows(form, write, args, state, tmp_path):
    image, rows, report = second(form, write, tmp_path, *args)
    assert image['outlined'] is state and not rows
    assert report['photographs'] == {
        'outlined, with lesions': 1, 'outlined, free of lesions': int(state),
        'not outlined, with places (boxes) or some outlines': 0, 'not outlined': int(not state),
        'that nobody has looked at, in unannotated.json': 0}


@pytest.mark.parametrize('form, write, args, kwargs', [
    ('cvat', cvat, ('<tag label="photograph"><attribute name="outlined">true</attribute></tag>',), {}),
    ('cvat', cvat, ('<tag label="Healthy"/>',), {}), ('via', via, (), dict(diagnosis='normal mucosa')),
    ('coco', coco, (), dict(outlined=True)), ('via', via, (), dict(outlined='yes')),
    ('masks', masks, ('x2.png,,yes',), {})])
def test_every_source_can_say_in_so_many_words_that_nothing_is_there(form, write, args, kwargs, tmp_path):
    assert second(form, write, tmp_path, *args, **kwargs)[0]['outlined'] is True


@pytest.mark.parametrize('form, write', [('cvat', cvat), ('coco', coco), ('via', via)])
def test_a_user_can_say_it_of_all_silent_photographs(form, write, tmp_path):
    assert second(form, write, tmp_path, options=['--empty-is-free'])[0]['outlined'] is True


UNREAD = [
    ('label_studio', studio, studio_result('keypoint', x=5, y=5, width=1), 'keypoint', 'task 2, annotation 2, region'),
    ('label_studio', studio, studio_result('vector', vertices=[]), 'vector', 'task 2, annotation 2, region rvector'),
    ('label_studio', studio, studio_result('polygon', points=[[1, 1], [2, 9]], closed=False), 'unfinished outline',
     'task 2'),
    ('cvat', cvat, '<polyline label="lesion" points="1,2;3,4"/>', 'polyline', "image 'x2.png', polyline 1"),
    ('cvat', cvat, '<points label="lesion" points="1,2"/>', 'points', "image 'x2.png', points 1"),
    ('cvat', cvat, '<skeleton label="lesion"><points label="1" points="1,2"/></skeleton>', 'skeleton', 'skeleton 1'),
    ('cvat', cvat, '<cuboid label="lesion" xtl1="1"/>', 'cuboid', 'cuboid 1'),
    ('coco', coco, {'keypoints': [1, 2, 2], 'num_keypoints': 1}, 'annotation without outline or box', 'image 2'),
    ('labelme', labelme, {'shape_type': 'point', 'points': [[1, 2]]}, 'point', 'x2.json: shape 1'),
    ('labelme', labelme, {'shape_type': 'linestrip', 'points': [[1, 2], [3, 4]]}, 'linestrip', 'x2.json: shape 1'),
    ('via', via, {'name': 'polyline', 'all_points_x': [1, 2], 'all_points_y': [1, 2]}, 'polyline', 'region 1'),
    ('via', via, {'name': 'point', 'cx': 1, 'cy': 2}, 'point', 'x2.png-1, region 1')]


@pytest.mark.parametrize('form, write, drawn, kind, place', UNREAD)
@pytest.mark.parametrize('options', [(), ('--empty-is-free',)])
def test_what_is_not_read_is_no_healthy_photograph(form, write, drawn, kind, place, options, tmp_path):
    image, rows, report = second(form, write, tmp_path, drawn, options=options)
    assert image['outlined'] is False and not rows
    (entry,) = report['regions_not_read']
    assert (entry['kind'], entry['count']) == (kind, 1) and place in entry['first']


BOX = [10, 20, 30, 40]
BOXES = [
    ('label_studio', studio, studio_result('rectangle', x=6.25, y=100 / 6, width=18.75, height=100 / 3)),
    ('cvat', cvat, '<box label="lesion" xtl="10" ytl="20" xbr="40" ybr="60"/>'),
    ('cvat', cvat, '<box label="lesion" xtl="5" ytl="25" xbr="45" ybr="55" rotation="90"/>'),
    ('coco', coco, {'bbox': BOX, 'segmentation': []}),
    ('labelme', labelme, {'shape_type': 'rectangle', 'points': [[40, 60], [10, 20]]}),
    ('via', via, {'name': 'rect', 'x': 10, 'y': 20, 'width': 30, 'height': 40})]


@pytest.mark.parametrize('form, write, drawn', BOXES)
def test_a_box_is_a_place_and_no_outline(form, write, drawn, tmp_path):
    image, (row,), report = second(form, write, tmp_path, drawn)
    assert image['outlined'] is False and 'segmentation' not in row
    assert row['bbox'] == pytest.approx(BOX, abs=0.011) and row['area'] == pytest.approx(1200, abs=1)
    assert report['counts']['boxes, kept as places and not as outlines'] == 1
    assert report['photographs']['not outlined, with places (boxes) or some outlines'] == 1


@pytest.mark.parametrize('name', FORMATS)
def test_states_and_boxes_come_back(name, tmp_path):
    folder = draw_photographs(tmp_path / 'base', [f'{i}.png' for i in range(5)])
    about = [dict(outlined=True), dict(outlined=True), dict(outlined=False),
             dict(outlined=False, attributes={'diagnosis': 'lichen_planus'}), dict(outlined=True)]
    rows = [dict(image_id=0, segmentation=triangle()), dict(image_id=4, segmentation=disc()),
            *[dict(image_id=i, bbox=BOX, attributes={'color': ['white']}) for i in (2, 4) if name != 'masks']]
    write_json(folder / 'all.json', {
        'images': [{'id': i, 'file_name': f'{i}.png', 'width': WIDTH, 'height': HEIGHT, **own}
                   for i, own in enumerate(about)],
        'annotations': [{'id': i, 'category_id': 1, **row} for i, row in enumerate(rows)],
        'categories': [{'id': 1, 'name': 'lesion'}]})
    run(name, folder / 'all.json', tmp_path / 'exported', '--write')
    for source in sorted((tmp_path / 'exported').glob('via?.json')) if name == 'via' else [tmp_path / 'exported']:
        run(name, source, tmp_path / source.name, '--photographs', folder)
        content = json.loads((tmp_path / source.name / 'all.json').read_text())
        assert [image['outlined'] for image in content['images']] == [own['outlined'] for own in about]
        assert content['images'][3]['attributes'] == {'diagnosis': 'lichen_planus'}
        again = [(row['image_id'] - 1, 'segmentation' in row, row['attributes']) for row in content['annotations']]
        assert sorted(again, key=str) == sorted(((row['image_id'], 'segmentation' in row, row.get('attributes', {}))
                                                 for row in rows), key=str)
        assert all(row['bbox'] == BOX for row in content['annotations'] if 'segmentation' not in row)


def test_a_box_cannot_be_written_as_a_mask(tmp_path):
    with pytest.raises(ValueError, match='annotation 7: a box, and a mask would make it an outline'):
        region = Region(None, place='annotation 7', box=BOX)
        FORMS['masks'].write([Photograph('x.png', WIDTH, HEIGHT, [region])], tmp_path)


@pytest.mark.parametrize('transparent', [True, False])
def test_a_bitmask_of_label_studio(transparent, tmp_path):
    truth = pixels(Region(disc()))
    colors = np.dstack([truth * 0, truth * 0, truth * 0, truth * 255]) if transparent else truth * 255
    png = io.BytesIO()
    Image.fromarray(colors).save(png, 'PNG')
    address = 'data:image/png;base64,' + base64.b64encode(png.getvalue()).decode()
    _, (row,), _ = second('label_studio', studio, tmp_path, studio_result('bitmask', imageDataURL=address))
    assert (pixels(Region(row['segmentation'])) == truth).all()


def test_a_bitmask_of_another_size_or_kind_is_refused(tmp_path):
    for address, words in (('data:image/png;base64,' + base64.b64encode(b'x').decode(), 'the mask is no PNG'),
                           ('http://host/mask.png', "begins with 'http://host/mask.png'")):
        with pytest.raises(SystemExit, match=words):
            second('label_studio', studio, tmp_path, studio_result('bitmask', imageDataURL=address))


def test_a_project_of_questions_alone_says_nothing_of_outlines(tmp_path):
    answer = {'id': 'q', 'type': 'choices', 'from_name': 'quality', 'value': {'choices': ['good']}}
    export = write_json(tmp_path / 'x.json', [studio_task(1, answer), studio_task(2)])
    assert [photograph.outlined for photograph in read(FORMS['label_studio'], export)] == [None, None]
    write_json(export, [studio_task(1, answer), studio_task(2, STUDIO_POLYGON)])
    assert [photograph.outlined for photograph in read(FORMS['label_studio'], export)] == [True, True]


def test_a_word_about_a_lesion_that_nobody_drew_is_no_healthy_photograph(tmp_path):
    image, _, _ = second('labelme', labelme, tmp_path, diagnosis='leukoplakia')
    assert image['outlined'] is False and image['attributes']['diagnosis']


def test_free_of_lesions_and_a_word_about_one_is_remarked_on(tmp_path):
    image, _, report = second('labelme', labelme, tmp_path, diagnosis='leukoplakia', outlined=True)
    assert image['outlined'] is True
    assert 'is said to be free of lesions, and of a lesion: diagnosis' in report['suspect_outlines'][0]


@pytest.mark.parametrize('word, healthy', [('healthy', True), ('not_assessable', False)])
def test_only_what_says_so_calls_an_outline_healthy(word, healthy, tmp_path):
    region = (f'<polygon label="lesion" points="9,9;60,9;60,60"><attribute name="diagnosis">{word}</attribute>'
              '</polygon>')
    image, rows, report = second('cvat', cvat, tmp_path, region)
    assert image['outlined'] is True and len(rows) == 1
    assert ['is said to be healthy' in each for each in report['suspect_outlines']] == [True] * healthy


def test_the_frame_of_a_photograph_is_remarked_on(tmp_path):
    _, _, report = second('coco', coco, tmp_path, {'segmentation': rectangle(0, 0, 160, 115)})
    assert 'image 2, annotation 2: covers 96% of the photograph' in report['suspect_outlines'][0]


def test_what_is_drawn_into_tasks_of_an_intake_counts(tmp_path):
    """Of photographs that were taken in nobody has said anything; that is no word against what is drawn later."""
    folder = draw_photographs(tmp_path / 'base', ['0.png', '1.png'])
    write_json(folder / 'all.json', {
        'images': [{'id': i, 'file_name': f'{i}.png', 'width': WIDTH, 'height': HEIGHT, 'outlined': False,
                    'patient_id': f'P{i}', 'record': {'age': 61}} for i in range(2)],
        'annotations': [], 'categories': [{'id': 1, 'name': 'lesion'}]})
    run('label_studio', folder / 'all.json', tmp_path / 'tasks', '--write')
    tasks = json.loads((tmp_path / 'tasks/label_studio.json').read_text())
    points = [[10, 10], [50, 10], [30, 60]]
    tasks[0]['annotations'] = [{'id': 1, 'was_cancelled': False, 'result': [
        {'id': 'a', 'type': 'polygonlabels', 'from_name': 'outline', 'to_name': 'image', 'original_width': WIDTH,
         'original_height': HEIGHT, 'value': {'points': points, 'polygonlabels': ['lesion'], 'closed': True}}]}]
    (tmp_path / 'tasks/label_studio.json').write_text(json.dumps(tasks))
    run('label_studio', tmp_path / 'tasks', tmp_path / 'again', '--photographs', folder)
    image, = json.loads((tmp_path / 'again/all.json').read_text())['images']
    assert image['outlined'] and image['patient_id'] == 'P0'
    assert len(json.loads((tmp_path / 'again/unannotated.json').read_text())['images']) == 1
