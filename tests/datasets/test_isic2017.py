"""The converter on a small folder in the official layout, and on some of the real one where LOPM_ISIC2017 names it."""
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image
from pycocotools import mask as coco_mask

from lopm.commands.convert import isic2017
from lopm.datasets.lesions import LesionDataset

REPO = Path(__file__).parents[2]

TASKS = Config.fromfile(REPO / 'configs/_base_/isic2017_tasks.py').tasks
PLACES = isic2017.NAME + '_Data', isic2017.NAME + '_Part1_GroundTruth'


def write_download(folder, count=12):
    """Discs of growing size and contrast on plain skin; sizes differ; every third is a melanoma."""
    photographs, masks = (folder / place for place in PLACES)
    photographs.mkdir(parents=True)
    masks.mkdir()
    labels, records = ['image_id,melanoma,seborrheic_keratosis'], ['image_id,age_approximate,sex']
    for i in range(count):
        name, shape = f'ISIC_{i:07d}', (60 + 2 * i, 90)
        y, x = np.indices(shape)
        disc = np.hypot(y - 30, x - 45) < 12 + i
        pixels = np.full((*shape, 3), (220, 180, 160), np.uint8)
        pixels[disc] = np.array((200, 150, 130)) - 9 * i
        Image.fromarray(pixels).save(photographs / f'{name}.jpg', quality=95)
        Image.fromarray(pixels).save(photographs / f'{name}_superpixels.png')
        Image.fromarray(disc.astype(np.uint8) * 255).save(masks / f'{name}_segmentation.png')
        labels.append(f'{name},{float(i % 3 == 0)},{float(i % 3 == 1)}')
        records.append(f'{name},{"unknown" if i == 2 else 5 * i},{"unknown" if i == 3 else "male"}')
    (folder / f'{isic2017.NAME}_Part3_GroundTruth.csv').write_text('\n'.join(labels) + '\n')
    (folder / f'{isic2017.NAME}_Data_metadata.csv').write_text('\n'.join(records) + '\n')
    return folder


def convert(download, out, *options):
    isic2017.main(isic2017.parse_args([str(download), str(out), '--workers', '1', *options]))
    return {part: json.loads((out / f'{part}.json').read_text()) for part in ('train', 'val', 'test')}


@pytest.fixture(scope='module')
def converted(tmp_path_factory):
    folder = tmp_path_factory.mktemp('isic')
    return folder / 'out', convert(write_download(folder / 'raw'), folder / 'out', '--shares', '0.5', '0.25', '0.25')


def test_labels_sizes_and_records(converted):
    _, parts = converted
    images = {image['id']: image for part in parts.values() for image in part['images']}
    rows = {a['image_id']: a for part in parts.values() for a in part['annotations']}
    assert sorted(images) == sorted(rows) == list(range(12))
    assert [rows[i]['attributes']['diagnosis'] for i in range(3)] == ['melanoma', 'seborrheic_keratosis', 'nevus']
    assert images[4]['width'] == 90 and images[4]['height'] == 68 and 'patient_id' not in images[4]
    assert images[4]['record'] == {'age': 20, 'sex': 'male'}
    assert images[2]['record']['age'] is None and images[3]['record']['sex'] is None
    assert rows[4]['iscrowd'] == 0 and rows[4]['source'] == dict.fromkeys(isic2017.STAND_INS, 'measured')


def test_outlines_are_the_masks(converted):
    out, parts = converted
    for part in parts.values():
        for row in part['annotations']:
            path = out.parent / 'raw' / PLACES[1] / f'ISIC_{row["image_id"]:07d}_segmentation.png'
            assert (coco_mask.decode(row['segmentation']) * 255 == np.asarray(Image.open(path))).all()
            assert row['area'] == coco_mask.area(row['segmentation'])


def test_measured_values_are_cut_at_the_training_terciles(converted):
    out, parts = converted
    said = [row['attributes']['color'] for row in parts['train']['annotations']]
    assert sorted(map(said.count, ('near_skin', 'intermediate', 'far_from_skin'))) == [2, 2, 2]
    rows = sorted((row for part in parts.values() for row in part['annotations']), key=lambda row: row['id'])
    steps = [isic2017.STAND_INS['color'][1].index(row['attributes']['color']) for row in rows]
    assert steps == sorted(steps)  # discs get darker with their number
    assert len(json.loads((out / 'audit.json').read_text())['measured_terciles_of_train']) == 5


def test_parts_are_stratified_seeded_and_audited_honestly(converted, tmp_path):
    out, parts = converted
    for part, count in dict(train=6, val=3, test=3).items():
        found = [row['attributes']['diagnosis'] for row in parts[part]['annotations']]
        assert all(found.count(word) == count / 3 for word in ('melanoma', 'nevus', 'seborrheic_keratosis'))
    audit = json.loads((out / 'audit.json').read_text())
    assert 'unknown for 12 photographs without a patient id' in audit['patients_apart']
    assert audit['near_duplicates_apart'] == 'not checked'
    again = convert(out.parent / 'raw', tmp_path / 'same', '--shares', '0.5', '0.25', '0.25')
    other = convert(out.parent / 'raw', tmp_path / 'other', '--shares', '0.5', '0.25', '0.25', '--seed', '1')
    assert again == parts != other


