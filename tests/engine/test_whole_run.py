"""From a config to scores: train, kill, resume, and test, as a user does it, on a few built-in photographs."""
import json
import math
import re
import sys
from pathlib import Path

import pytest

from lopm.evaluation.predictions import read_predictions, score_predictions

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs/multitask.py'
TASKS = ('color', 'texture', 'border_sharpness', 'border_regularity', 'homogeneity', 'diagnosis')


@pytest.fixture
def options(built_in, tmp_path):
    """The shipped config with its augmentation, workers, moving average and early stopping, made small."""
    built_in(tmp_path / 'photographs')
    parts = [f'{part}_dataloader.dataset.synthetic.num_photographs=24' for part in ('train', 'val', 'test')]
    return ['--cfg-options', *parts, f'data_root={tmp_path}/photographs', 'train_dataloader.batch_size=4',
            'train_cfg.max_epochs=3', 'size=(48,64)', 'default_hooks.logger.interval=1']


def test_a_killed_and_resumed_run_gives_the_same_model_and_its_scores(run_tool, options, tmp_path):
    status, output = run_tool(sys.executable, ROOT / 'benchmarks/kill_resume.py', CONFIG, '--kills', 1,
                              '--work-dir', tmp_path / 'runs', *options)
    assert status == 0 and 'kill -9' in output and output.endswith('bit-identical\n'), output
    run = tmp_path / 'runs/killed'
    assert re.search('resumed epoch: [12]', (tmp_path / 'runs/killed.log').read_text())  # not from the beginning
    assert (run / 'pictures/curves.png').is_file()

    status, output = run_tool(sys.executable, ROOT / 'tools/test.py', CONFIG, run / 'best.pth', *options, '--out',
                              run / 'metrics.json', '--show-dir', tmp_path / 'shown', '--predictions',
                              run / 'predictions.parquet')
    assert status == 0, output
    scores = json.loads((run / 'metrics.json').read_text())
    assert scores['n/photographs'] > 0 and 0 <= scores['outline/jaccard'] <= 1
    assert {f'{outlines}{task}/auroc' for task in TASKS for outlines in ('', 'true_outline/')} <= scores.keys()
    assert (tmp_path / 'shown/test_photographs.png').is_file()
    again = score_predictions(*read_predictions(run / 'predictions.parquet'))
    for name, value in again.items():
        assert scores[name] == (None if math.isnan(value) else pytest.approx(value, abs=1e-6)), name
