import json

import numpy as np
import pytest

from lopm.pictures import curves
from lopm.pictures.curves import draw_curves, read_logs, series, spread


def write_log(work_dir, run, entries):
    folder = work_dir / run / 'vis_data'
    folder.mkdir(parents=True)
    (folder / 'scalars.json').write_text('\n'.join(map(json.dumps, entries)))


def train(step, loss):
    return {'iter': step, 'step': step, 'color.loss': loss}


def test_a_resumed_run_replaces_what_came_after_its_start(tmp_path):
    write_log(tmp_path, '20260101_1', [train(1, 9.), train(2, 8.), {'step': 1, 'color/auroc': 0.6}, train(3, 7.)])
    write_log(tmp_path, '20260101_2', [train(3, 5.), train(4, 4.), {'step': 2, 'color/auroc': float('nan')}])
    losses, scores = read_logs(tmp_path)
    assert series(losses, 'color.loss') == ([1, 2, 3, 4], [9, 8, 5, 4])
    assert series(scores, 'color/auroc') == ([1], [0.6])


def test_a_line_that_was_cut_off_is_passed_over(tmp_path):
    write_log(tmp_path, '20260101_1', [train(1, 9.), train(2, 8.)])
    path = next(tmp_path.glob('*/vis_data/scalars.json'))
    path.write_text(path.read_text()[:-5])
    assert series(read_logs(tmp_path)[0], 'color.loss') == ([1], [9])


def test_labels_are_moved_apart_and_no_more():
    assert spread([0, 0.5, 1], 0.1) == [0, 0.5, 1]
    close = spread([0.3, 0.31, 0.32, 0.6], 0.1)
    assert np.diff(close).min() == pytest.approx(0.1)
    assert np.mean(close[:3]) == pytest.approx(0.31) and close[3] == 0.6
    assert np.diff(spread([0.0, 0.0, 0.15, 0.16], 0.1)).min() == pytest.approx(0.1)
    assert spread([], 0.1) == []


def test_curves_of_a_run_and_of_none(tmp_path):
    draw_curves(tmp_path, tmp_path / 'none.png')
    assert not (tmp_path / 'none.png').exists()
    write_log(tmp_path, 'run', [train(1, 9.), {'step': 1, 'color/auroc': 0.6, 'outline/jaccard': float('nan')}])
    draw_curves(tmp_path, tmp_path / 'curves.png')
    assert (tmp_path / 'curves.png').stat().st_size > 10000


@pytest.mark.parametrize('jaccard, panels', [
    (float('nan'), ['Loss per task', 'AUROC per task in validation']),
    (0.5, ['Loss per task', 'Outlines in validation', 'AUROC per task in validation'])])
def test_what_was_not_logged_has_no_panel(jaccard, panels, tmp_path, monkeypatch):
    titles, draw = [], curves._draw
    monkeypatch.setattr(curves, '_draw', lambda axis, title, *more: (titles.append(title), draw(axis, title, *more)))
    write_log(tmp_path, 'run', [train(1, 9.), {'step': 1, 'color/auroc': 0.6, 'outline/jaccard': jaccard}])
    draw_curves(tmp_path, tmp_path / 'curves.png')
    assert titles == panels
