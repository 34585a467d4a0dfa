"""Training parts of growing size, and scores whose truth is known."""
import json
from pathlib import Path

import pytest

from lopm.datasets.splits import require_audit
from lopm.evaluation.predictions import write_predictions
from lopm.study import learning_curve
from lopm.study.crossval import Run
from lopm.study.folds import join_content
from lopm.study.learning_curve import _budget, _score, _write, choose
from tests.study.test_folds import cfg  # noqa: F401
from tests.study.test_results import ABOUT, rows


def test_larger_parts_hold_the_smaller_ones_and_whole_patients():
    images = [{'id': i, 'file_name': f'{i}.png', 'patient_id': f'P{i // 3}'} for i in range(60)]
    parts = [choose(images, size, seed=0) for size in (10, 20, 60)]
    assert [len(part) for part in parts] == [12, 21, 60] and parts[0] < parts[1] < parts[2]
    for part in parts:
        assert all({3 * (i // 3) + j for j in range(3)} <= part for i in part)
    assert choose(images, 10, seed=1) != parts[0]


def test_a_part_is_written_with_its_audit_and_finds_its_photographs(cfg, tmp_path):  # noqa: F811
    out = tmp_path / 'curve'
    out.mkdir()
    parts = {part: join_content([cfg[f'{part}_dataloader'].dataset], out) for part in ('train', 'val', 'test')}
    _write(out / '6_0', parts, 6, 0)
    content = {part: json.loads((out / '6_0' / f'{part}.json').read_text()) for part in parts}
    assert [len(content[part]['images']) for part in ('train', 'val', 'test')] == [6, 6, 6]
    kept = {image['id'] for image in content['train']['images']}
    assert {row['image_id'] for row in content['train']['annotations']} == kept
    assert all((out / '6_0' / image['file_name']).is_file() for part in content.values() for image in part['images'])
    require_audit(out / '6_0' / 'test.json')


def test_every_size_takes_as_many_steps():
    from mmengine.config import ConfigDict
    options = _budget(ConfigDict(train_cfg=dict(max_epochs=12, val_interval=3)), 100, 1000)
    assert options == ['train_cfg.max_epochs=120', 'train_cfg.val_interval=30']
    loop = dict(type='IterBasedTrainLoop', max_iters=500, val_interval=50, max_epochs=12)  # of the file it is built on
    assert _budget(ConfigDict(train_cfg=loop), 100, 1000) == []


def test_seeds_are_averaged(tmp_path):
    runs = []
    for seed in range(2):
        out = tmp_path / str(seed)
        out.mkdir()
        tested = rows('t', 100, 0)
        tested = [row if seed else row.__class__(**{**vars(row), 'outline': row.outline._replace(jaccard=0.6)})
                  for row in tested]
        write_predictions(out / 'predictions.parquet', tested, ABOUT)
        images = [{'id': i, 'file_name': f'{i}.png', 'width': 4, 'height': 4, 'patient_id': f'P{i // 2}'}
                  for i in range(20)]
        (out / 'train.json').write_text(json.dumps({'categories': [], 'annotations': [], 'images': images}))
        runs.append(Run(None, (), out, out, 0))
    points = {point.task: point for point in _score(runs)}
    assert points['outline'][2:8] == (20, 10, pytest.approx(0.7), pytest.approx(0.7), pytest.approx(0.7), 2)
    assert points['color'].value == 1 and points['diagnosis'].tested == 50


def test_a_test_part_of_which_nothing_is_scored_is_refused_by_name(built_in, tmp_path, monkeypatch):
    folder = built_in(tmp_path / 'photographs')
    monkeypatch.setattr(learning_curve, 'run_apart', lambda *_: ())
    monkeypatch.setattr(learning_curve, '_score', lambda runs: [])
    with pytest.raises(ValueError, match='photographs/test.json: nothing in it is labelled'):
        learning_curve.learning_curve(Path(__file__).with_name('small_config.py'), [f'data_root={folder}'],
                                      tmp_path / 'curve', [4], [0])
