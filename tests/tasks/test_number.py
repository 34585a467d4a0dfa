"""A number with its doubt: quantiles in the unit of the task, and what they are worth."""
import numpy as np
import pytest
import torch
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, r2_score

from lopm.statistics.draws import resample
from lopm.tasks import build_task, build_tasks, task_entry
from lopm.tasks.number import LEVELS

SIZE = build_task(dict(name='size', kind='number', low=0, high=80, unit='mm'))
RNG = np.random.default_rng(0)


def targets_of(*numbers):
    """One rater's numbers as targets ``[N, 1, K]``."""
    return np.stack([SIZE.encode(number) for number in numbers])[:, None]


def test_every_entry_of_a_target_is_the_number():
    assert SIZE.encode(12.5).tolist() == [12.5] * 5 and SIZE.num_outputs == 5
    assert np.isnan(SIZE.encode(None)).all() and np.isnan(SIZE.encode('not_assessable')).all()


@pytest.mark.parametrize('value, reason', [
    (81, '81 is not from 0 to 80 mm'), (-1, 'not from'), ('12', "'12' is no number"), (True, 'no number'),
    (float('nan'), 'no number'), ([3], 'no number'), ({'any_of': [3]}, 'no number')])
def test_what_is_no_number_of_the_range_is_refused(value, reason):
    with pytest.raises(ValueError, match=reason):
        SIZE.encode(value)


@pytest.mark.parametrize('bad', [dict(), dict(low=5), dict(low=5, high=5), dict(low=0, high=float('inf'))])
def test_a_number_needs_its_range(bad):
    with pytest.raises(ValueError, match='needs its range'):
        build_task(dict(name='size', kind='number', **bad))


def test_a_number_has_no_classes():
    with pytest.raises(ValueError, match='needs none'):
        build_task(dict(name='size', kind='number', low=0, high=1, classes=['small']))


def test_tasks_tell_numbers_from_words_and_json_brings_them_back():
    tasks = build_tasks([dict(name='lesion', kind='mask', level='image'), dict(name='color', kind='binary'), SIZE])
    assert [list(each) for each in (tasks.with_words, tasks.numbers, tasks.masks, tasks.answered)] == [
        ['color'], ['size'], ['lesion'], ['color', 'size']]
    assert list(tasks.of('lesion')) == ['color', 'size']
    assert build_task({'name': 'size', **task_entry(SIZE)}) == SIZE


def test_quantiles_never_cross_and_are_in_the_unit():
    torch.manual_seed(0)
    output, x = SIZE.output(3), 100 * torch.randn(500, 3)
    answers = SIZE.probabilities(output(x))
    assert (answers.diff(dim=1) >= 0).all()
    middle = output.middle(x)[:, 0] * 20 + 40  # a quarter of the range around its middle
    torch.testing.assert_close(answers[:, 2], middle.clamp(0, 80))
    torch.testing.assert_close(SIZE.inputs(answers), output(x).clamp(-2, 2), rtol=1e-4, atol=1e-4)


def test_the_loss_is_the_pinball_loss_of_scikit_learn_over_the_raters():
    logits = torch.randn(40, 5, dtype=torch.float64).sort(1).values
    targets = torch.tensor(RNG.uniform(0, 80, (40, 2, 1))).expand(-1, -1, 5).clone()
    targets[:10, 1] = targets[5:8, 0] = float('nan')
    loss, known = SIZE.loss(logits.float(), targets.float())
    assert known.tolist() == [not 5 <= i < 8 for i in range(40)]
    for i in np.flatnonzero(known):
        raters = [float(each) for each in targets[i, :, 0] if not each.isnan()]
        wanted = np.mean([2 / 20 * mean_pinball_loss([rater], [float(logits[i, k]) * 20 + 40], alpha=level)
                          for rater in raters for k, level in enumerate(LEVELS)])
        assert float(loss[i]) == pytest.approx(wanted, rel=1e-4)


