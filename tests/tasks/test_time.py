"""A time to an event: labels with censoring, hazards in intervals, and their scores."""
import numpy as np
import pytest
import torch
from sksurv import metrics
from sksurv.util import Surv

from lopm.losses import global_mean
from lopm.statistics.draws import resample
from lopm.tasks import build_task, build_tasks, task_entry
from lopm.tasks.hazards import log_of_event
from tests.tasks.people import CONFIG, COX, NAN, TASK, people, targets_of

FREE = build_task({**CONFIG, 'hazard': 'free'})


@pytest.mark.parametrize('value, target', [
    ({'event': True, 'time': 1.5}, [1.5, 1, 0, 1, 1]), ('1.5', [1.5, 1, 0, 1, 1]), (' 1,5 ', [1.5, 1, 0, 1, 1]),
    (1.5, [1.5, 1, 0, 1, 1]), ({'event': True, 'time': 2}, [2, 1, 0, 1, 1]), ('9', [9, 1, 0, 0, 0]),
    ({'event': False, 'time': 2}, [2, 0, 0, 0, NAN]), ('1.5+', [1.5, 0, 0, NAN, NAN]), ('9+', [9, 0, 0, 0, 0])])
def test_a_target_says_what_was_seen_until_each_cut(value, target):
    np.testing.assert_array_equal(TASK.encode(value), target)
    assert TASK.outputs == ('time', 'event', 'by_1', 'by_2', 'by_4') and TASK.num_outputs == 5
    assert np.isnan(TASK.encode(None)).all() and np.isnan(TASK.encode('not_assessable')).all()


@pytest.mark.parametrize('value, reason', [
    ('0', 'a time of 0 years'), ({'event': True, 'time': -1}, 'a time of -1 years'), ('400', 'not months or days'),
    ({'event': True, 'time': NAN}, 'no time to an event'), ({'event': True, 'time': float('inf')}, 'no time'),
    ({'event': True, 'time': 10 ** 400}, 'no time'), ({'time': 3}, r"\{'time': 3\} is no time to an event; write"),
    ({'event': True}, 'no time'), ({'event': 1, 'time': 3}, 'no time'), ({'event': True, 'time': True}, 'no time'),
    ({'event': True, 'time': '3'}, 'no time'), (True, 'True is no time'), ('-3', "'-3' is no time"), ('5-', 'no time'),
    ('nan', 'no time'), ('', 'no time'), ([3], 'no time'), ({'event': True, 'time': 3, 'unit': 'months'}, 'no time')])
def test_what_is_no_time_is_refused(value, reason):
    with pytest.raises(ValueError, match=f'task transformation: .*{reason}'):
        TASK.encode(value)


@pytest.mark.parametrize('bad, reason', [
    (dict(cuts=[]), 'cuts'), (dict(cuts=[0, 1]), 'cuts'), (dict(cuts=[2, 1]), 'cuts'), (dict(cuts=[1, 1]), 'cuts'),
    (dict(cuts=[1, float('inf')], horizons=[1]), 'cuts'), (dict(horizons=[3]), r'add 3 to cuts=\[1, 2, 4\]'),
    (dict(horizons=[4, 2]), 'in order'), (dict(hazard='odd'), 'hazard'), (dict(likelihood='rank'), 'likelihood'),
    (dict(hazard='free', likelihood='cox'), 'proportional'), (dict(classes=['late']), 'needs none')])
def test_a_task_that_cannot_be_is_refused(bad, reason):
    with pytest.raises(ValueError, match=f'task transformation.*{reason}'):
        build_task({**CONFIG, **bad})


def test_tasks_tell_times_and_json_brings_them_back():
    tasks = build_tasks([dict(name='color', kind='binary'), TASK])
    assert list(tasks.times) == ['transformation'] and not tasks.numbers
    assert list(tasks.answered) == ['color', 'transformation']
    assert build_task({'name': TASK.name, **task_entry(COX)}) == COX
    assert build_task(dict(name='late', kind='time')).horizons == (1, 2, 3, 4, 5)
    assert TASK.written(TASK.encode('5+')) == '5+ years' and TASK.written(TASK.encode('3.2')) == '3.2 years'


def test_an_answer_is_the_curve_of_its_hazards():
    answer = TASK.probabilities(torch.tensor([[0.5, 0.25, 0.25]]).log())[0]
    free = np.exp([0, -0.5, -0.75, -1])
    years = (free[0] + free[1]) / 2 + (free[1] + free[2]) / 2 + 2 * (free[2] + free[3]) / 2
    np.testing.assert_allclose(answer, [years, 1 - free[3], *(1 - free[1:])], rtol=1e-6)
    torch.testing.assert_close(TASK.inputs(answer[None])[0], torch.cat([answer[:1] / 4, answer[1:]]))
    np.testing.assert_allclose(TASK.answer(answer[2:].numpy()), answer, rtol=1e-6)  # as an array too
    assert TASK.probabilities(torch.tensor([[-300., 300, 300]])).tolist() == [[1.5, 1, 0, 1, 1]]


