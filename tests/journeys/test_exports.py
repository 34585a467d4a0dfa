"""From an annotation tool's export to a tested model and back: the README's commands, in order, for every format."""
import json
import os

import numpy as np
import pytest

from lopm.evaluation.predictions import read_predictions
from tests.journeys.exports import FORMS, repeat, write_masks
from tests.journeys.walk import REPO, Walk

CONFIG = REPO / 'configs/multitask.py'
SMALL = ['size=(48,64)', 'train_cfg.max_epochs=1', 'train_cfg.val_interval=1', 'train_dataloader.num_workers=0',
         'train_dataloader.persistent_workers=False', 'val_dataloader.num_workers=0',
         'val_dataloader.persistent_workers=False', 'test_dataloader.num_workers=0',
         'test_dataloader.persistent_workers=False']
pytestmark = [pytest.mark.journey, pytest.mark.skipif(
    'LOPM_FORMATS' not in os.environ,
    reason='LOPM_FORMATS does not name the folder of exports written by the tools themselves')]


def read(path):
    return json.loads(path.read_text(encoding='utf-8'))


def lesions(content):
    """How many lesions a data set names, and how many of them are outlined."""
    rows = content['annotations']
    return len({(row['image_id'], row.get('lesion_id', row['id'])) for row in rows}), sum(
        bool(row.get('segmentation')) for row in rows)


@pytest.mark.parametrize('form', [*FORMS, 'masks'])
def test_from_an_export_to_a_tested_model_and_back(form, tmp_path):
    user = Walk(tmp_path / 'user')
    if form == 'masks':
        source, photographs = write_masks(tmp_path / 'clinic')
        converter, status = 'masks', 0
    else:
        source, photographs = repeat(FORMS[form], tmp_path / 'clinic')
        converter, status = FORMS[form].converter, FORMS[form].status
    user(f'convert {converter}', source, 'base', '--photographs', photographs, status=status)
    base = read(user.folder / 'base/all.json')
    assert len(base['images']) >= 12 and all('outlined' in image for image in base['images'])
    assert lesions(base)[1] >= 12

    user('check', 'base', '--fix')
    assert (user.folder / 'base/doctor/report.html').stat().st_size > 1000
    user('split', 'base/all.json', 'parts', '--shares', 'train=0.5', 'val=0.25', 'test=0.25')
    parts = {part: read(user.folder / f'parts/{part}.json') for part in ('train', 'val', 'test')}
    assert sum(len(content['images']) for content in parts.values()) == len(base['images'])
    assert sum(lesions(content)[0] for content in parts.values()) == lesions(base)[0]
    user('features', 'parts/train.json', '--out', 'features')

    user('train', CONFIG, '--data', 'parts', '--work-dir', 'run', '--cfg-options', *SMALL)
    user('test', CONFIG, 'run/best.pth', '--data', 'parts', '--out', 'metrics.json', '--show-dir', 'pictures',
         '--predictions', 'predictions.parquet', '--cfg-options', *SMALL)
    metrics = read(user.folder / 'metrics.json')
    assert metrics['n/photographs'] == len(parts['test']['images'])
    assert metrics['outline/jaccard'] is not None
    rows, _ = read_predictions(user.folder / 'predictions.parquet')
    assert len(rows) == len(parts['test']['images'])
    user('crossval', CONFIG, '--data', 'parts', '--work-dir', 'crossval', '--folds', 3,
         '--cfg-options', *SMALL)
    rows, _ = read_predictions(user.folder / 'crossval/predictions.parquet')
    assert len(rows) == len(base['images'])

    user('export', 'parts/train.json', 'export', '--tasks', CONFIG)
    said = user('examples/torch_webdataset.py', 'export', 'diagnosis')
    assert np.isfinite([float(word) for word in said.split() if word.replace('.', '', 1).isdecimal()]).all()
    user(f'convert {converter}', 'base/all.json', 'written', '--write')
    written = 'written/via2.json' if form == 'via' else 'written'  # beside it stands the same for VIA 3
    user(f'convert {converter}', written, 'again', '--photographs', 'written/photographs')
    assert lesions(read(user.folder / 'again/all.json')) == lesions(base)
