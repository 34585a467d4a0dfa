"""The converters' command line: from an export to a data set that loads, and back, json to format to json."""
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from mmengine.config import Config

from lopm.cli import main
from lopm.datasets.lesions import LesionDataset
from lopm.datasets.masks import decode_segmentation, encode_segmentation
from tests.curation.drawn_exports import FORMATS, NAMES, REPO, apart, disc, draw_photographs, shared, triangle

ORAL = REPO / 'configs/labels/oral.yaml'
MULTITASK = Config.fromfile(REPO / 'configs/multitask.py')
ANNOTATIONS = [
    dict(segmentation=triangle(), lesion_id='P1-L1', rater='1', attributes={
        'color': ['white', 'red'], 'texture': {'all_of': ['velvety'], 'partial': True}, 'site': ['buccal'],
        'laterality': ['left'], 'border_sharpness': 'well_defined', 'homogeneity': 'not_assessable',
        'diameter_mm': 23.5, 'biopsied': True,
        'diagnosis': {'any_of': ['lichen_planus', 'benign_lesion']}}, source={'color': 'measured'}),
    dict(segmentation=triangle(21.5, 30.25), lesion_id='P1-L1', rater='2', attributes={'color': [], 'diagnosis': {
        'all_of': ['lichen_planus', 'submucous_fibrosis']}}),
    dict(segmentation=triangle(5, 80, 20) + triangle(60, 5, 20), lesion_id='P1-L2', rater='1', attributes={}),
    dict(segmentation=disc(), category_id=2, attributes={})]


def write_json(folder):
    """A json of lopm with all that it can say, and its photographs."""
    draw_photographs(folder)
    images = [{'id': 1, 'file_name': NAMES[0], 'width': 160, 'height': 120, 'outlined': True,
               'patient_id': 'P1', 'visit': 2,
               'device': 'phone', 'center': 'A', 'attributes': {'site': ['buccal']},
               'record': {'age': 61, 'sex': 'female', 'tobacco': True, 'alcohol': False}},
              {'id': 2, 'file_name': NAMES[1], 'width': 160, 'height': 120, 'outlined': True, 'patient_id': 'P2'}]
    rows = [{'id': number, 'image_id': 1, 'category_id': 1, **row} for number, row in enumerate(ANNOTATIONS, start=1)]
    path = folder / 'all.json'
    path.write_text(json.dumps({'images': images, 'annotations': rows, 'categories': [
        {'id': 1, 'name': 'lesion'}, {'id': 2, 'name': 'mouth_cavity'}]}))
    return path


def run(name, *args, status=0):
    """Convert; the command has to end with the status: 1 where it left out words that nobody knows."""
    with pytest.raises(SystemExit, match=f'^{status}$') if status else contextlib.nullcontext():
        main(['convert', name, *map(str, args)])


def facts(path):
    """Images by their last name and annotations by what tells them apart, without ids."""
    content = json.loads(path.read_text())
    names = {category['id']: category['name'] for category in content['categories']}
    images = {image['id']: image for image in content['images']}
    rows = {(Path(images[row['image_id']]['file_name']).name, names[row['category_id']], row.get('lesion_id'),
             row.get('rater')): row for row in content['annotations']}
    assert len(rows) == len(content['annotations'])
    return {Path(image['file_name']).name: {**image, 'id': 0, 'file_name': ''} for image in images.values()}, rows


@pytest.mark.parametrize('name', FORMATS)
def test_json_to_format_to_json(name, tmp_path):
    before = write_json(tmp_path / 'base')
    run(name, before, tmp_path / 'exported', '--write')
    sources = sorted((tmp_path / 'exported').glob('via?.json')) if name == 'via' else [tmp_path / 'exported']
    for source in sources:
        out = tmp_path / f'again_{source.name}'
        run(name, source, out, '--labels', ORAL)
        same_data_set(before, out / 'all.json', exact=name in ('label_studio', 'cvat', 'coco', 'labelme'))
        assert not json.loads((out / 'report.json').read_text())['unknown_words']
        assert (out / 'images/images/p1.png').exists() or (out / 'images/photographs/images/p1.png').exists()


