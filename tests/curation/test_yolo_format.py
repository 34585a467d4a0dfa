"""YOLO: outlines, boxes and turned boxes in shares of the sides; what was looked at, and what was not."""
import json
import shutil

import numpy as np
import pytest
from PIL import ExifTags, Image

from lopm.curation.outlines import rectangle
from lopm.datasets.masks import decode_segmentation
from lopm.files import write_json
from tests.curation.drawn_exports import HEIGHT, SIZE, WIDTH, disc, draw_photographs, triangle
from tests.curation.test_converters import run

DATA = 'path: ../datasets/oral\ntrain: images/train\nval: images/val\nnames: {0: leukoplakia, 1: Mouth cavity}\n'
TURNED = np.array([(50, 30), (80, 45), (70, 65), (40, 50)]) / SIZE  # a rectangle, turned


def line(number, *values):
    return ' '.join([str(number), *(f'{value:.6f}' for value in np.ravel(values))]) + '\n'


POLYGON = line(0, np.array([(10, 10), (90, 20), (60, 80), (30, 70), (20, 40)]) / SIZE)
BOX = line(0, (40 + 15) / WIDTH, (30 + 10) / HEIGHT, 30 / WIDTH, 20 / HEIGHT)
LABELS = {'train/a': POLYGON + line(1, np.array([(0, 0), (159, 0), (150, 110)]) / SIZE), 'train/b': BOX + BOX,
          'train/c': '', 'train/d': None, 'val/e': line(0, TURNED), 'val/f': POLYGON + '\n' + BOX}


@pytest.fixture
def source(tmp_path):
    """The folder of a data set with all that there may be."""
    folder = draw_photographs(tmp_path / 'source', [f'images/{name}.png' for name in LABELS])
    (folder / 'data.yaml').write_text(DATA)
    for name, text in LABELS.items():
        if text is not None:
            (folder / f'labels/{name}.txt').parent.mkdir(parents=True, exist_ok=True)
            (folder / f'labels/{name}.txt').write_text(text)
    return folder


def converted(source, *options, name='all'):
    out = source.parent / 'out'
    run('yolo', source, out, *options)
    content = json.loads((out / f'{name}.json').read_text())
    names = {image['id']: image['file_name'].removeprefix('images/images/').removesuffix('.png')
             for image in content['images']}
    rows = {name: [] for name in names.values()}
    for row in content['annotations']:
        rows[names[row['image_id']]].append(row)
    return ({names[image['id']]: image for image in content['images']}, rows,
            json.loads((out / 'report.json').read_text()))


@pytest.mark.parametrize('pack', [False, True])
def test_outlines_boxes_and_what_nobody_looked_at(pack, source):
    if pack:
        shutil.make_archive(source, 'zip', source)
    images, rows, report = converted(source.with_suffix('.zip') if pack else source)
    assert {name: image['outlined'] for name, image in images.items()} == {
        'train/a': True, 'train/b': False, 'train/c': True, 'val/e': False, 'val/f': True}
    lesion, mouth = rows['train/a']
    assert np.allclose(lesion['segmentation'], [[10, 10, 90, 20, 60, 80, 30, 70, 20, 40]], atol=0.011)
    assert lesion['attributes'] == {'diagnosis': {
        'any_of': ['homogeneous_leukoplakia', 'non_homogeneous_leukoplakia']}}
    assert mouth['category_id'] != lesion['category_id']
    (turned,), (outline, box) = rows['val/e'], rows['val/f']
    assert 'segmentation' not in turned and np.allclose(turned['bbox'], [40, 30, 40, 35], atol=0.011)
    assert 'segmentation' in outline and np.allclose(box['bbox'], [40, 30, 30, 20], atol=0.011)
    assert report['photographs']['that nobody has looked at, in unannotated.json'] == 1
    assert report['source_parts'] == {'train': 3, 'val': 2}


def test_lines_that_stand_twice_are_one_region(source):
    _, rows, report = converted(source)
    assert len(rows['train/b']) == 1 and report['counts']['lines that stand twice, read once'] == 1


def test_four_points_that_are_no_rectangle_are_an_outline(source):
    (source / 'labels/val/e.txt').write_text(line(0, np.array([(50, 30), (80, 45), (90, 65), (40, 50)]) / SIZE))
    images, rows, _ = converted(source)
    assert images['val/e']['outlined'] is True and 'segmentation' in rows['val/e'][0]


def test_the_parts_of_the_source_are_kept_on_demand(source):
    images, _, _ = converted(source, '--keep-parts', name='val')
    assert list(images) == ['val/e', 'val/f']


