"""Cross-validation as a user runs it, on a few built-in photographs."""
import os
import subprocess
import sys
from pathlib import Path

from lopm.datasets.synthetic.generate import ensure_synthetic
from lopm.evaluation.predictions import read_predictions
from lopm.study.crossval import Run, plan

HERE = Path(__file__).parent


def crossval(tmp_path, *options):
    done = subprocess.run(
        [sys.executable, '-m', 'lopm', 'crossval', HERE / 'small_config.py', '--work-dir',
         tmp_path / 'out', '--folds', '3', '--workers', '2', '--cfg-options', f'data_root={tmp_path}/photographs',
         *options],
        text=True, capture_output=True, env={**os.environ, 'PYTHONPATH': str(HERE.parents[1]), 'OMP_NUM_THREADS': '1'})
    return done.returncode, done.stdout + done.stderr


def test_every_photograph_is_predicted_by_a_model_that_never_saw_it(tmp_path):
    ensure_synthetic(tmp_path / 'photographs', num_photographs=24)
    status, said = crossval(tmp_path)
    assert status == 0 and 'diagnosis/auroc' in said, said
    rows, about = read_predictions(tmp_path / 'out/predictions.parquet')
    assert len({row.file_name.rpartition('/')[2] for row in rows}) == len(rows) == 24
    assert len(set(about['checkpoints'].values())) == 3
    for fold in range(3):
        (tested, _) = read_predictions(tmp_path / f'out/fold{fold}/predictions.parquet')
        assert {row.file_name for row in tested} == {row.file_name for row in rows if row.fold == fold}
        assert {row.patient_id for row in tested}.isdisjoint(row.patient_id for row in rows if row.fold != fold)

    (tmp_path / 'out/fold1/predictions.parquet').unlink()
    kept = (tmp_path / 'out/fold0/predictions.parquet').stat().st_mtime_ns
    status, said = crossval(tmp_path)
    assert status == 0 and '1 runs' in said, said
    assert (tmp_path / 'out/fold0/predictions.parquet').stat().st_mtime_ns == kept
    again, about_again = read_predictions(tmp_path / 'out/predictions.parquet')
    assert about_again == about  # the fold was predicted again, not trained again

    status, said = crossval(tmp_path, 'train_cfg.max_epochs=2')
    assert status == 1 and 'other settings: config_sha256' in said and 'Traceback' not in said


def test_inner_runs_are_planned_under_their_fold(tmp_path):
    runs = plan(Path('c.py'), [], [tmp_path / 'fold0', tmp_path / 'fold1'], tmp_path / 'out', inner=1)
    assert list(runs) == [tmp_path / 'out', tmp_path / 'out/fold0/inner', tmp_path / 'out/fold1/inner']
    assert runs[tmp_path / 'out/fold0/inner'] == [
        Run(Path('c.py'), (), tmp_path / 'fold0/inner/fold0', tmp_path / 'out/fold0/inner/fold0', 0)]
    assert list(plan(Path('c.py'), [], [tmp_path / 'fold0'], tmp_path / 'out')) == [tmp_path / 'out']
