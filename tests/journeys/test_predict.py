"""From a training to predicted photographs that are a data set again, and a second start that has nothing to do."""
import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.journeys.walk import REPO, Walk

pytestmark = pytest.mark.journey
CONFIG = REPO / 'tests/study/small_config.py'


def test_from_a_training_to_predicted_photographs(tmp_path):
    user = Walk(tmp_path / 'user')
    user('synthetic', 'data', '--num-photographs', 24)
    user('train', CONFIG, '--work-dir', 'run', '--cfg-options', 'data_root=data')
    test = json.loads((user.folder / 'data/test.json').read_text())['images']
    (user.folder / 'new').mkdir()
    for image in test:
        shutil.copy(user.folder / 'data' / image['file_name'], user.folder / 'new')
    first = test[0]['file_name'].rpartition('/')[2]
    (user.folder / 'records.csv').write_text(f'photo,age,sex,habits\n{first},61,f,x\n')
    said = user('predict', 'run', 'new', '--out', 'predicted', '--records', 'records.csv')
    assert f'predicted: {len(test)} photographs predicted, 0 were there, 0 left out' in said
    assert 'columns that are no field of a record: habits' in said
    assert len(list((user.folder / 'predicted/pictures').iterdir())) == len(test)

    user('check', 'predicted/predictions.json', '--workers', 1)
    again = user('predict', 'run', 'new', '--out', 'predicted', '--records', 'records.csv')
    assert f'0 photographs predicted, {len(test)} were there' in again and 'predicting' not in again
    shutil.copy(user.folder / 'predicted/predictions.json', user.folder / 'predicted/train.json')
    user('browse', CONFIG, '--data', 'predicted', '--out', 'browse', '--number', 2)

    # A script of a few lines, and what it says of a record reaches whoever runs it.
    script = f"""from lopm import Predictor
case = Predictor('run')('new/{first}', record={{'age': 61, 'habits': 'x'}})
print(case.lesions or case.photograph.words)"""
    said = subprocess.run([sys.executable, '-c', script], cwd=user.folder, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env={**os.environ, 'PYTHONPATH': str(REPO)}, check=True).stdout
    assert 'habits: not read by this model (it reads age, sex, tobacco, alcohol); kept with the case' in said

    said = user('pack', 'run', 'packs/mine', '--licence', 'drawings, no rights reserved')
    assert 'validation labels' in said and f'tested on {len(test)} photographs' in said
    said = user('report', 'packs/mine', 'new', '--out', 'reports', '--records', 'records.csv', '--language', 'fr',
                '--fhir')
    assert f'reports: {len(test)} reports written, 0 were there' in said
    page = (user.folder / f'reports/{first}.html').read_text()
    assert 'dispositif médical' in page and 'âge' in page
    assert (user.folder / f'reports/{first}.pdf').stat().st_size > 10_000
    user('predict', 'packs/mine', 'new', '--out', 'by_pack', '--no-pictures')
    one, other = (json.loads((user.folder / f'{name}/cases/{first}.json').read_text()) for name in (
        'predicted', 'by_pack'))
    assert [lesion['outline'] for lesion in one['lesions']] == [lesion['outline'] for lesion in other['lesions']]
    assert one['model'].keys() < other['model'].keys()  # the pack's hash