@pytest.mark.parametrize('text', [
    DATA.replace('path: ../datasets/oral\n', ''), DATA.replace('images/', '/content/oral/images/'),
    DATA.replace('path: ../datasets/oral', 'path: /home/x/source'), DATA.replace('images/train', '../images/train'),
    DATA.replace('{0: leukoplakia, 1: Mouth cavity}', '[leukoplakia, Mouth cavity]\nnc: 2'),
    DATA.replace('images/train', '[images/train]'), DATA.replace('images/train', 'train.txt')])
def test_paths_of_another_machine_and_lists_of_files(text, source):
    (source / 'train.txt').write_text('./images/train/a.png\n./images/train/b.png\nimages/train/c.png\n')
    (source / 'data.yaml').write_text(text)
    images, _, _ = converted(source)
    assert list(images) == ['train/a', 'train/b', 'train/c', 'val/e', 'val/f']


def test_photographs_that_no_part_names_are_counted(source):
    (source / 'data.yaml').write_text(DATA.replace('val: images/val\n', ''))
    images, _, report = converted(source)
    assert list(images) == ['train/a', 'train/b', 'train/c']
    assert report['counts']['photographs in no part that data.yaml names, left out'] == 2


def test_labels_beside_the_photographs(source):
    for name in LABELS:
        labels = source / f'labels/{name}.txt'
        if labels.exists():
            labels.rename(source / f'images/{name}.txt')
    assert len(converted(source)[0]) == 5


def test_photographs_without_labels_were_looked_at_if_the_user_says_so(source):
    images, _, _ = converted(source, '--empty-is-free')
    assert images['train/d']['outlined'] is True and images['train/b']['outlined'] is False


@pytest.mark.parametrize('text, words', [
    ('7 0.1 0.1 0.2 0.2', "line 1: the class '7' is none of those that data.yaml names: 0, 1"),
    ('0 0.1 0.1 0.2', '3 numbers after the class; a box has 4'),
    ('0 0.1 0.1 0.2 0.2 0.9', '5 numbers after the class.*confidences'),
    ('0 0.1 0.1 0.2 0.2 0.9 0.8 0.7', '7 numbers'), ('0 a 0.1 0.2 0.2', 'line 1: malformed'),
    ('0 nan 0.1 0.2 0.2', 'line 1: a coordinate is not a finite number'),
    ('0 40 30 30 20', 'line 1: the point .* lies far outside the photograph'),
    ('0 0.5 0.5 0 0', 'line 1: the outline covers no pixel')])
def test_bad_lines_are_named(text, words, source):
    (source / 'labels/val/e.txt').write_text(text)
    with pytest.raises(SystemExit, match=f'(?s)e.txt.*{words}'):
        converted(source)
    assert not (source.parent / 'out').exists()


@pytest.mark.parametrize('text, words', [
    ('a: 1', 'no data.yaml of YOLO'), ('names: 3', 'no data.yaml of YOLO'), ('names: [[a]]', 'no data.yaml of YOLO'),
    ('[', 'no valid YAML'), ('names: {0: a}\nnames: {1: b}', "the key 'names' stands twice"),
    (DATA.replace('images/val', 'images/valid'), "data.yaml: 'images/valid' is not there; correct the path"),
    (DATA.replace('leukoplakia', 'gadget'), "train/a.txt, line 1: the label 'gadget' is unknown")])
def test_a_bad_data_yaml_is_named(text, words, source):
    (source / 'data.yaml').write_text(text)
    with pytest.raises(SystemExit, match=words):
        converted(source)


def test_labels_whose_photograph_is_missing_and_photographs_without_any_labels(source):
    (source / 'images/train/a.png').unlink()
    with pytest.raises(SystemExit, match="labels/train/a.txt: its photograph: 'labels/train/a.*' is not in"):
        converted(source)
    assert converted(source, '--skip-missing')[2]['counts']['photographs that are missing'] == 1
    shutil.rmtree(source / 'labels')
    (source / 'images/train/a.dcm').touch()
    with pytest.raises(SystemExit, match='data.yaml: none of the 5 photographs in .*source has a label file; they lie'
                                         '.* Not read: 1 such as .*images/train/a.dcm; lopm ingest makes them'):
        converted(source)


def test_what_a_mac_adds_to_archives_is_passed_over(source):
    (source / '__MACOSX/labels').mkdir(parents=True)
    (source / '__MACOSX/labels/._a.txt').touch()
    (source / 'labels/._a.txt').touch()
    images, _, _ = converted(source)
    assert len(images) == 5


