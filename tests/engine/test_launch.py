import json
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from lopm.commands import config
from lopm.engine import launch, testing
from lopm.engine.processes import slurm_environment
from lopm.registry import METRICS, MODELS
from lopm.weights import read_checkpoint

TOOLS = Path(__file__).parents[2] / 'tools'


def test_unknown_types_get_an_error_with_the_near_name(toy_config):
    for option, near in [('model.type=TooModel', 'ToyModel'), ('train_dataloader.dataset.type=ToyDatset', 'ToyDataset'),
                         ('train_dataloader.sampler.type=EpochSample', 'EpochSampler')]:
        with pytest.raises(ValueError, match=f'did you mean {near}'):
            launch.train(toy_config(option))


def test_unknown_arguments_get_an_error_with_the_near_name(toy_config):
    for option, near in [('model.widht=4', 'width'), ('train_dataloader.batchsize=2', 'batch_size'),
                         ('train_cfg.max_epoch=3', 'max_epochs'), ('default_hooks.checkpoint.monitr=x', 'monitor')]:
        with pytest.raises(ValueError, match=f'which it does not take; did you mean {near}'):
            launch.train(toy_config(option))


def test_those_who_build_a_config_file_themselves_are_told_what_completes_it(tmp_path, monkeypatch):
    cfg = Config.fromfile(TOOLS.parent / 'configs/multitask.py')
    monkeypatch.chdir(tmp_path)
    for build in (lambda: MODELS.build(cfg.model), lambda: Runner.from_cfg(cfg),
                  lambda: METRICS.build(cfg.val_evaluator)):
        with pytest.raises(ValueError, match=r'launch.load_config\(FILE\).*build_runner\(load_config\(FILE\)\)'):
            build()


def test_a_config_is_printed_as_it_will_run_and_what_is_printed_is_a_config(tmp_path, capsys):
    config.main(config.parse_args([str(TOOLS.parent / 'tests/study/small_config.py'), '--cfg-options',
                                     'model.task_weights.color=2.']))
    (tmp_path / 'printed.py').write_text(capsys.readouterr().out)
    cfg = launch.load_config(tmp_path / 'printed.py')
    assert cfg.model.neck.in_channels == [32, 64, 128] and cfg.model.task_weights == dict(outline=3., color=2.)
    assert cfg.model.outline_head.decode_head.feature_strides == [4, 8, 16]
    assert cfg.val_evaluator.tasks == cfg.model.tasks == cfg.tasks
    MODELS.build(cfg.model)  # what is stated is true


def test_a_checkpoint_of_another_model_is_no_start(toy_config, tmp_path):
    launch.build_runner(toy_config('train_cfg.max_epochs=1')).train()
    for checkpoint, options, error in [('last.pth', ['model.width=4'], 'belongs to another model.*layers.0.weight'),
                                       ('best.pth', [], 'no state to resume from')]:
        cfg = toy_config(*options)
        launch.resume_from(cfg, tmp_path / checkpoint)
        with pytest.raises(ValueError, match=error):
            launch.build_runner(cfg).train()


def test_resume_without_a_checkpoint_starts_from_the_beginning(toy_config):
    cfg = toy_config()
    assert 'from the beginning' in launch.resume_from(cfg)
    assert not cfg.get('resume')


def test_mixed_precision_trains_on_a_cpu(toy_config, tmp_path):
    cfg = toy_config('train_cfg.max_epochs=1')
    launch.use_amp(cfg)
    model = launch.build_runner(cfg).train()
    assert all(value.isfinite().all() and value.dtype == torch.float32 for value in model.parameters())


def test_slurm_environment():
    job = {'SLURM_PROCID': '3', 'SLURM_NTASKS': '4', 'SLURM_LOCALID': '1', 'SLURM_JOB_ID': '12345',
           'SLURM_JOB_NODELIST': 'n[1-2]', 'MASTER_ADDR': 'n1'}
    assert slurm_environment(job) == {
        'RANK': '3', 'WORLD_SIZE': '4', 'LOCAL_RANK': '1', 'MASTER_ADDR': 'n1', 'MASTER_PORT': '22345'}
    with pytest.raises(RuntimeError, match='SLURM_PROCID is not set; start with'):
        slurm_environment({})


@pytest.mark.parametrize('arguments, expected', [
    ([TOOLS / 'train.py', '--help'], 'usage: '), ([TOOLS / 'test.py', '--help'], 'usage: '),
    ([TOOLS / 'train.py', 'configs/multitsk.py'], 'configs/multitsk.py: no such file'),
    ([TOOLS.parent / 'benchmarks/kill_resume.py', '--help'], 'usage: '),
    (['-m', 'lopm', 'weights', '--help'], 'usage: '), (['-m', 'lopm', '--help'], 'lopm COMMAND')])
def test_tools_answer_before_anything_heavy_is_imported(arguments, expected, run_tool):
    status, output = run_tool(sys.executable, '-X', 'importtime', *arguments)
    assert expected in output and status == (0 if '--help' in arguments else 2)
    assert '| torch' not in output and 'numpy' not in output


def test_a_misspelled_path_is_answered_with_the_near_one(run_tool):
    _, output = run_tool(sys.executable, TOOLS / 'train.py', TOOLS / 'trein.py')
    assert f'did you mean {TOOLS / "train.py"}?' in output


def test_parts_that_share_a_patient_are_refused_before_training(toy_config, tmp_path):
    for part in ('train', 'val'):
        images = [dict(id=1, file_name=f'{part}.jpg', patient_id='P1', width=8, height=8)]
        (tmp_path / f'{part}.json').write_text(json.dumps(dict(images=images, annotations=[], categories=[])))
    cfg = toy_config(*(f'{part}_dataloader.dataset.ann_file={tmp_path}/{part}.json' for part in ('train', 'val')))
    with pytest.raises(ValueError, match='1 patients are in two parts.*P1'):
        launch.train(cfg)


def test_a_test_writes_the_scores_of_the_checkpoint(toy_config, tmp_path):
    launch.train(toy_config())
    scores = testing.test(toy_config(), tmp_path / 'best.pth', tmp_path / 'metrics.json', unaudited=True)
    written = json.loads((tmp_path / 'metrics.json').read_text())
    best = read_checkpoint(tmp_path / 'best.pth')['message_hub']['runtime_info']['best_value']
    assert written['toy/accuracy'] == pytest.approx(scores['toy/accuracy'], abs=1e-6)
    assert scores['toy/accuracy'] == pytest.approx(best, abs=1e-6)