def same_data_set(before, after, exact, **more):
    (images, rows), (images_again, rows_again) = facts(before), facts(after)
    images = {name: {**image, **more} for name, image in images.items()}
    assert images_again == images and rows_again.keys() == rows.keys()
    for key, row in rows.items():
        again = rows_again[key]
        assert again['attributes'] == row['attributes'] and again.get('source') == row.get('source')
        one, other = (decode_segmentation(each['segmentation'], 120, 160) for each in (row, again))
        assert (one != other).sum() <= (1 if exact else 0) + 0.01 * one.sum() and again['iscrowd'] == 0
        if exact and isinstance(row['segmentation'], list):
            assert apart(row['segmentation'], again['segmentation']) <= 0.01
        assert again['area'] == decode_segmentation(again['segmentation'], 120, 160).sum()


@pytest.mark.parametrize('name', FORMATS)
def test_the_result_loads_with_the_tasks_of_multitask(name, tmp_path):
    run(name, write_json(tmp_path / 'base'), tmp_path / 'exported', '--write')
    source = tmp_path / 'exported/via3.json' if name == 'via' else tmp_path / 'exported'
    run(name, source, tmp_path / 'out', '--labels', ORAL, '--tasks', REPO / 'configs/multitask.py')
    dataset = LesionDataset('all.json', MULTITASK.tasks, data_root=str(tmp_path / 'out'), serialize_data=False,
                            record_fields=MULTITASK.record_fields, pipeline=[
                                dict(type='LoadPhotograph'), dict(type='LoadLesions'), dict(type='PackLesions')])
    first = next(i for i in range(2) if dataset.get_data_info(i)['patient_id'] == 'P1')
    assert not dataset[first]['data_samples'].bad
    info = dataset.get_data_info(first)
    assert info['raters'] == ['1', '2'] and [lesion['lesion_id'] for lesion in info['lesions']] == ['P1-L1', 'P1-L2']
    assert info['targets']['color'][0].tolist() == [[1, 1, 0, 0, 0, 0], [0] * 6] and info['record'][0] > 0.5
    audit = json.loads((tmp_path / 'out/audit.json').read_text())
    assert audit['counts']['all'] == dict(photographs=2, groups=2, lesions=2) and audit['source'] == name
    assert audit['patients_apart'] is True and audit['near_duplicates_apart'] == 'not checked'


def test_a_folder_of_parts_is_written_as_one_and_read_back_in_parts(tmp_path):
    for part in ('train', 'test'):
        text = write_json(tmp_path / f'base/{part}').read_text()
        (tmp_path / f'base/{part}/all.json').unlink()
        (tmp_path / f'base/{part}.json').write_text(
            text.replace('images/', f'{part}/images/').replace('"P', f'"{part} P'))
    run('coco', tmp_path / 'base', tmp_path / 'exported', '--write')
    run('coco', tmp_path / 'exported', tmp_path / 'again', '--keep-parts')
    for part in ('train', 'test'):
        same_data_set(tmp_path / f'base/{part}.json', tmp_path / f'again/{part}.json', exact=True, source_part=part)


def test_a_zip_with_its_photographs(tmp_path):
    run('cvat', write_json(tmp_path / 'base'), tmp_path / 'exported', '--write')
    with zipfile.ZipFile(tmp_path / 'task.zip', 'w') as archive:
        archive.write(tmp_path / 'exported/annotations.xml', 'annotations.xml')
        for name in NAMES:
            archive.write(tmp_path / 'base' / name, name)
    run('cvat', tmp_path / 'task.zip', tmp_path / 'out', '--labels', ORAL)
    found = sorted(path.name for path in (tmp_path / 'out').iterdir())
    assert found == ['all.json', 'audit.json', 'images', 'report.json']
    content = json.loads((tmp_path / 'out/all.json').read_text())
    assert all((tmp_path / 'out' / image['file_name']).is_file() for image in content['images'])
    assert not list((tmp_path / 'out').rglob('*.xml'))
    assert sorted(path.name for path in tmp_path.iterdir()) == ['base', 'exported', 'out', 'task.zip']


def test_a_second_run_gives_equal_files(tmp_path):
    source = write_json(tmp_path / 'base')
    run('coco', source, tmp_path / 'out', '--labels', ORAL)
    before = {path.name: path.read_bytes() for path in (tmp_path / 'out').glob('*.json')}
    run('coco', source, tmp_path / 'out', '--labels', ORAL)
    assert {path.name: path.read_bytes() for path in (tmp_path / 'out').glob('*.json')} == before