def base(folder, rows, name='all.json', **images):
    """A json of lopm at ``folder/name`` with photographs ``images/NAME.png``: ``{NAME: outlined}``, and annotations."""
    draw_photographs(folder, [f'images/{each}.png' for each in images])
    write_json(folder / name, {
        'images': [{'id': i, 'file_name': f'images/{each}.png', 'width': WIDTH, 'height': HEIGHT, 'patient_id': 'P1',
                    **({} if outlined is None else {'outlined': outlined})}
                   for i, (each, outlined) in enumerate(images.items())],
        'annotations': [{'id': i, 'category_id': 1, 'attributes': {'color': ['red']}, **row}
                        for i, row in enumerate(rows)],
        'categories': [{'id': 1, 'name': 'lesion'}, {'id': 2, 'name': 'mouth_cavity'}]})
    return folder / name


def written(source, out):
    run('yolo', source, out, '--write')
    return json.loads((out / 'report.json').read_text())


def area_in_both(rows, others):
    """Jaccard of two lists of annotations, each drawn as one area."""
    one, other = (np.any([decode_segmentation(row['segmentation'], HEIGHT, WIDTH) for row in each], axis=0)
                  for each in (rows, others))
    return (one & other).sum() / (one | other).sum()


def test_what_is_written_is_read_back_as_the_same_outlines(tmp_path):
    """Polygons, a rectangle that is no box, a mask, an outline that leaves the photograph, another kind of region."""
    drawn = [triangle(), rectangle(20, 70, 30, 20), disc(), [[140, 90, 165, 100, 150, 126]]]
    rows = [{'image_id': 0, 'segmentation': each, 'lesion_id': f'L{i}'} for i, each in enumerate(drawn)]
    rows += [{'image_id': 1, 'category_id': 2, 'segmentation': [[0, 0, 159, 0, 150, 110]]}]
    report = written(base(tmp_path / 'base', rows, a=True, b=True, free=True), tmp_path / 'yolo')
    assert report['photographs'] == {'written': 3, 'left out': 0}
    assert report['counts'] == {'words that the format cannot hold, left out (color, lesion_id, patient_id)': 12}
    assert (tmp_path / 'yolo/images/a.png').samefile(tmp_path / 'base/images/a.png')
    assert (tmp_path / 'yolo/data.yaml').read_text() == 'names: ["lesion", "mouth_cavity"]\n'
    assert {path.name: path.read_text() == '' for path in (tmp_path / 'yolo/labels').iterdir()} == {
        'a.txt': False, 'b.txt': False, 'free.txt': True}
    shares = [float(number) for path in (tmp_path / 'yolo/labels').iterdir()
              for line in path.read_text().splitlines() for number in line.split()[1:]]
    assert min(shares) >= 0 and max(shares) <= 1
    run('yolo', tmp_path / 'yolo', tmp_path / 'again')
    content = json.loads((tmp_path / 'again/all.json').read_text())
    assert [image['outlined'] for image in content['images']] == [True] * 3
    again = content['annotations']
    assert [row['image_id'] for row in again] == [1] * 4 + [2] and again[-1]['category_id'] == 2
    assert all(area_in_both([row], [other]) > .99 for row, other in zip(rows, again, strict=True))


def test_holes_several_polygons_and_further_raters_are_counted(tmp_path):
    rows = [{'image_id': 0, 'segmentation': disc(hole=6)},
            {'image_id': 0, 'segmentation': triangle(5, 5, 20) + triangle(5, 80, 20), 'lesion_id': 'L', 'rater': '1'},
            {'image_id': 0, 'segmentation': triangle(8, 5, 20), 'lesion_id': 'L', 'rater': '2'}]
    report = written(base(tmp_path / 'base', rows, a=True), tmp_path / 'yolo')
    assert report['counts'] == {
        'outlines with holes, which YOLO cannot have: filled': 1,
        'outlines of several polygons, each a region of its own in YOLO': 1,
        "a further rater's outlines of a lesion, left out": 1,
        'words that the format cannot hold, left out (color, lesion_id, patient_id, rater)': 8}
    run('yolo', tmp_path / 'yolo', tmp_path / 'again')
    filled, *both = json.loads((tmp_path / 'again/all.json').read_text())['annotations']
    assert area_in_both([filled], [{'segmentation': disc()}]) > .99 and len(both) == 2
    assert area_in_both(both, rows[1:2]) > .99


