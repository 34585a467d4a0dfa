"""Corrections by hand on a meta head whose weights are known, and the table of a real model."""
import csv
from pathlib import Path

import numpy as np
import pytest
import torch

from lopm.commands import intervene as command
from lopm.engine.launch import load_config
from lopm.engine.prior import prior_of
from lopm.engine.runner import LesionRunner
from lopm.engine.testing import load_trained
from lopm.evaluation.rows import score_photograph, stack_task
from lopm.files import read_json, write_json
from lopm.models.correcting import correct, diagnose
from lopm.models.heads.meta import MetaHead
from lopm.registry import MODELS
from lopm.study import intervene
from lopm.study.concepts import collect
from lopm.study.intervene import correct_in_order, curves, curves_of, true_answers, write_steps
from lopm.tasks import build_tasks

TASKS = build_tasks([
    dict(name='color', kind='multilabel', classes=['white', 'red']),
    dict(name='border', kind='ordinal', classes=['sharp', 'partly', 'blurred']),
    dict(name='shape', kind='multiclass', classes=['round', 'long']),
    dict(name='diagnosis', kind='multiclass', classes=['a', 'b'])])


def known_head():
    """White speaks for a, shape a little, border not at all."""
    head = MetaHead(TASKS['diagnosis'], [TASKS['color'], TASKS['border'], TASKS['shape']])
    with torch.no_grad():
        head.reader.output.bias.zero_()
        head.reader.output.weight.zero_()
        head.reader.output.weight[0] = torch.tensor([6., 0, 0, 0, 1, 0])
        head.reader.output.bias[1] = 3.5
    return head


def table(color=((0.4, 0.1),), border=((0.5, 0.5),), shape=((0.9, 0.1),)):
    probabilities = {'color': torch.tensor(color), 'border': torch.tensor(border), 'shape': torch.tensor(shape)}
    return {'probabilities': probabilities, 'record': None, 'measured': None, 'pooled': None}


def test_a_case_is_corrected_in_words():
    head = known_head()
    before, after = diagnose(head, table()), correct(head, table(), {'color': ['white'], 'border': 'blurred'})
    assert before[0, 0] == pytest.approx(1 / (1 + np.exp(3.5 - 2.4 - 0.9)), abs=1e-6)
    assert after[0, 0] == pytest.approx(1 / (1 + np.exp(3.5 - 6 - 0.9)), abs=1e-6)
    with pytest.raises(ValueError, match="no feature 'colour' to correct; did you mean 'color'"):
        correct(head, table(), {'colour': 'white'})
    with pytest.raises(ValueError, match="unknown word 'withe'; did you mean 'white'"):
        correct(head, table(), {'color': ['withe']})
    with pytest.raises(ValueError, match='color: .* leaves it open'):
        correct(head, table(), {'color': None})


@pytest.mark.parametrize('order, first', [('uncertainty', 'border'), ('expected_gain', 'color')])
def test_the_order_in_which_features_are_corrected(order, first):
    """Border is the least sure and changes nothing; color moves the diagnosis most."""
    head, truth = known_head(), {'color': torch.tensor([[1., 0]]), 'border': torch.tensor([[0., 0]]),
                                 'shape': torch.tensor([[0., 1]])}
    torch.manual_seed(0)
    steps = list(correct_in_order(head, table(), truth, order))
    answers = {'color': ['white'], 'border': 'sharp', 'shape': 'long'}
    torch.testing.assert_close(steps[0], diagnose(head, table()))
    torch.testing.assert_close(steps[1], correct(head, table(), {first: answers[first]}))
    torch.testing.assert_close(steps[3], correct(head, table(), answers))


def test_curves_from_wrong_features_to_right_ones(tmp_path):
    """40 lesions; the predicted color is wrong on every second one; one has no outline and keeps the prior."""
    white = np.arange(40) % 4 < 2
    said = np.where(np.arange(40) % 2, white, ~white)
    inputs = table(np.stack([np.where(said, .8, .2), np.full(40, .1)], 1).astype('f4').tolist(),
                   [[0.9, 0.1]] * 40, [[0.9, 0.1]] * 40)
    for values in inputs['probabilities'].values():
        values[7] = torch.nan
    truth = {'color': np.stack([white, 0 * white], 1).astype('f4'), 'border': np.full((40, 2), np.nan, 'f4'),
             'shape': np.tile(np.float32([1, 0]), (40, 1))}
    targets = np.eye(2)[np.where(white, 0, 1)][:, None]
    patients = [f'p{i // 2}' for i in range(40)]
    steps = curves(known_head(), inputs, truth, targets, patients, np.array([0.5, 0.5]), ['expected_gain'], draws=50)
    assert [step.corrected for step in steps] == [0, 1, 2, 3] and steps[0].lesions == 40 and steps[0].patients == 20
    assert steps[0].accuracy[0] == pytest.approx(0.5, abs=0.03)
    assert steps[1].accuracy[0] == pytest.approx(39.5 / 40, abs=0.0126) and steps[1].auroc[0] > 0.97
    assert steps[1].gain[0] > 0 and steps[0].gain == (0, 0, 0) and steps[0].worse == 0
    targets[:3] = 1  # "a or b"
    some = curves(known_head(), inputs, truth, targets, patients, np.array([0.5, 0.5]), ['random'], draws=2)[0]
    assert (steps[0].decided, some.decided, some.lesions) == (40, 37, 40)
    write_steps(tmp_path / 'x.csv', {'clean': steps})
    lines = list(csv.DictReader((tmp_path / 'x.csv').open()))
    assert len(lines) == 4 and float(lines[1]['auroc']) == pytest.approx(steps[1].auroc[0], abs=1e-5)