def test_hazards_are_proportional_unless_they_are_free():
    torch.manual_seed(0)
    x = torch.randn(30, 4)
    for task, width, same in ((TASK, 3, True), (COX, 4, True), (FREE, 3, False)):
        logits = task.output(4)(x)
        assert logits.shape == (30, width)
        steps = logits[:, -3:].detach().diff(dim=1)
        assert torch.allclose(steps, steps[:1].expand_as(steps), atol=1e-5) == same
    new = TASK.output(4)
    torch.nn.init.zeros_(new.score.weight)
    assert TASK.probabilities(new(x))[:, -1].tolist() == pytest.approx([1 - np.exp(-4 * 0.02)] * 30)  # 2 % a year


def test_the_loss_by_hand():
    """Hazards 0.5, 0.25, 0.25; half of the third interval is 0.125."""
    logits = torch.tensor([[0.5, 0.25, 0.25]]).log().expand(6, -1)
    targets = targets_of('1.5', '1', '3+', '9+', '9', None)
    loss, known = TASK.loss(logits, targets)
    came = np.log(1 - np.exp([-0.5, -0.25]))
    np.testing.assert_allclose(loss, [0.5 - came[1], -came[0], 0.875, 1, 1, 0], rtol=1e-6)
    assert known.tolist() == [True] * 5 + [False]
    both = torch.cat([targets[:1], targets[2:3]], 1)  # two raters of one patient
    assert float(TASK.loss(logits[:1], both).value) == pytest.approx((0.5 - came[1] + 0.875) / 2)


@pytest.mark.parametrize('task', [TASK, COX, FREE])
@pytest.mark.parametrize('height', [-300., -9, 0, 40, 300])
def test_losses_and_gradients_stay_finite(task, height):
    torch.manual_seed(0)
    logits = (height + torch.randn(6, 4)[:, -4 if task is COX else -3:]).requires_grad_()
    for labels in (['1', '1', '2.5+', '9', '9+', None], ['1+', '2+', '2.5+', '9+', '9+', None], [None] * 6):
        loss = global_mean({'time': task.loss(logits, targets_of(*labels))})['time'].value
        grad, = torch.autograd.grad(loss, logits)
        assert loss.isfinite() and grad.isfinite().all() and (grad[-1] == 0).all()
        assert bool(loss) == any(labels) or height == -300 and '1' not in labels  # e^-300 is 0
    empty = logits[:0]
    assert task.loss(empty, targets_of('1')[:0]).value.shape == (0,)


def test_the_log_of_an_event_is_exact_where_it_is_rare_and_where_it_is_sure():
    x = torch.tensor([-50, -20, -8.001, -7.999, 0, 3.])
    wanted = torch.log(-torch.expm1(-x.double().exp()))
    torch.testing.assert_close(log_of_event(x).double(), wanted, atol=1e-6, rtol=1e-6)


def test_training_finds_the_curve_of_each_group():
    """Of two groups the second has thrice the hazard, which grows with the years; a third is lost on the way."""
    rng = np.random.default_rng(0)
    group = np.arange(6000) % 2
    when = np.sqrt(rng.exponential(1, 6000) * np.where(group, 8 / 3, 8))
    lost = rng.uniform(0, 12, 6000)
    labels = [f'{max(0.01, t):.2f}' if t <= c else f'{max(0.01, c):.2f}+' for t, c in zip(when, lost)]
    targets, x = targets_of(*labels), torch.tensor(group[:, None], dtype=torch.float32)
    true = 1 - np.exp(-np.array([[1, 4, 16]]) * np.array([[1 / 8], [3 / 8]]))
    for task in (TASK, COX, FREE):
        torch.manual_seed(0)
        output = task.output(1)
        optimizer = torch.optim.Adam(output.parameters(), 0.1)
        for _ in range(150):
            optimizer.zero_grad()
            task.loss(output(x), targets).value.mean().backward()
            optimizer.step()
        said = task.probabilities(output(torch.tensor([[0.], [1]]))).detach()
        np.testing.assert_allclose(said[:, 2:], true, atol=0.03)
        if task is not FREE:
            assert float(output.score.weight) == pytest.approx(np.log(3), abs=0.1)