def test_what_has_no_line_is_free_in_yolo_so_photographs_that_are_not_outlined_are_left_out(tmp_path):
    """As the data set says it: ``outlined``, and without that whether anything is outlined."""
    rows = [{'image_id': 0, 'segmentation': triangle()}, {'image_id': 1, 'segmentation': triangle()},
            {'image_id': 3, 'bbox': [5, 5, 20, 20]}, {'image_id': 4, 'bbox': [5, 5, 20, 20]}]
    source = base(tmp_path / 'base', rows, drawn=None, partly=False, words=None, place=None, box=True)
    report = written(source, tmp_path / 'yolo')
    assert [path.name for path in (tmp_path / 'yolo/images').iterdir()] == ['drawn.png']
    assert report['photographs'] == {'written': 1, 'left out': 4} and [*report['counts'].values()][:2] == [3, 1]
    content = json.loads(source.read_text())
    write_json(source, {**content, 'images': content['images'][1:], 'annotations': content['annotations'][1:]})
    with pytest.raises(SystemExit, match='no photograph is outlined'):
        written(source, tmp_path / 'none')
    assert not (tmp_path / 'none').exists()


def test_the_parts_of_a_folder_are_those_of_yolo(tmp_path):
    """What the source called parts does not count, a part without a name in YOLO is left out; one class, one number."""
    for part, category in (('train', 2), ('val', 1), ('test', 1), ('calib', 1)):
        source = base(tmp_path / 'parts', [{'image_id': 0, 'category_id': category, 'segmentation': triangle()}],
                      f'{part}.json', **{f'of_{part}': True})
        content = json.loads(source.read_text())
        content['images'][0]['source_part'] = 'test'
        write_json(source, content)
    report = written(tmp_path / 'parts', tmp_path / 'yolo')
    assert report['counts']['photographs of the part calib, which is none of train, val, test, left out'] == 1
    assert (tmp_path / 'yolo/data.yaml').read_text() == (
        'train: images/train\nval: images/val\ntest: images/test\nnames: ["lesion", "mouth_cavity"]\n')
    assert (tmp_path / 'yolo/labels/train/of_train.txt').read_text().startswith('1 ')
    assert (tmp_path / 'yolo/labels/val/of_val.txt').read_text().startswith('0 ')
    run('yolo', tmp_path / 'yolo', tmp_path / 'again', '--keep-parts')
    assert len(json.loads((tmp_path / 'again/val.json').read_text())['images']) == 1
    written(tmp_path / 'parts/train.json', tmp_path / 'alone')  # one part alone is none
    assert (tmp_path / 'alone/images/of_train.png').is_file()


def test_photographs_are_passed_on_upright_and_without_what_stands_beside_the_picture(tmp_path):
    source = base(tmp_path / 'base', [], turned=True)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Artist] = 6, 'A PATIENT'
    pixels = np.random.default_rng(0).integers(0, 256, (WIDTH, HEIGHT, 3), dtype=np.uint8)  # lies on its side
    Image.fromarray(pixels).save(tmp_path / 'base/images/turned.png', exif=exif)
    written(source, tmp_path / 'yolo')
    path, = (tmp_path / 'yolo/images').iterdir()
    assert b'PATIENT' not in path.read_bytes()
    assert np.array_equal(np.asarray(Image.open(path)), np.rot90(pixels, -1))


def test_photographs_of_one_name_get_numbers_and_those_that_are_missing_are_named(tmp_path, monkeypatch):
    def no_links(*_):
        raise OSError(18, 'Invalid cross-device link')
    source = base(tmp_path / 'base', [], a=True, b=True)
    content = json.loads(source.read_text())
    draw_photographs(tmp_path / 'base', ['other/A.png'])
    content['images'][1]['file_name'] = 'other/A.png'
    write_json(source, content)
    monkeypatch.setattr('os.link', no_links)
    written(source, tmp_path / 'yolo')
    copies = {path.name: path.read_bytes() for path in (tmp_path / 'yolo/images').iterdir()}
    assert copies == {'000001_a.png': (tmp_path / 'base/images/a.png').read_bytes(),
                      '000002_A.png': (tmp_path / 'base/other/A.png').read_bytes()}
    assert len(list((tmp_path / 'yolo/labels').iterdir())) == 2
    (tmp_path / 'base/other/A.png').unlink()
    with pytest.raises(SystemExit, match='1 photographs are not in .*base, such as other/A.png; copy them there'):
        written(source, tmp_path / 'again')
