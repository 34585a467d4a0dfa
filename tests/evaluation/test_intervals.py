"""Scores say of how much they are, and two runs are compared lesion by lesion."""
import numpy as np
import pytest

from lopm.evaluation.intervals import compare_words, estimate_outlines, estimate_words, same_order
from lopm.evaluation.outlines import Overlap
from lopm.evaluation.rows import Row
from lopm.tasks import build_tasks
from tests.evaluation.fabricated import TASKS

WORDS = {name: task for name, task in build_tasks(TASKS).items() if name != 'lesion'}


def answers(task, seed=0):
    """60 lesions of 20 patients, two raters who may be silent, and probabilities that know something."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(len(task.classes), size=(60, 2)) if task.exclusive else rng.integers(0, 2, (60, 2, 2))
    targets = np.stack([np.stack([task.encode(task.classes[c]) for c in pair]) for pair in truth]) \
        if task.exclusive else truth.astype(float)
    targets[rng.random((60, 2)) < 0.2] = np.nan
    noise = rng.random((60, task.num_outputs))
    probs = 0.5 * noise + 0.5 * np.nan_to_num(targets[:, 0], nan=0.5)
    if task.exclusive and not task.ordered:
        probs /= probs.sum(1, keepdims=True)
    return targets, np.sort(probs, 1)[:, ::-1] if task.ordered else probs


def test_accuracy_rests_on_the_lesions_without_alternatives():
    task = WORDS['diagnosis']
    made = rows(task)
    for row in made[:4]:
        row.targets['diagnosis'][:] = task.encode({'any_of': ['a', 'b']})
    for scores in (estimate_words(task, made, draws=2), compare_words(task, made, made, draws=2)):
        labelled = scores['auroc']
        assert (labelled.photographs, labelled.patients) == (20, 20)
        for name in ('accuracy', 'macro_f1', 'balanced_accuracy', 'kappa'):
            assert scores[name][3:] == (labelled.lesions - 12, 16, 16), name


def test_of_nothing_labelled_nothing_is_known():
    task = WORDS['diagnosis']
    made = rows(task)
    for row in made:
        row.targets['diagnosis'][:] = np.nan
    for scores in (estimate_words(task, made), compare_words(task, made, made)):
        assert scores.keys() == set(task.score_names)
        assert all(np.isnan(each.value) and each.lesions == 0 for each in scores.values())


def rows(task, seed=0, better=0.):
    """A photograph a patient, three lesions each."""
    targets, probs = answers(task, seed)
    probs = (1 - better) * probs + better * np.nan_to_num(targets[:, 0], nan=0.5)
    outline = [Overlap(0.5 + i / 100, 0.6, np.array([True, i % 2 == 0, False]), np.zeros(3, bool), 1, [], [],
                       np.ones(3), (4, 4)) for i in range(20)]
    return [Row(i, f'p{i}', outline=outline[i], raters=['a', 'b'], lesion_ids=[f'{i}{j}' for j in range(3)],
                targets={task.name: targets[3 * i:3 * i + 3]}, on_pred={task.name: probs[3 * i:3 * i + 3]},
                on_true={task.name: probs[3 * i:3 * i + 3]}, outlined=np.ones(3, bool), same=np.arange(3),
                file_name=f'{i}.jpg') for i in range(20)]


def test_an_estimate_says_of_how_much_and_covers_the_value():
    task = WORDS['diagnosis']
    estimate = estimate_words(task, rows(task))['auroc']
    targets, probs = answers(task)
    known = ~np.isnan(targets).all((1, 2))
    assert estimate.value == pytest.approx(task.score(targets[known], probs[known])['auroc'])
    assert estimate.low < estimate.value < estimate.high
    assert estimate[3:] == (known.sum(), 20, 20)
    assert np.isnan(estimate_words(task, [Row(1, 'p')])['auroc'].value)


def test_outlines_are_means_over_photographs_and_lesions():
    found = estimate_outlines(rows(WORDS['diagnosis']))
    assert found['jaccard'].value == pytest.approx(0.5 + 9.5 / 100) and found['sensitivity'].value == 0.5
    # The standard error of a mean of 20 equally spaced values, by hand; the percentiles lie 1.96 of it away.
    error = np.std(np.arange(20) / 100) / np.sqrt(20)
    assert found['jaccard'].high - found['jaccard'].low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_a_better_run_is_better_in_pairs_and_in_any_order():
    task = WORDS['diagnosis']
    difference = compare_words(task, rows(task, better=0.5), rows(task)[::-1])['auroc']
    assert 0 < difference.low < difference.value
    same = compare_words(task, rows(task), rows(task))['accuracy']
    assert same[:3] == (0, 0, 0)


def test_runs_on_other_lesions_are_not_compared():
    task = WORDS['diagnosis']
    with pytest.raises(ValueError, match='1 photographs differ, such as 19.jpg'):
        same_order(rows(task), rows(task)[:-1])
    other = rows(task)
    other[3].lesion_ids = ['x']
    with pytest.raises(ValueError, match='such as 3.jpg'):
        same_order(rows(task), other)
