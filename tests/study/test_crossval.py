"""Cross-validation as a user runs it, on a few built-in photographs."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lopm.commands import crossval as command
from lopm.evaluation.predictions import read_predictions
from lopm.study.crossval import Run, plan

HERE = Path(__file__).parent


OPTIONS = ['--folds', '3', '--workers', '2', '--cfg-options']


def options(tmp_path, *more):
    return [str(HERE / 'small_config.py'), '--work-dir', str(tmp_path / 'out'), *OPTIONS,
            f'data_root={tmp_path}/photographs', *more]


def test_every_photograph_is_predicted_by_a_model_that_never_saw_it(built_in, tmp_path, capsys):
    built_in(tmp_path / 'photographs')
    done = subprocess.run([sys.executable, '-m', 'lopm', 'crossval', *options(tmp_path)], text=True,
                          capture_output=True, env={**os.environ, 'PYTHONPATH': str(HERE.parents[1])})
    assert done.returncode == 0 and 'diagnosis/auroc' in done.stdout, done.stdout + done.stderr
    rows, about = read_predictions(tmp_path / 'out/predictions.parquet')
    assert len({row.file_name.rpartition('/')[2] for row in rows}) == len(rows) == 24
    assert len(set(about['checkpoints'].values())) == 3
    for fold in range(3):
        (tested, _) = read_predictions(tmp_path / f'out/fold{fold}/predictions.parquet')
        assert {row.file_name for row in tested} == {row.file_name for row in rows if row.fold == fold}
        assert {row.patient_id for row in tested}.isdisjoint(row.patient_id for row in rows if row.fold != fold)

    (tmp_path / 'out/fold1/predictions.parquet').unlink()
    kept = (tmp_path / 'out/fold0/predictions.parquet').stat().st_mtime_ns
    command.main(command.parse_args(options(tmp_path)))
    assert '1 runs' in capsys.readouterr().out
    assert (tmp_path / 'out/fold0/predictions.parquet').stat().st_mtime_ns == kept
    again, about_again = read_predictions(tmp_path / 'out/predictions.parquet')
    assert about_again == about  # the fold was predicted again, not trained again

    with pytest.raises(ValueError, match='other settings: config_sha256'):
        command.main(command.parse_args(options(tmp_path, 'train_cfg.max_epochs=2')))


def test_scores_that_are_not_defined_are_not_printed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr('lopm.study.crossval.crossval', lambda *args: {
        'color/auroc': .5, 'texture/auroc': float('nan')})
    command.main(command.parse_args(options(tmp_path)))
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[:-1]] == ['color/auroc']


def test_inner_runs_are_planned_under_their_fold(tmp_path):
    runs = plan(Path('c.py'), [], [tmp_path / 'fold0', tmp_path / 'fold1'], tmp_path / 'out', inner=1)
    assert list(runs) == [tmp_path / 'out', tmp_path / 'out/fold0/inner', tmp_path / 'out/fold1/inner']
    assert runs[tmp_path / 'out/fold0/inner'] == [
        Run(Path('c.py'), (), tmp_path / 'fold0/inner/fold0', tmp_path / 'out/fold0/inner/fold0', 0)]
    assert list(plan(Path('c.py'), [], [tmp_path / 'fold0'], tmp_path / 'out')) == [tmp_path / 'out']
