"""Balancing of losses by hand, against LibMTL's own code, and inside the model."""
import numpy as np
import pytest
import torch

from lopm.losses import Loss
from lopm.models.balancing import DWABalancing, FAMOBalancing, FixedBalancing, UncertaintyBalancing
from lopm.registry import MODELS
from tests.models.libmtl import import_weighting
from tests.tiny_model import batch, config, sample

NAMES = ['a', 'b', 'c']
METHODS = ('FixedBalancing', 'UncertaintyBalancing', 'DWABalancing', 'FAMOBalancing')


def losses(*values, known=(True, True, True)):
    return {name: Loss(torch.as_tensor(value, dtype=torch.float32).requires_grad_(), torch.tensor(has))
            for name, value, has in zip(NAMES, values, known)}


def summed(balancing, given):
    return sum(balancing(given)[0].values())


def test_fixed_is_the_sum():
    assert summed(FixedBalancing(NAMES), losses(1., 2., 4.)) == 7


def of_libmtl(name, **attributes):
    theirs = getattr(import_weighting(), name)()
    vars(theirs).update(task_num=3, device=torch.device('cpu'), **attributes)
    theirs.init_param()
    return theirs


def test_uncertainty_equals_libmtl_and_learns_the_variances():
    """LibMTL halves every loss, as Kendall does for regression."""
    ours, theirs = UncertaintyBalancing(NAMES), of_libmtl('UW')
    ours.log_variance.data.fill_(-0.5)
    mine, its = losses(1., 2., 4.), losses(1., 2., 4.)
    summed(ours, mine).backward()
    theirs.backward(2 * torch.stack([each.value for each in its.values()]))
    torch.testing.assert_close(ours.log_variance.grad, theirs.loss_scale.grad)
    for name in NAMES:
        torch.testing.assert_close(mine[name].value.grad, its[name].value.grad)
    optimizer = torch.optim.SGD(ours.parameters(), lr=0.1)
    for _ in range(300):
        optimizer.zero_grad()
        summed(ours, losses(1., 2., 4.)).backward()
        optimizer.step()
    torch.testing.assert_close(ours.log_variance.exp(), torch.tensor([2., 4., 8.]), rtol=1e-3, atol=1e-3)


def test_what_nobody_labelled_does_not_move_the_variance():
    ours = UncertaintyBalancing(NAMES)
    summed(ours, losses(1., 2., 0., known=(True, True, False))).backward()
    assert ours.log_variance.grad[2] == 0 and ours.log_variance.grad[0] != 0


def test_dwa_equals_libmtl():
    epochs = np.array([[[1., 3.], [2., 2.], [4., 4.]], [[1., 1.], [2., 1.], [3., 4.]]])  # epoch, task, step
    ours, theirs = DWABalancing(NAMES), of_libmtl(
        'DWA', epoch=2, train_loss_buffer=epochs.mean(2).T)
    for epoch in epochs:
        for step in epoch.T:
            found = summed(ours, losses(*map(float, step)))
            assert found.item() == pytest.approx(step.sum())  # weight 1 in the first two
        ours.after_epoch()
    mine, its = losses(1., 2., 4.), losses(1., 2., 4.)
    summed(ours, mine).backward()
    theirs.backward(torch.stack([each.value for each in its.values()]), T=2.0)
    for name in NAMES:
        torch.testing.assert_close(mine[name].value.grad, its[name].value.grad)


def test_dwa_leaves_a_task_alone_that_had_no_label():
    ours = DWABalancing(NAMES)
    for step in ((1., 2., 0.), (0.5, 2., 0.)):
        summed(ours, losses(*step, known=(True, True, False)))
        ours.after_epoch()
    weights = ours(losses(1., 1., 1.))[1]
    assert weights['c'] == 1 and weights['b'] > weights['a'] and weights['a'] + weights['b'] == pytest.approx(2)


def famo_by_its_paper(steps, lr=0.025, decay=0.01):
    """Weights after each step of algorithm 1, in torch's own Adam and autograd, for losses before and after."""
    w = torch.zeros(3, requires_grad=True)
    adam, found = torch.optim.Adam([w], lr=lr, weight_decay=decay), []
    for before, after in steps:
        share = w.softmax(0)
        c = (share / before).sum().detach()
        loss = before.clone().requires_grad_()
        (gradient,) = torch.autograd.grad((share.detach() * loss.log() / c).sum(), loss)
        found.append(gradient)
        change = before.log() - after.log()
        adam.zero_grad()
        (w.grad,) = torch.autograd.grad(w.softmax(0), w, change)
        adam.step()
    return found


def test_famo_equals_its_algorithm():
    rng = torch.Generator().manual_seed(0)
    steps = [(torch.rand(3, generator=rng) + 0.5, torch.rand(3, generator=rng) + 0.3) for _ in range(20)]
    ours, wanted = FAMOBalancing(NAMES), famo_by_its_paper(steps)
    for (before, after), weights in zip(steps, wanted):
        found = ours(losses(*before))[1]
        torch.testing.assert_close(torch.stack(list(found.values())), 3 * weights, rtol=1e-4, atol=1e-5)
        ours.after_step(lambda after=after: losses(*after))


def test_famo_leaves_out_what_nobody_labelled():
    ours = FAMOBalancing(NAMES)
    weights = ours(losses(1., 2., 0., known=(True, True, False)))[1]
    assert weights['c'] == 0 and weights['a'] == pytest.approx(4 / 3)
    ours.after_step(lambda: losses(1., 1., 0.))
    assert ours.w[2] == 0 and ours.w[1] < ours.w[0]  # what fell more counts less


@pytest.mark.parametrize('method', METHODS)
def test_the_model_weighs_its_losses(method):
    torch.manual_seed(0)
    model = MODELS.build(config(balancing=dict(type=method), task_weights=dict(color=0.5)))
    found = model(**batch(model, [sample(2)]), mode='loss')
    weighed = {key for key in found if key.endswith('.weight')}
    assert len(weighed) == (0 if method == 'FixedBalancing' else 7)
    total, _ = model.parse_losses(found)
    assert total.item() == pytest.approx(sum(value.item() for key, value in found.items() if key.endswith('.loss')))
    total.backward()
    assert not [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]