def test_training_finds_the_quantiles_of_what_it_sees():
    """Of y = 40 + 8 x + e half has four times the noise: doubt is to be read from the lesion, not the base."""
    generator = torch.Generator().manual_seed(0)
    x, noisy = torch.rand(4000, 1, generator=generator) * 2 - 1, torch.arange(4000)[:, None] % 2
    y = 40 + 8 * x + (2 + 6 * noisy) * torch.randn(4000, 1, generator=generator)
    torch.manual_seed(0)
    output, seen = SIZE.output(2), torch.cat([x, noisy], 1)
    optimizer = torch.optim.Adam(output.parameters(), 0.05)
    for _ in range(400):
        optimizer.zero_grad()
        SIZE.loss(output(seen), y[:, None].expand(-1, 1, 5)).value.mean().backward()
        optimizer.step()
    answers = SIZE.probabilities(output(seen)).detach()
    for half in (0, 1):
        held = ((answers[:, 0] <= y[:, 0]) & (y[:, 0] <= answers[:, -1]))[half::2].float().mean()
        assert held == pytest.approx(0.9, abs=0.03)


def test_scores_are_those_of_scikit_learn_in_every_draw():
    truth, middle = RNG.uniform(5, 75, 60), RNG.uniform(5, 75, 60)
    answers = middle[:, None] + np.array([-20, -5, 0, 5, 20])
    drawn = resample(np.repeat(np.arange(20), 3), 5)
    found = SIZE.score_draws(targets_of(*truth).astype(float), answers, drawn)
    truth = targets_of(*truth)[:, 0, 0]
    for i, times in enumerate(drawn.weights):
        assert found['mae'][i] == pytest.approx(mean_absolute_error(truth, middle, sample_weight=times))
        assert found['r2'][i] == pytest.approx(r2_score(truth, middle, sample_weight=times))
        assert found['coverage'][i] == pytest.approx(np.average(np.abs(truth - middle) <= 20, weights=times))
        assert found['width'][i] == pytest.approx(40)
    assert SIZE.score(targets_of(*truth), answers)['mae'] == pytest.approx(np.abs(truth - middle).mean())


def test_a_lesion_counts_once_whatever_the_number_of_its_raters():
    targets = np.full((2, 2, 5), np.nan)
    targets[0], targets[1, 0] = 10, 30
    targets[0, 1] = 14
    answers = np.tile([10., 10, 10, 10, 10], (2, 1))
    assert SIZE.score(targets, answers)['mae'] == pytest.approx((0.5 * 0 + 0.5 * 4 + 20) / 2)
    assert SIZE.rater_scores(targets) == {'rater_mae': 4}


def test_the_prior_is_the_quantiles_of_the_part():
    answers = np.stack([SIZE.encode(number) for number in range(1, 61)])
    assert SIZE.prior(answers, np.ones(60)).tolist() == [3, 15, 30, 45, 57]
    heavy = np.where(np.arange(60) == 59, 1e6, 1.)
    assert SIZE.prior(answers, heavy).tolist() == [60] * 5
    assert SIZE.prior(answers[:0], np.zeros(0)).tolist() == [4, 20, 40, 60, 76]


def test_numbers_that_are_drawn_follow_the_quantiles():
    torch.manual_seed(0)
    drawn = SIZE.sample(torch.tensor([[0., 10, 20, 40, 80]]).expand(20_000, 5))
    assert (drawn == drawn[:, :1]).all() and drawn.min() >= 0 and drawn.max() <= 80
    assert torch.quantile(drawn[:, 0], torch.tensor([0.25, 0.5, 0.75])) == pytest.approx([10, 20, 40], abs=1)


def test_nothing_labelled_is_nan_and_not_an_error():
    targets, answers = np.full((3, 1, 5), np.nan), np.zeros((3, 5))
    assert np.isnan(list(SIZE.score(targets, answers).values())).all()
    assert np.isnan(SIZE.rater_scores(targets)['rater_mae'])