def test_the_table_gives_what_the_model_predicts(built_in, tmp_path):
    built_in(tmp_path / 'photographs')
    cfg = load_config(Path(__file__).with_name('small_config.py'), options=[f'data_root={tmp_path}/photographs'])
    torch.manual_seed(0)
    torch.save({'state_dict': MODELS.build(cfg.model).state_dict()}, tmp_path / 'best.pth')
    model = load_trained(cfg, tmp_path / 'best.pth')
    loader = LesionRunner.build_dataloader(cfg.test_dataloader)
    found = collect(model, loader)
    task = model.meta_head.task
    samples = [sample for batch in loader for sample in model.test_step(batch)]
    rows = [score_photograph(sample.to_dict(), {task.name: task}) for sample in samples]
    answers = stack_task(rows, task)
    assert np.isin(found.lesions, [lesion for row in rows for lesion in row.lesion_ids]).all()
    for side in ('on_pred', 'on_true'):
        assert diagnose(model.meta_head, found.inputs[side]).numpy() == pytest.approx(
            getattr(answers, side), abs=1e-5, nan_ok=True)
    assert (found.found == (answers.matched == 1)).all()
    np.testing.assert_array_equal(found.targets['diagnosis'], answers.targets)
    truth = true_answers(found, model.meta_head, tmp_path / 'photographs/test.json')
    assert not np.isnan(truth['color']).any() and np.isnan(truth['homogeneity']).any()
    assert (np.isnan(truth['homogeneity']).any(1) == (truth['color'][:, 0] == 0)).all()  # asked of white lesions alone


def test_a_lesion_that_was_not_found_keeps_the_prior_that_the_checkpoint_brings(built_in, tmp_path, monkeypatch):
    built_in(tmp_path / 'photographs')
    config, options = Path(__file__).with_name('small_config.py'), [f'data_root={tmp_path}/photographs']
    cfg = load_config(config, options=options)
    prior = {name: task.uniform_prior().tolist() for name, task in build_tasks(cfg.tasks).with_words.items()}
    weights = MODELS.build(cfg.model).state_dict()
    monkeypatch.setattr(intervene, 'curves', lambda head, inputs, truth, targets, patients, prior, orders: prior)
    for meta, expected in ({'prior': prior}, prior), ({}, prior_of(cfg)):
        torch.save({'state_dict': weights, 'meta': meta}, tmp_path / 'best.pth')
        found, part = curves_of(config, tmp_path / 'best.pth', options, None, None, 'on_true', ['random'])
        assert found.tolist() == expected['diagnosis'] and part == f'{tmp_path}/photographs/test.json'
    assert prior_of(cfg)['diagnosis'] != prior['diagnosis']


def test_an_auroc_of_one_class_is_said_to_be_undefined(tmp_path, monkeypatch, capsys):
    truth = {'color': np.float32([[1, 0]] * 2), 'border': np.float32([[0, 0]] * 2), 'shape': np.float32([[1, 0]] * 2)}
    inputs = table([[.8, .1]] * 2, [[.5, .5]] * 2, [[.9, .1]] * 2)
    steps = curves(known_head(), inputs, truth, np.float32([[[1, 0]]] * 2), ['p', 'q'], np.array([.5, .5]), ['random'])
    monkeypatch.setattr(intervene, 'curves_of', lambda *_: (steps, tmp_path / 'test.json'))
    for name in ('test.json', 'c.py', 'best.pth'):
        (tmp_path / name).write_text('{"images": [], "annotations": [], "categories": []}')
    command.main(command.parse_args([*(str(tmp_path / name) for name in ('c.py', 'best.pth')), '--out', str(tmp_path)]))
    said = capsys.readouterr().out
    assert said.count('AUROC not defined: one class alone, accuracy 1.000, log loss 0.') == 4 and 'nan' not in said
    lines = list(csv.DictReader((tmp_path / 'interventions.csv').open()))
    assert [line['auroc'] for line in lines] == [''] * 4 and all(line['accuracy'] for line in lines)
    assert (tmp_path / 'interventions.png').is_file()


@pytest.mark.parametrize('spoil, said', [
    (lambda folder, images, rows: [(folder / image['file_name']).write_bytes(b'x') for image in images],
     r'test.json: 0 of its \d+ photographs can be read; .*The first: '),
    (lambda folder, images, rows: [row.get('attributes', {}).pop('diagnosis', None) for row in rows],
     "test.json: no lesion has a label of 'diagnosis'; nothing can be fitted or judged: label some")])
def test_a_part_that_nothing_is_left_of_is_refused(built_in, tmp_path, spoil, said):
    folder = built_in(tmp_path / 'photographs')
    config, options = Path(__file__).with_name('small_config.py'), [f'data_root={folder}']
    torch.save({'state_dict': MODELS.build(load_config(config, options=options).model).state_dict()},
               tmp_path / 'best.pth')
    content = read_json(folder / 'test.json')
    spoil(folder, content['images'], content['annotations'])
    write_json(folder / 'test.json', content)
    with pytest.raises(ValueError, match=said):
        curves_of(config, tmp_path / 'best.pth', options, None, None, 'on_true', ['random'])
