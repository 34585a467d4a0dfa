"""The sign of every loss, and that what is missing changes nothing."""
import pytest
import torch
import torch.nn.functional as F

from lopm.losses import global_mean, mask_loss, sigmoid_loss, softmax_set_loss

NAN = float('nan')


def known_rows(loss_function, size):
    torch.manual_seed(0)
    targets = F.one_hot(torch.arange(6) % size, size)[:, None].float()
    logits = torch.randn(6, size, requires_grad=True)
    return loss_function, logits, targets


@pytest.mark.parametrize('loss_function, size', [
    (sigmoid_loss, 1), (sigmoid_loss, 2), (softmax_set_loss, 2), (softmax_set_loss, 4)])
def test_a_step_down_the_gradient_brings_the_answer_nearer(loss_function, size):
    loss_function, logits, targets = known_rows(loss_function, size)
    loss_function(logits, targets)[0].sum().backward()
    named = targets[:, 0] > 0
    assert (logits.grad[named] < 0).all() and (logits.grad[~named] > 0).all()


@pytest.mark.parametrize('channels', [1, 2])
def test_the_sign_of_the_mask_loss(channels):
    target = torch.zeros(2, 8, 8, dtype=torch.uint8)
    target[:, 2:6, 2:6] = 1
    logits = torch.zeros(2, channels, 8, 8, requires_grad=True)
    sum(mask_loss(logits[:, c], target)[0].sum() for c in range(channels)).backward()
    assert (logits.grad[:, :, 2:6, 2:6] < 0).all() and (logits.grad[:, :, 0] > 0).all()
    perfect = (target.float() * 2 - 1) * 20
    assert mask_loss(perfect, target)[0].max() < 0.02 < 1 < mask_loss(-perfect, target)[0].min()


def test_unknown_pixels_change_nothing():
    torch.manual_seed(0)
    logits = torch.randn(1, 8, 8)
    target = (torch.rand(1, 8, 8) > 0.5).to(torch.uint8)
    target[:, 4:] = 255
    other = logits.clone()
    other[:, 4:] = 50
    torch.testing.assert_close(mask_loss(logits, target)[0], mask_loss(other, target)[0])
    torch.testing.assert_close(mask_loss(logits, target)[0], mask_loss(logits[:, :4], target[:, :4])[0])


@pytest.mark.parametrize('loss_function', [sigmoid_loss, softmax_set_loss])
def test_an_unlabelled_lesion_changes_nothing(loss_function):
    loss_function, logits, targets = known_rows(loss_function, 3)
    alone = mean_of(loss_function(logits, targets))
    logits = torch.cat([logits, torch.randn(2, 3)])
    targets = torch.cat([targets, torch.full((2, 1, 3), NAN)])
    torch.testing.assert_close(mean_of(loss_function(logits, targets)), alone)


def test_an_unlabelled_photograph_changes_nothing():
    torch.manual_seed(0)
    logits, target = torch.randn(2, 8, 8), (torch.rand(2, 8, 8) > 0.5).to(torch.uint8)
    alone = mean_of(mask_loss(logits, target))
    blank = torch.full((1, 8, 8), 255, dtype=torch.uint8)
    both = mask_loss(torch.cat([logits, torch.randn(1, 8, 8)]), torch.cat([target, blank]))
    assert both[1].tolist() == [True, True, False]
    torch.testing.assert_close(mean_of(both), alone)


def test_nothing_known_is_zero_with_a_zero_gradient():
    logits = torch.randn(2, 3, requires_grad=True)
    mean_of(softmax_set_loss(logits, torch.full((2, 2, 3), NAN))).backward()
    assert logits.grad.abs().max() == 0
    empty = torch.randn(0, 3, requires_grad=True)
    assert mean_of(sigmoid_loss(empty, torch.zeros(0, 1, 3))) == 0


def test_raters_count_alike():
    logits = torch.tensor([[0.3, -1.0]])
    rows = torch.tensor([[[1.0, 0], [0, 1], [NAN, NAN]]])
    by_hand = sum(F.binary_cross_entropy_with_logits(logits[0], row) for row in rows[0, :2]) / 2
    torch.testing.assert_close(sigmoid_loss(logits, rows)[0][0], by_hand)
    torch.testing.assert_close(by_hand, F.binary_cross_entropy_with_logits(logits[0], torch.tensor([0.5, 0.5])))


def test_alternatives_share_their_probability():
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.2]]))
    loss, _ = softmax_set_loss(logits, torch.tensor([[[1.0, 0, 1]]]))
    assert loss.item() == pytest.approx(-torch.log(torch.tensor(0.7)).item(), abs=1e-6)


def mean_of(loss):
    return global_mean({'task': loss})['task'].value