def test_scores_are_those_of_scikit_survival_in_every_draw():
    x, time, event, labels = people(120)
    logits = torch.tensor(np.round(x, 1)[:, None] + np.log([0.2, 0.2, 0.4]))
    answers, targets = TASK.probabilities(logits).double().numpy(), targets_of(*labels).double().numpy()
    drawn = resample(np.repeat(np.arange(60), 2), 5)
    found = TASK.score_draws(targets, answers, drawn)
    assert tuple(found) == TASK.score_names and {'concordance', 'brier_4y', 'calibration_4y'} <= found.keys()
    for i, times in enumerate(drawn.weights.astype(int)):
        t, e, p = (np.repeat(each, times, 0) for each in (time, event, answers))
        y = Surv.from_arrays(e, t)
        assert found['concordance'][i] == pytest.approx(metrics.concordance_index_censored(e, t, p[:, 1])[0])
        assert found['uno'][i] == pytest.approx(metrics.concordance_index_ipcw(y, y, p[:, 1], tau=4)[0])
        for column, horizon in ((3, 2), (4, 4)):
            assert found[f'auroc_{horizon}y'][i] == pytest.approx(
                metrics.cumulative_dynamic_auc(y, y, p[:, column], [horizon])[0][0])
            assert found[f'brier_{horizon}y'][i] == pytest.approx(
                metrics.brier_score(y, y, 1 - p[:, [column]], [horizon])[1][0])
        assert found['integrated_brier'][i] == pytest.approx(
            metrics.integrated_brier_score(y, y, 1 - p[:, [3, 4]], [2, 4]))
    assert TASK.score(targets, answers)['concordance'] == pytest.approx(found['concordance'][0])


def test_calibration_is_what_came_less_what_was_said():
    targets = targets_of('1', '3', '9+', '9+').double().numpy()
    answers = np.tile(TASK.answer(np.array([0.1, 0.2, 0.4])), (4, 1))
    found = TASK.score(targets, answers)
    assert found['calibration_2y'] == pytest.approx(0.25 - 0.2) and found['calibration_4y'] == pytest.approx(0.5 - 0.4)


def test_a_patient_counts_once_whatever_the_number_of_raters():
    targets = targets_of('1', '3', '9+', '9+').double().numpy()
    twice = np.concatenate([targets, np.where(np.arange(4)[:, None, None] == 0, targets, NAN)], 1)
    answers = TASK.answer(np.array([[.1, .2, .4], [.3, .4, .5], [.2, .3, .6], [.1, .2, .3]]))
    assert TASK.score(twice, answers) == pytest.approx(TASK.score(targets, answers), nan_ok=True)
    other = np.concatenate([targets, targets + [[2, 0, 0, 0, 0]]], 1)
    assert TASK.rater_scores(other) == {'rater_years': 2}


def test_nothing_labelled_or_no_event_is_nan_and_not_an_error():
    answers = np.tile(TASK.uniform_prior(), (3, 1))
    for targets in (np.full((3, 1, 5), NAN), np.zeros((0, 1, 5))):
        assert np.isnan(list(TASK.score(targets, answers[:len(targets)]).values())).all()
        assert np.isnan(TASK.rater_scores(targets)['rater_years'])
    found = TASK.score(targets_of('5+', '6+', '7+').numpy(), answers)
    assert np.isnan([found['concordance'], found['auroc_4y']]).all() and found['brier_4y'] == pytest.approx(0.25)


def test_the_prior_is_the_kaplan_meier_curve_of_the_part():
    """Of four one has the event at 1, one is lost at 1.5, one has it at 2: 1/4, then half of the rest."""
    answers = targets_of('1', '1.5+', '2', '3+')[:, 0].numpy()
    found = TASK.prior(answers, np.ones(4))
    np.testing.assert_allclose(found[2:], [1 / 4, 1 - 3 / 8, 1 - 3 / 8])
    assert found[1] == found[4] and found[0] == pytest.approx((1 + .75) / 2 + (.75 + .375) / 2 + 2 * .375)
    np.testing.assert_allclose(TASK.prior(answers, np.array([3., 1, 2, 0]))[2:], [1 / 2, 1, 1])
    np.testing.assert_allclose(TASK.prior(answers[:0], np.zeros(0)), TASK.uniform_prior())
    assert TASK.uniform_prior()[2:].tolist() == [1 / 8, 1 / 4, 1 / 2]
    assert TASK.count(answers, np.array([1., 2, 3, 4])) == {'event': 4, 'censored': 6}


def test_times_that_are_drawn_follow_the_curve_and_are_labels():
    torch.manual_seed(0)
    p = torch.tensor(TASK.answer(np.array([0.2, 0.5, 0.6]))).expand(20_000, -1)
    drawn = TASK.sample(p)
    torch.testing.assert_close(drawn.mean(0), p[0], atol=0.02, rtol=0)
    for row in drawn[:50]:
        again = TASK.encode({'event': bool(row[1]), 'time': float(row[0])})
        np.testing.assert_allclose(row, again, rtol=1e-6)


def test_uncertainty_is_most_where_the_event_is_as_likely_as_not():
    p = torch.tensor(np.stack([TASK.answer(np.array(by)) for by in ([.5, .5, .5], [.01, .02, .03], [0, 0, 0.])]))
    found = TASK.uncertainty(p)
    assert found[0] == pytest.approx(np.log(2)) and (found.diff() < 0).all() and found[2] < 1e-4
