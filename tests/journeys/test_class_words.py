"""From class folders, a table of words and a data set of YOLO to a tested model and back: nothing, or not all, is
outlined."""
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from lopm.datasets.masks import decode_segmentation
from tests.journeys.exports import SIZE, draw
from tests.journeys.test_exports import CONFIG, SMALL, read
from tests.journeys.walk import Walk

pytestmark = pytest.mark.journey
CLASSES = 'lichen planus', 'Leukoplakia', 'erythroplakia'


def write_folders(folder):
    for number in range(24):
        path = folder / f'train/{CLASSES[number % 3]}' / f'{number}.jpg'
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(path, number)
    return folder


def write_table(folder):
    folder.mkdir(parents=True)
    for number in range(24):
        draw(folder / f'{number}.jpg', number)
    rows = [f'{number}.jpg;{CLASSES[number % 3]};P{number // 2}' for number in range(24)]
    (folder / 'labels.csv').write_text('\n'.join(['sep=;', 'File;Diagnosis;patient', *rows]))
    return folder / 'labels.csv'


def write_yolo(folder):
    """A third outlined, a third with a box, a third free of lesions."""
    points = np.array([(200, 150), (500, 180), (420, 420), (220, 380)]) / SIZE
    outline = ' '.join(f'{share:.5f}' for share in points.flat)
    lines = [f'0 {outline}\n', '1 0.5 0.5 0.3 0.25\n', '']
    for number in range(24):
        for kind in ('images', 'labels'):
            (folder / kind / 'train').mkdir(parents=True, exist_ok=True)
        draw(folder / f'images/train/{number}.jpg', number)
        (folder / f'labels/train/{number}.txt').write_text(lines[number % 3])
    (folder / 'data.yaml').write_text(f'train: images/train\nnames: {list(CLASSES[:2])}\n')
    shutil.make_archive(folder, 'zip', folder)
    return folder.with_suffix('.zip')


def said(path):
    """``{photograph: (whether it is outlined, its words, pixels of its outlines)}`` of a data set."""
    content = read(path)
    masks = {image['id']: [] for image in content['images']}
    for row in filter(lambda row: 'segmentation' in row, content['annotations']):
        masks[row['image_id']].append(decode_segmentation(row['segmentation'], *SIZE[::-1]))
    return {Path(image['file_name']).name: (image['outlined'], image.get('attributes'), masks[image['id']])
            for image in content['images']}


@pytest.mark.parametrize('converter, write, states, held', [
    ('folders', write_folders, {False: 24}, 16),  # a third of the words is ambiguous
    ('masks', write_table, {False: 24}, 24), ('yolo', write_yolo, {True: 16, False: 8}, 16)])
def test_from_words_and_places_to_a_tested_model_and_back(converter, write, states, held, tmp_path):
    user = Walk(tmp_path / 'user')
    user(f'convert {converter}', write(tmp_path / 'clinic/source'), 'base')
    images = read(user.folder / 'base/all.json')['images']
    assert Counter(image['outlined'] for image in images) == states
    user('check', 'base')
    user('split', 'base/all.json', 'parts', '--shares', 'train=0.5', 'val=0.25', 'test=0.25')
    user('train', CONFIG, '--data', 'parts', '--work-dir', 'run', '--cfg-options', *SMALL)
    user('test', CONFIG, 'run/best.pth', '--data', 'parts', '--out', 'metrics.json', '--show-dir', 'pictures',
         '--cfg-options', *SMALL)
    metrics = read(user.folder / 'metrics.json')
    assert metrics['n/photographs'] == len(read(user.folder / 'parts/test.json')['images'])
    assert any(name.startswith('diagnosis') and value is not None for name, value in metrics.items())

    user(f'convert {converter}', 'parts', 'written', '--write')
    options = ['--photographs', 'base/images'] if converter == 'masks' else []
    user(f'convert {converter}', 'written', 'again', '--keep-parts', *options)
    parts = [said(user.folder / f'again/{part}.json') for part in ('train', 'val', 'test')]
    assert all(parts) and sum(map(len, parts)) == held
    for part, again in zip(('train', 'val', 'test'), parts):
        before = said(user.folder / f'parts/{part}.json')
        for name, (outlined, words, masks) in again.items():
            assert (outlined, words) == before[name][:2]
            for one, other in zip(masks, before[name][2], strict=True):
                assert (one & other).sum() > 0.99 * (one | other).sum()
