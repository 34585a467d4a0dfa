"""Visits and patients from a config to scores: train, kill, resume and test on a few built-in patients."""
import json
import math
import sys
from pathlib import Path

import pytest

from lopm.datasets.drawn_patients import ensure_patients
from lopm.engine.config import load_config
from lopm.evaluation.predictions import read_predictions, score_predictions

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs/patients.py'
GROUPS = dict(distribution='auroc', referral='auroc', histology='auroc', proliferative='auroc',
              transformation='concordance')


@pytest.fixture(scope='module')
def patients(tmp_path_factory):
    return ensure_patients(tmp_path_factory.mktemp('drawn') / 'patients', 16, workers=1)


@pytest.mark.slow
def test_a_killed_and_resumed_run_is_the_undisturbed_one_and_its_scores_know_the_level(patients, run_tool, tmp_path):
    options = ['--cfg-options', f'data_root={patients}', 'train_cfg.max_epochs=2', 'size=(48,64)',
               'default_hooks.logger.interval=1', 'train_dataloader.batch_sampler.most=3', 'judged_by=outline/jaccard',
               *(f'{part}_dataloader.dataset.synthetic.num_patients=16' for part in ('train', 'val', 'test'))]
    status, output = run_tool(sys.executable, ROOT / 'benchmarks/kill_resume.py', CONFIG, '--kills', 1,
                              '--work-dir', tmp_path / 'runs', *options)
    assert status == 0 and output.endswith('bit-identical\n'), output
    run = tmp_path / 'runs/killed'
    status, output = run_tool(sys.executable, ROOT / 'tools/test.py', CONFIG, run / 'last.pth', *options, '--out',
                              run / 'metrics.json', '--predictions', run / 'predictions.parquet')
    assert status == 0, output
    scores = json.loads((run / 'metrics.json').read_text())
    images = json.loads((patients / 'test.json').read_text())['images']
    visits = {(image['patient_id'], image['visit']) for image in images if 'referral' in image['attributes']}
    followed = {image['patient_id'] for image in images if 'transformation' in image['attributes']}
    assert scores['referral/n'] == len(visits) and scores['transformation/n'] == len(followed)
    assert scores['n/photographs'] == len(images) > len(visits) > scores['proliferative/n'] == scores['n/patients']
    assert {f'{task}/{score}' for task, score in GROUPS.items()} <= scores.keys()
    assert 'by_table/referral/auroc' in scores and 'transformation/limit_concordance' in scores
    again = score_predictions(*read_predictions(run / 'predictions.parquet'))
    for name, value in again.items():
        assert scores[name] == (None if math.isnan(value) else pytest.approx(value, abs=1e-6)), name


def test_batches_of_torn_patients_are_refused(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text(f"_base_ = ['{CONFIG}']\nval_dataloader = dict(batch_sampler=None)\n")
    with pytest.raises(ValueError, match='val_dataloader: the model has group_heads'):
        load_config(path)