def test_the_result_loads_and_nothing_was_copied(converted):
    out, _ = converted
    assert (out / 'images').is_symlink() and not list(out.glob('*.partial')) and not list(out.glob('*.journal'))
    dataset = LesionDataset('train.json', TASKS, data_root=str(out), record_fields=dict(age=dict(center=45, scale=20)),
                            pipeline=[dict(type='LoadPhotograph'), dict(type='LoadLesions'), dict(type='PackLesions')])
    sample = dataset[0]['data_samples']
    assert sample.bad == '' and not any(sample.gt_lesions[task['name']].isnan().any() for task in TASKS[1:])


def test_a_stopped_run_goes_on_where_it_was(tmp_path, monkeypatch):
    download, out = write_download(tmp_path / 'raw', 30), tmp_path / 'out'
    with pytest.raises(KeyboardInterrupt):
        with monkeypatch.context() as patch:
            patch.setattr(isic2017, 'terciles', lambda lesions: (_ for _ in ()).throw(KeyboardInterrupt))
            convert(download, out)
    journal = out / 'isic2017.journal'
    lines = journal.read_text().splitlines(keepends=True)
    assert len(lines) == 30 and not (out / 'train.json').exists()
    marked = [line.replace('"area": ', '"area": 1') for line in lines[:3]]
    journal.write_text(''.join(marked) + lines[3][:50])  # killed while writing the fourth
    parts = convert(download, out)
    areas = {row['id']: row['area'] for part in parts.values() for row in part['annotations']}
    masks = {row['id']: coco_mask.area(row['segmentation']) for part in parts.values() for row in part['annotations']}
    assert [areas[i] == masks[i] for i in range(30)] == [False] * 3 + [True] * 27


@pytest.mark.parametrize('damage, words', [
    (lambda raw: (raw / PLACES[1] / 'ISIC_0000001_segmentation.png').unlink(),
     'ISIC_0000001: the photograph has no mask'),
    (lambda raw: (raw / PLACES[0] / 'ISIC_0000001.jpg').unlink(), 'ISIC_0000001: the mask has no photograph'),
    (lambda raw: (raw / PLACES[0] / 'ISIC_0000001.jpg').write_bytes(b''), 'ISIC_0000001.jpg: the file is empty'),
    (lambda raw: Image.new('L', (90, 62)).save(raw / PLACES[1] / 'ISIC_0000001_segmentation.png'),
     r'ISIC_0000001_segmentation.png: has values \[0\], wanted are 0 and 255'),
    (lambda raw: Image.new('L', (9, 9), 255).save(raw / PLACES[1] / 'ISIC_0000001_segmentation.png'),
     'ISIC_0000001_segmentation.png: 9 x 9, the photograph is 90 x 62'),
    (lambda raw: (raw / f'{isic2017.NAME}_Part3_GroundTruth.csv').write_text('image_id,melanoma\n'),
     "Part3_GroundTruth.csv: column 'seborrheic_keratosis' is missing"),
    (lambda raw: (raw / f'{isic2017.NAME}_Part3_GroundTruth.csv').unlink(), 'Part3_GroundTruth.csv: no such file'),
    (lambda raw: (raw / PLACES[1]).rename(raw / 'x'), 'Part1_GroundTruth: no such folder')])
def test_what_is_missing_or_odd_is_named(tmp_path, damage, words):
    download = write_download(tmp_path / 'raw', 3)
    damage(download)
    with pytest.raises(ValueError, match=words):
        convert(download, tmp_path / 'out')
    assert not (tmp_path / 'out' / 'train.json').exists()


def test_the_command_line_says_what_is_wrong_without_a_traceback(tmp_path):
    command = [sys.executable, '-m', 'lopm', 'convert', 'isic2017', tmp_path / 'nowhere', tmp_path / 'out']
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and 'no such folder' in done.stderr and 'Traceback' not in done.stderr


@pytest.mark.skipif('LOPM_ISIC2017' not in os.environ, reason='LOPM_ISIC2017 does not name the folder of ISIC 2017')
def test_on_the_real_folder(tmp_path):
    real = Path(os.environ['LOPM_ISIC2017'])
    cases = isic2017.read_cases(real)
    names = [case['name'] for case in cases[::len(cases) // 24]]
    for place, ending in zip(PLACES, ('.jpg', '_segmentation.png')):
        (tmp_path / 'raw' / place).mkdir(parents=True)
        for name in names:
            (tmp_path / 'raw' / place / f'{name}{ending}').symlink_to(real / place / f'{name}{ending}')
    labels = (real / f'{isic2017.NAME}_Part3_GroundTruth.csv').read_text().splitlines(keepends=True)
    kept = [labels[0], *(line for line in labels if line.split(',')[0] in names)]
    (tmp_path / 'raw' / f'{isic2017.NAME}_Part3_GroundTruth.csv').write_text(''.join(kept))
    (tmp_path / 'raw' / f'{isic2017.NAME}_Data_metadata.csv').write_text(
        (real / f'{isic2017.NAME}_Data_metadata.csv').read_text())
    parts = convert(tmp_path / 'raw', tmp_path / 'out')
    assert sum(len(part['annotations']) for part in parts.values()) == len(names) >= 24
    assert {case['diagnosis'] for case in cases} == {'nevus', 'melanoma', 'seborrheic_keratosis'}
