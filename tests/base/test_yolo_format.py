"""YOLO: outlines, boxes and turned boxes in shares of the sides; what was looked at, and what was not."""
import json
import shutil

import numpy as np
import pytest
from drawn_exports import HEIGHT, SIZE, WIDTH, draw_photographs
from test_converters import run

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
    with pytest.raises(SystemExit, match='data.yaml: none of the 5 photographs in .*source has a label file; they lie'):
        converted(source)


def test_it_is_read_only():
    with pytest.raises(SystemExit) as end:
        run('yolo', 'x.json', 'out', '--write')
    assert end.value.code == 2


def test_what_a_mac_adds_to_archives_is_passed_over(source):
    (source / '__MACOSX/labels').mkdir(parents=True)
    (source / '__MACOSX/labels/._a.txt').touch()
    (source / 'labels/._a.txt').touch()
    images, _, _ = converted(source)
    assert len(images) == 5
