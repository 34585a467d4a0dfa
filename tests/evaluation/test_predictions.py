"""A file of predictions gives back every row, and every score that the metric gave."""
from dataclasses import fields

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from lopm.evaluation.metrics import LesionMetric
from lopm.evaluation.predictions import fill_missed, read_predictions, score_predictions, write_predictions
from lopm.evaluation.rows import score_photograph
from lopm.tasks import build_tasks
from tests.evaluation.fabricated import TASKS, evaluate, make_sample, squares

WORDS = {name: task for name, task in build_tasks(TASKS).items() if name != 'lesion'}
PRIOR = {'color': [0.5, 0.5], 'border': [0.6, 0.3], 'diagnosis': [0.5, 0.25, 0.25]}
ABOUT = dict(tasks=TASKS, priors={0: PRIOR, 1: {**PRIOR, 'diagnosis': [0, 0, 1]}})


def samples():
    """Two raters and two lesions of which one is found; none; a bad photograph; masks and words of all kinds."""
    two, rng = squares((0, 0), (20, 30)), np.random.default_rng(0)
    targets = dict(color=rng.integers(0, 2, (2, 2, 2)), diagnosis=np.eye(3)[[[0, 1], [2, 2]]])
    many = [make_sample(squares((0, 0)), squares((rng.integers(3), 0)), dict(diagnosis=np.eye(3)[[[rng.integers(3)]]]),
                        on_pred=dict(diagnosis=[rng.dirichlet(np.ones(3))]),
                        on_true=dict(diagnosis=[rng.dirichlet(np.ones(3))]), image_id=10 + i, patient_id=f'p{i}')
            for i in range(12)]
    return [
        make_sample(two, squares((0, 1)), targets, raters=2, file_name='images/é.jpg', rater_jaccard=0.8,
                    about={'device': 'A', 'record': {'age': 61}, 'site': [['buccal'], None]}),
        make_sample(squares(), squares(), image_id=2),
        make_sample(two, squares(), image_id='3', bad='truncated'), *many]


@pytest.fixture
def rows():
    return [score_photograph(sample, WORDS) for sample in samples()]


def assert_equal(one, other):
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_equal(one[key], other[key])
    elif isinstance(one, tuple) and hasattr(one, '_asdict'):
        assert_equal(one._asdict(), other._asdict())
    elif isinstance(one, np.ndarray):
        assert one.shape == other.shape
        np.testing.assert_array_equal(one, other)
    else:
        assert one == other or (one != one and other != other)


def test_every_row_comes_back(rows, tmp_path):
    again, about = read_predictions(write_predictions(tmp_path / 'p.parquet', rows, ABOUT))
    assert about['tasks'] == TASKS and len(again) == len(rows)
    for one, other in zip(rows, again):
        for each in fields(one):
            assert_equal(getattr(one, each.name), getattr(other, each.name))


def test_the_scores_are_those_of_the_metric(rows, tmp_path):
    metric = LesionMetric(TASKS)
    metric.prior = PRIOR
    wanted = evaluate(metric, samples())
    scores = score_predictions(*read_predictions(write_predictions(tmp_path / 'p.parquet', rows, ABOUT)))
    assert scores.keys() == wanted.keys() and scores['diagnosis/n'] == 14
    for key in wanted:
        assert scores[key] == pytest.approx(wanted[key], abs=1e-7, nan_ok=True), key


def test_a_lesion_that_was_not_found_gets_the_prior_of_its_fold(rows):
    rows[0].fold = 1
    filled = fill_missed(rows, ABOUT)[0].on_pred['diagnosis']
    assert rows[0].same.tolist() == [0, -1]
    assert filled[1].tolist() == [0, 0, 1] and filled[0].tolist() == rows[0].on_pred['diagnosis'][0].tolist()


def test_what_holds_no_predictions_is_refused(tmp_path):
    (tmp_path / 'text.parquet').write_text('no')
    pyarrow.parquet.write_table(pyarrow.table({'a': [1]}), tmp_path / 'other.parquet')
    for name, words in (('gone', 'no predictions that can be read'), ('text', 'no predictions that can be read'),
                        ('other', 'a parquet file, but not of predictions')):
        with pytest.raises(ValueError, match=f'{name}.parquet: {words}'):
            read_predictions(tmp_path / f'{name}.parquet')