def test_nothing_is_overwritten_that_is_not_ours(tmp_path):
    source = write_json(tmp_path / 'base')
    (tmp_path / 'out/images').mkdir(parents=True)
    with pytest.raises(SystemExit, match='images is there already and no link'):
        run('coco', source, tmp_path / 'out')
    with pytest.raises(SystemExit, match='out is there already and not empty'):
        run('coco', source, tmp_path / 'out', '--write')
    assert [path.name for path in (tmp_path / 'out').rglob('*')] == ['images']


def test_the_map_of_lopm_is_the_default(tmp_path):
    source = write_json(tmp_path / 'base')
    source.write_text(source.read_text().replace('"well_defined"', '"nets"'))
    for out, labels in (('a', []), ('b', ['--labels', ORAL]), ('c', ['--labels', 'none']),
                        ('d', ['--labels', 'oral.yaml'])):
        run('coco', source, tmp_path / out, *labels, status=int(out == 'c'))  # where nobody knows "nets"
    rows = {out: json.loads((tmp_path / f'{out}/all.json').read_text())['annotations'] for out in 'abcd'}
    found = {out: own[0]['attributes'] for out, own in rows.items()}
    assert found['a'] == found['b'] == found['d'] and found['a']['border_sharpness'] == 'well_defined'
    assert 'border_sharpness' not in found['c'] and 'diameter_mm' not in found['c']


def test_a_map_that_does_not_fit_the_tasks_says_what_to_do(tmp_path):
    (tmp_path / 'own.py').write_text("tasks = [dict(name='color', kind='multilabel', classes=['blue'])]")
    with pytest.raises(SystemExit, match="oral.yaml, line .*'white' is no class.*does not fit .*own.py.*none"):
        run('coco', write_json(tmp_path / 'base'), tmp_path / 'out', '--tasks', tmp_path / 'own.py')


def test_where_to_write_has_to_be_said(tmp_path, capsys):
    with pytest.raises(SystemExit):
        run('coco', write_json(tmp_path / 'base'))
    assert 'OUT_DIR is missing' in capsys.readouterr().err


@pytest.mark.parametrize('name', FORMATS)
def test_help_teaches_at_once(name):
    command = [sys.executable, '-X', 'importtime', '-m', 'lopm', 'convert', name, '--help']
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, 'PYTHONPATH': str(REPO)})
    assert done.returncode == 0 and '--labels MAP' in done.stdout
    assert f'lopm convert {name.replace("_", "-")}' in done.stdout
    assert not {'torch', 'numpy', 'mmengine'} & set(re.findall(r'\| +(\w+)\n', done.stderr))


@shared
@pytest.mark.parametrize('name, source, lesions, status', [
    ('label_studio', 'label_studio_export.json', 6, 1), ('cvat', 'cvat', 2, 1), ('coco', 'coco', 8, 0),
    ('labelme', 'labelme', 2, 0), ('via', 'via', 2, 0)])
def test_exports_of_the_tools_become_data_sets(name, source, lesions, status, tmp_path):
    root = Path(os.environ['LOPM_FORMATS'])
    run(name, root / source, tmp_path / 'a', '--photographs', root / 'photographs', '--labels', ORAL, status=status)
    first = json.loads((tmp_path / 'a/all.json').read_text())
    assert len(first['annotations']) == lesions
    run(name, tmp_path / 'a/all.json', tmp_path / 'b', '--write')
    again = tmp_path / 'b/via3.json' if name == 'via' else tmp_path / 'b'
    run(name, again, tmp_path / 'c', '--photographs', tmp_path / 'a', '--labels', ORAL)
    for one, other in zip(first['annotations'], json.loads((tmp_path / 'c/all.json').read_text())['annotations']):
        assert one['attributes'] == other['attributes'] and one.get('rater') == other.get('rater')
        assert abs(one['area'] - other['area']) <= 0.005 * one['area']


@shared
def test_the_zip_of_a_task_as_cvat_gives_it(tmp_path):
    shutil.make_archive(tmp_path / 'task', 'zip', Path(os.environ['LOPM_FORMATS']) / 'cvat')
    run('cvat', tmp_path / 'task.zip', tmp_path / 'out', '--labels', ORAL, status=1)
    (first, _) = json.loads((tmp_path / 'out/all.json').read_text())['annotations']
    assert first['area'] == encode_area(first['segmentation'])


def encode_area(segmentation):
    return decode_segmentation(encode_segmentation(segmentation, 600, 800), 600, 800).sum()
