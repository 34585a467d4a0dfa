"""Cox's partial likelihood is that of statsmodels and of lifelines, and of two ranks that of one process with all."""
import os
import socket

import pytest
import torch
import torch.multiprocessing

from lopm.losses import global_mean
from lopm.tasks.cox import cox_loss, partial_likelihood
from tests.tasks.people import COX, NAN, TASK, people, targets_of


def test_the_partial_likelihood_is_that_of_statsmodels_and_of_lifelines():
    """lifelines 0.30.3 on these rows (Efron): CoxPHFitter().fit(...).params_ and .log_likelihood_."""
    from statsmodels.duration.hazard_regression import PHReg  # slow to import, and ranks have no need of it
    x, time, event, _ = people()
    for beta in (0.7, -0.4):
        wanted = PHReg(time, x[:, None], event.astype(int), ties='efron').loglike([beta])
        terms = partial_likelihood(torch.tensor(beta * x), torch.tensor(time), torch.tensor(event * 1.))
        assert float(terms.sum()) == pytest.approx(-wanted, abs=1e-9) and (terms[~event] == 0).all()
    time = torch.tensor([5, 1, 2, 2, 3, 3, 3, 4, 6, 6, 7, 2.])
    event = torch.tensor([1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0.])
    x = torch.tensor([[.5, 1.2, .3, 1.9, -.4, .8, .1, -1.1, 0, -.6, -.3, .9],
                      [1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1]], dtype=torch.float64)
    beta = torch.tensor([1.5293775305971091, -0.6015046585199258], dtype=torch.float64, requires_grad=True)
    loss = partial_likelihood(beta @ x, time, event).sum()
    assert loss.item() == pytest.approx(10.0389783062263, abs=1e-6)
    assert torch.autograd.grad(loss, beta)[0].abs().max() < 1e-3  # it is where lifelines found the most likely


def test_cox_teaches_the_score_the_order_and_hazards_the_baseline():
    _, _, _, labels = people()
    torch.manual_seed(0)
    output, x, targets = COX.output(3), torch.randn(60, 3), targets_of(*labels)
    COX.loss(output(x), targets).value.mean().backward()
    score = (x @ output.score.weight.detach().T)[:, 0].requires_grad_()
    partial_likelihood(score, targets[:, 0, 0], targets[:, 0, 1]).mean().backward()
    torch.testing.assert_close(output.score.weight.grad, score.grad[None] @ x, atol=1e-6, rtol=1e-4)
    plain = TASK.output(3)
    plain.load_state_dict(output.state_dict())
    TASK.loss(plain(x), targets).value.mean().backward()
    torch.testing.assert_close(output.baseline.grad, plain.baseline.grad, atol=1e-6, rtol=1e-4)


def test_an_event_happens_once_whatever_the_number_of_raters():
    targets = targets_of('1', '2', '3+', '2')
    twice = torch.cat([targets, targets], 1)
    twice[1, 1] = twice[0, 0] = NAN
    score = torch.tensor([0.3, 1, -1, 0.2])
    torch.testing.assert_close(cox_loss(score, twice), cox_loss(score, targets))


def gradients(x, targets):
    """Of one step of a new output, by the mean over ranks as DistributedDataParallel takes it."""
    torch.manual_seed(0)
    output = COX.output(3)
    loss = global_mean({'time': COX.loss(output(x), targets)})['time'].value
    loss.backward()
    found = [loss.detach(), *(each.grad for each in output.parameters())]
    if torch.distributed.is_initialized():
        for each in found:
            torch.distributed.all_reduce(each)
            each /= 2
    return found


def batches():
    """``(photographs' x, targets, how many are the first rank's)``: uneven, without an event there, with nobody."""
    torch.manual_seed(1)
    x, targets = torch.randn(60, 3), targets_of(*people()[3])
    targets[7] = NAN
    order = targets[:, 0, 1].nan_to_num().argsort()
    return [(x, targets, 25), (x[order], targets[order], 15), (x, targets, 0), (x, targets * NAN, 30)]


def run_rank(rank, port, out):
    os.environ.update(RANK=str(rank), WORLD_SIZE='2', MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    torch.set_num_threads(1)
    torch.distributed.init_process_group('gloo')
    own = [slice(0, n) if rank == 0 else slice(n, 60) for _, _, n in batches()]
    found = [gradients(x[part], targets[part]) for part, (x, targets, _) in zip(own, batches())]
    torch.save(found, f'{out}/{rank}.pth')
    torch.distributed.destroy_process_group()


@pytest.mark.slow
def test_two_ranks_have_the_gradient_of_one_process_with_all(tmp_path):
    with socket.socket() as any_port:
        any_port.bind(('127.0.0.1', 0))
        port = any_port.getsockname()[1]
    torch.multiprocessing.spawn(run_rank, (port, str(tmp_path)), nprocs=2)
    ranks = [torch.load(tmp_path / f'{rank}.pth') for rank in (0, 1)]
    for first, second, (x, targets, _) in zip(*ranks, batches()):
        for one, other, alone in zip(first, second, gradients(x, targets)):
            torch.testing.assert_close(one, other, atol=0, rtol=0)
            torch.testing.assert_close(one, alone, atol=1e-6, rtol=1e-5)
